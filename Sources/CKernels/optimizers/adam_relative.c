// AdamW, AMSGrad, NAdam and RAdam, in one pass over the arrays.
#include "elbo_kernels.h"
#include "../simd.h"

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
