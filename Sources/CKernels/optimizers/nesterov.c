// Stochastic gradient descent with Nesterov's momentum, in one pass over the arrays.
#include "elbo_kernels.h"
#include "../simd.h"

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
