// The models of the comparison in C++ over libtorch, as `torch_vae.py` makes them: the same layers,
// the same draws from the same seed, the same lines on stdin and stdout.
//
// usage: libtorch_vae MODEL MODE THREADS DATA
//
// MODEL is hw, aevb, iwae or conv; MODE eager or fused (a fused Adam); DATA a file of rows of
// bytes, 0 or 1, as `compare` writes it. `install` compiles it.
// libtorch_vae --version prints the version of libtorch.

#include <sys/resource.h>
#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace nn = torch::nn;
using torch::Tensor;

constexpr int64_t warmUp = 30;
constexpr double rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;

struct Model {
  // Of dense layers, or of two convolutions.
  std::vector<int64_t> hidden, channels;
  int64_t latent, batch, samples;
};

const std::map<std::string, Model> models = {
  {"aevb", {{500}, {}, 20, 100, 1}},
  {"conv", {{}, {32, 64}, 20, 100, 1}},
  {"hw", {{128}, {}, 8, 100, 2}},
  {"iwae", {{200, 200}, {}, 50, 20, 50}},
};

nn::Sequential perceptron(const std::vector<int64_t> &widths) {
  nn::Sequential layers;
  for (size_t i = 0; i + 1 < widths.size(); i++) {
    if (i > 0) layers->push_back(nn::Tanh());
    layers->push_back(nn::Linear(widths[i], widths[i + 1]));
  }
  return layers;
}

// Two convolutions that halve 28 x 28, and their mirror image.
std::pair<nn::Sequential, nn::Sequential> convolutional(
  const std::vector<int64_t> &channels, int64_t latent) {
  const int64_t first = channels[0], second = channels[1], features = 7 * 7 * second;
  auto down = [](int64_t in, int64_t out) {
    return nn::Conv2d(nn::Conv2dOptions(in, out, 4).stride(2).padding(1));
  };
  auto up = [](int64_t in, int64_t out) {
    return nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, out, 4).stride(2).padding(1));
  };
  auto unflatten = [](int64_t dimension, std::vector<int64_t> sizes) {
    return nn::Unflatten(nn::UnflattenOptions(dimension, std::move(sizes)));
  };
  // One after another: C++ may make arguments in any order, and each layer draws its weights.
  nn::Sequential encoder, decoder;
  encoder->push_back(unflatten(1, {1, 28, 28}));
  encoder->push_back(down(1, first));
  encoder->push_back(nn::ReLU());
  encoder->push_back(down(first, second));
  encoder->push_back(nn::ReLU());
  encoder->push_back(nn::Flatten());
  encoder->push_back(nn::Linear(features, 2 * latent));
  decoder->push_back(nn::Flatten(nn::FlattenOptions().start_dim(0).end_dim(1)));
  decoder->push_back(nn::Linear(latent, features));
  decoder->push_back(nn::ReLU());
  decoder->push_back(unflatten(1, {second, 7, 7}));
  decoder->push_back(up(second, first));
  decoder->push_back(nn::ReLU());
  decoder->push_back(up(first, 1));
  decoder->push_back(nn::Flatten());
  decoder->push_back(unflatten(0, {1, -1}));
  return {encoder, decoder};
}

// The function behind `torch.optim.Adam(fused=True)`, which `torch::optim::Adam` does not have.
class FusedAdam {
 public:
  explicit FusedAdam(std::vector<Tensor> parameters) : parameters_(std::move(parameters)) {
    for (const Tensor &parameter : parameters_) {
      first_.push_back(torch::zeros_like(parameter));
      second_.push_back(torch::zeros_like(parameter));
      steps_.push_back(torch::zeros({}));
    }
  }

  void step() {
    torch::NoGradGuard guard;
    std::vector<Tensor> gradients;
    for (Tensor &step : steps_) step += 1;
    for (const Tensor &parameter : parameters_) gradients.push_back(parameter.grad());
    at::_fused_adam_(
      parameters_, gradients, first_, second_, {}, steps_, rate, beta1, beta2, 0, epsilon, false,
      false);
  }

 private:
  std::vector<Tensor> parameters_, first_, second_, steps_;
};

Tensor readRows(const std::string &path, int64_t pixels) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  return torch::from_blob(
           bytes.data(), {static_cast<int64_t>(bytes.size()) / pixels, pixels}, torch::kUInt8)
    .to(torch::kFloat32);
}

int train(const std::string &name, const std::string &mode, int threads, const std::string &path) {
  torch::set_num_threads(threads);
  torch::manual_seed(0);
  const Model &model = models.at(name);
  const int64_t latent = model.latent, batch = model.batch, samples = model.samples;
  const int64_t pixels = name == "hw" ? 196 : 784;
  const Tensor data = readRows(path, pixels);

  nn::Sequential encoder{nullptr}, decoder{nullptr};
  if (name == "conv") {
    std::tie(encoder, decoder) = convolutional(model.channels, latent);
  } else {
    std::vector<int64_t> in{pixels}, out{latent};
    in.insert(in.end(), model.hidden.begin(), model.hidden.end());
    in.push_back(2 * latent);
    out.insert(out.end(), model.hidden.rbegin(), model.hidden.rend());
    out.push_back(pixels);
    encoder = perceptron(in);
    decoder = perceptron(out);
  }
  std::vector<Tensor> parameters = encoder->parameters();
  for (const Tensor &parameter : decoder->parameters()) parameters.push_back(parameter);
  torch::optim::Adam adam(parameters, torch::optim::AdamOptions(rate));
  std::optional<FusedAdam> fused;
  if (mode == "fused") fused.emplace(parameters);

  auto loss = [&](const Tensor &x) {
    const std::vector<Tensor> halves = encoder->forward(x).chunk(2, -1);
    const Tensor &mean = halves[0], &logVariance = halves[1];
    const Tensor noise = torch::randn({samples, x.size(0), latent});
    const Tensor z = mean + noise * torch::exp(0.5 * logVariance);
    const Tensor target = x.expand({samples, x.size(0), pixels});
    const Tensor reconstruction = -torch::binary_cross_entropy_with_logits(
                                     decoder->forward(z), target, {}, {}, at::Reduction::None)
                                     .sum(-1);
    if (name == "iwae") {
      const Tensor logPrior = -0.5 * z.pow(2).sum(-1);
      const Tensor logPosterior = -0.5 * (noise.pow(2) + logVariance).sum(-1);
      const Tensor weight = reconstruction + logPrior - logPosterior;
      return -(torch::logsumexp(weight, 0) - std::log(static_cast<double>(samples))).mean();
    }
    const Tensor divergence = 0.5 * (mean.pow(2) + logVariance.exp() - 1 - logVariance).sum(-1);
    return -(reconstruction.mean(0) - divergence).mean();
  };

  auto update = [&] {
    const Tensor x = data.index({torch::randint(0, data.size(0), {batch}, torch::kInt64)});
    adam.zero_grad();
    Tensor value = loss(x);
    value.backward();
    if (fused) {
      fused->step();
    } else {
      adam.step();
    }
    return value;
  };

  // The duration in seconds, and the last loss.
  auto run = [&](int64_t updates) {
    const auto start = std::chrono::steady_clock::now();
    Tensor value;
    for (int64_t i = 0; i < updates; i++) value = update();
    const double last = value.item<double>();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    return std::pair{seconds.count(), last};
  };

  run(warmUp);
  std::cout.precision(17);
  std::cout << "{\"updates\": " << warmUp << "}" << std::endl;
  for (int64_t updates; std::cin >> updates;) {
    const auto [seconds, value] = run(updates);
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    std::cout << "{\"updatesPerSecond\": " << static_cast<double>(updates) / seconds
              << ", \"loss\": " << value << ", \"peakBytes\": " << usage.ru_maxrss * 1024 << "}"
              << std::endl;
  }
  return 0;
}

int main(int count, char **words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments == std::vector<std::string>{"--version"}) {
    std::cout << TORCH_VERSION << std::endl;
    return 0;
  }
  if (
    arguments.size() != 4 || !models.count(arguments[0]) ||
    (arguments[1] != "eager" && arguments[1] != "fused")) {
    std::cerr << "usage: libtorch_vae MODEL MODE THREADS DATA" << std::endl;
    return 64;
  }
  try {
    return train(arguments[0], arguments[1], std::stoi(arguments[2]), arguments[3]);
  } catch (const std::exception &error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
