// The homework's model, from data to numbers: homework [IMAGES.gz [UPDATES]].
import Elbo
import Glibc

let path = CommandLine.arguments.dropFirst().first
let updates = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 2000
do throws(Fault) {
  let digits = try DataSet.load(
    path.map { .idx(images: $0) } ?? .strokes(count: 11_000),
    [.take(count: 11_000), .subsample(factor: 2), .binarize], Split(validation: 1000))
  let vae = try VAE(
    for: digits, latent: 8, encoder: [.dense(units: 128), .tanh, .dense],
    decoder: [.dense(units: 128), .tanh, .dense, .sigmoid])
  let training = try vae.training(
    on: digits, objective: .elbo(samples: 2), validation: Training.Validation())
  for try await now in training.run(updates: updates, every: max(1, updates / 10)) {
    print("update \(now.update): ELBO \(now.elbo), validation \(now.validation ?? .nan)")
  }
  let estimate = try vae.logLikelihood(of: digits, split: "validation").logLikelihood
  print("log p(x): \(estimate.mean) +- \(estimate.standardError ?? .nan)")
  print("samples: \(try vae.sample(64).shape)")
  try vae.save(to: "homework.safetensors")
} catch {
  print(error.sentence)
  exit(1)
}
