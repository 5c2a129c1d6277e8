// Parameter updates, each in one pass over the arrays.
#include "elbo_kernels.h"
#include "simd.h"

CLONES void elbo_adam(
  size_t n, float *p, float *m, float *v, const float *g, float gradientScale, float rate,
  float beta1, float beta2, float epsilon) {
  const float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2;
  for (size_t i = 0; i < n; i += LANES) {
    size_t remaining = n - i;
    lanes parameter, first, second, gradient;
    load(&gradient, g + i, remaining);
    load(&first, m + i, remaining);
    load(&second, v + i, remaining);
    load(&parameter, p + i, remaining);
    gradient *= gradientScale;
    lanes square = gradient * gradient;
    first = first * beta1 + gradient * rest1;
    second = second * beta2 + square * rest2;
    lanes deviation = __builtin_elementwise_sqrt(second) + epsilon;
    lanes step = rate * first / deviation;
    parameter -= step;
    store(&first, m + i, remaining);
    store(&second, v + i, remaining);
    store(&parameter, p + i, remaining);
  }
}

CLONES void elbo_sgd(
  size_t n, float *p, float *velocity, const float *g, float gradientScale, float rate,
  float momentum) {
  for (size_t i = 0; i < n; i += LANES) {
    size_t remaining = n - i;
    lanes parameter, step;
    load(&parameter, p + i, remaining);
    load(&step, g + i, remaining);
    step *= gradientScale;
    if (velocity) {
      lanes speed;
      load(&speed, velocity + i, remaining);
      step = speed * momentum + step;
      store(&step, velocity + i, remaining);
    }
    parameter = parameter - step * rate;
    store(&parameter, p + i, remaining);
  }
}

CLONES void elbo_adam_relative(
  size_t n, float *p, float *m, float *v, float *largest, const float *g, float gradientScale,
  const elbo_adam_step *step) {
  const float rest1 = 1.0f - step->beta1, rest2 = 1.0f - step->beta2;
  for (size_t i = 0; i < n; i += LANES) {
    size_t remaining = n - i;
    lanes parameter, first, second, gradient;
    load(&gradient, g + i, remaining);
    load(&first, m + i, remaining);
    load(&second, v + i, remaining);
    load(&parameter, p + i, remaining);
    gradient *= gradientScale;
    first = first * step->beta1 + gradient * rest1;
    second = second * step->beta2 + gradient * gradient * rest2;
    store(&first, m + i, remaining);
    store(&second, v + i, remaining);
    if (largest) {
      lanes greatest;
      load(&greatest, largest + i, remaining);
      second = __builtin_elementwise_max(greatest, second);
      store(&second, largest + i, remaining);
    }
    lanes way = step->alongMean * first + step->alongGradient * gradient;
    if (!step->isPlain) way /= __builtin_elementwise_sqrt(second) + step->epsilon;
    parameter = step->shrink * parameter - way;
    store(&parameter, p + i, remaining);
  }
}

CLONES void elbo_adamax(
  size_t n, float *p, float *m, float *u, const float *g, float gradientScale, float rate,
  float beta1, float beta2, float epsilon) {
  const float rest = 1.0f - beta1;
  for (size_t i = 0; i < n; i += LANES) {
    size_t remaining = n - i;
    lanes parameter, first, norm, gradient;
    load(&gradient, g + i, remaining);
    load(&first, m + i, remaining);
    load(&norm, u + i, remaining);
    load(&parameter, p + i, remaining);
    gradient *= gradientScale;
    first = first * beta1 + gradient * rest;
    norm = __builtin_elementwise_max(norm * beta2, __builtin_elementwise_abs(gradient) + epsilon);
    parameter -= rate * first / norm;
    store(&first, m + i, remaining);
    store(&norm, u + i, remaining);
    store(&parameter, p + i, remaining);
  }
}

CLONES void elbo_root_mean_square(
  size_t n, float *p, float *s, const float *g, float gradientScale, float rate, float keep,
  float add, float epsilon) {
  for (size_t i = 0; i < n; i += LANES) {
    size_t remaining = n - i;
    lanes parameter, sum, gradient;
    load(&gradient, g + i, remaining);
    load(&sum, s + i, remaining);
    load(&parameter, p + i, remaining);
    gradient *= gradientScale;
    sum = sum * keep + gradient * gradient * add;
    parameter -= rate * gradient / (__builtin_elementwise_sqrt(sum) + epsilon);
    store(&sum, s + i, remaining);
    store(&parameter, p + i, remaining);
  }
}

CLONES void elbo_nesterov(
  size_t n, float *p, float *velocity, const float *g, float gradientScale, float rate,
  float momentum) {
  for (size_t i = 0; i < n; i += LANES) {
    size_t remaining = n - i;
    lanes parameter, speed, gradient;
    load(&gradient, g + i, remaining);
    load(&speed, velocity + i, remaining);
    load(&parameter, p + i, remaining);
    gradient *= gradientScale;
    speed = speed * momentum + gradient;
    parameter -= rate * (gradient + momentum * speed);
    store(&speed, velocity + i, remaining);
    store(&parameter, p + i, remaining);
  }
}
