// Adam (arXiv 1412.6980, algorithm 1), in one pass over the arrays.
#include "elbo_kernels.h"
#include "../simd.h"

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
