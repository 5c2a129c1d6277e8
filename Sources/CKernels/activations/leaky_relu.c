// Leaky rectifier: x where x > 0, else slope x.
#include "elbo_kernels.h"
#include "../simd.h"

CLONES void elbo_leaky_relu(size_t n, float slope, const float *x, float *y) {
  for (size_t i = 0; i < n; i += LANES) {
    lanes v;
    load(&v, x + i, n - i);
    v = v > 0.0f ? v : slope * v;
    store(&v, y + i, n - i);
  }
}

CLONES void elbo_leaky_relu_backward(
  size_t n, float slope, const float *y, const float *dy, float *dx) {
  for (size_t i = 0; i < n; i += LANES) {
    lanes v, d;
    load(&v, y + i, n - i);
    load(&d, dy + i, n - i);
    d = v > 0.0f ? d : slope * d;
    store(&d, dx + i, n - i);
  }
}
