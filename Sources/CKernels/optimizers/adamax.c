// Adam by the largest gradient (arXiv 1412.6980, algorithm 2), in one pass over the arrays.
#include "elbo_kernels.h"
#include "../simd.h"

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
