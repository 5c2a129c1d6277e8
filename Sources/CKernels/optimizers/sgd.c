// Stochastic gradient descent, with momentum or without, in one pass over the arrays.
#include "elbo_kernels.h"
#include "../simd.h"

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
