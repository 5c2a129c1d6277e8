// The homework's model, from data to numbers: homework IMAGES.gz [UPDATES].
import Elbo

let path = CommandLine.arguments.dropFirst().first
let updates = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 2000
let digits = try DataSet.load(
  path.map { .idx(images: $0) } ?? .strokes(count: 2000),
  path == nil ? [.binarize] : [.take(count: 11_000), .subsample(factor: 2), .binarize],
  Split(validation: path == nil ? 200 : 1000))

let vae = try VAE(
  for: digits, latent: 8, encoder: [.dense(units: 128), .tanh, .dense],
  decoder: [.dense(units: 128), .tanh, .dense, .sigmoid])
let training = try vae.training(
  on: digits, objective: .elbo(samples: 2), optimizer: .adam, validation: Training.Validation())

for try await progress in training.run(updates: updates, every: max(1, updates / 10)) {
  print(
    "update \(progress.update): ELBO \(progress.elbo), validation \(progress.validation ?? .nan)")
}
let estimate = try vae.logLikelihood(of: digits, split: "validation", samples: 100)
print("log p(x): \(estimate.logLikelihood.mean) +- \(estimate.logLikelihood.standardError ?? .nan)")
print("samples: \(try vae.sample(64).shape)")
try vae.save(to: "homework.safetensors")
