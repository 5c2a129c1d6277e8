// Gaussian error linear unit: x times the standard normal distribution function of x.
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

/// The standard normal distribution function: erfc(-x / sqrt 2) / 2, with erfc(z) = t exp(-z^2)
/// P(t), t = 1 / (1 + z / 2). P interpolates at 11 Chebyshev nodes of z in [0, 10], within 2e-7 of
/// the value.
INLINE void normalDistribution(lanes *x) {
  lanes z = __builtin_elementwise_abs(*x) * 0.70710678f;
  lanes t = 1.0f / (1.0f + 0.5f * z);
  static const float terms[] = {0x1.20db1cp-2f, 0x1.211814p-2f,  0x1.f4b176p-3f,  0x1.84b37cp-3f,
                                0x1.3ff58ep-5f, 0x1.316e28p-4f,  -0x1.62ea86p-4f, -0x1.c07f8ep-3f,
                                0x1.548ce2p-2f, -0x1.5f7efap-3f, 0x1.0968e6p-5f};
  lanes p = terms[10];
  for (int i = 9; i >= 0; --i) p = p * t + terms[i];
  lanes e = -0.5f * *x * *x;
  exponential(&e);
  lanes upper = 0.5f * t * e * p;
  *x = *x > 0.0f ? 1.0f - upper : upper;
}
INLINE void gelu(lanes *x) {
  lanes share = *x;
  normalDistribution(&share);
  *x *= share;
}
INLINE void geluGradient(const lanes *x, lanes *d) {
  lanes share = *x, density = -0.5f * *x * *x;
  normalDistribution(&share);
  exponential(&density);
  *d *= share + *x * (density * 0.39894228f);
}

FUNCTION(elbo_gelu, gelu)
GRADIENT(elbo_gelu_backward, geluGradient)
