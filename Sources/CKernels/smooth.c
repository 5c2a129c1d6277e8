// Further activations: bent lines, and smooth relatives of the rectifier.
#include "elbo_kernels.h"
#include "elementwise.h"
#include "functions.h"

// The scale and the alpha that keep mean 0 and variance 1 (Klambauer et al. 2017, equation 14).
static const float seluScale = 1.0507009873554805f;
static const float seluAlpha = 1.6732632423543772f;

INLINE void hardTanh(lanes *x) { *x = *x > 1.0f ? 1.0f : (*x < -1.0f ? -1.0f : *x); }
INLINE void hardTanhGradient(const lanes *y, lanes *d) {
  *d = __builtin_elementwise_abs(*y) < 1.0f ? *d : 0.0f;
}
INLINE void softSign(lanes *x) { *x = *x / (1.0f + __builtin_elementwise_abs(*x)); }
INLINE void softSignGradient(const lanes *x, lanes *d) {
  lanes slope = 1.0f / (1.0f + __builtin_elementwise_abs(*x));
  *d *= slope * slope;
}
/// exp(x) - 1 for x <= 0, to the accuracy of the 1; 0 for others.
INLINE void belowZero(lanes *x) {
  lanes e = __builtin_elementwise_min(*x, (lanes)0.0f);
  exponential(&e);
  *x = e - 1.0f;
}
INLINE void elu(lanes *x) {
  lanes below = *x;
  belowZero(&below);
  *x = *x > 0.0f ? *x : below;
}
INLINE void eluGradient(const lanes *y, lanes *d) { *d *= *y > 0.0f ? 1.0f : *y + 1.0f; }
INLINE void selu(lanes *x) {
  lanes below = *x;
  belowZero(&below);
  *x = seluScale * (*x > 0.0f ? *x : seluAlpha * below);
}
INLINE void seluGradient(const lanes *y, lanes *d) {
  *d *= *y > 0.0f ? seluScale : *y + seluScale * seluAlpha;
}
INLINE void softplusGradient(const lanes *x, lanes *d) {
  lanes s = *x;
  logisticSigmoid(&s);
  *d *= s;
}
INLINE void silu(lanes *x) {
  lanes s = *x;
  logisticSigmoid(&s);
  *x *= s;
}
INLINE void siluGradient(const lanes *x, lanes *d) {
  lanes s = *x;
  logisticSigmoid(&s);
  *d *= s * (1.0f + *x * (1.0f - s));
}

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

/// n = exp(x) (exp(x) + 2), of which tanh(log(1 + exp(x))) is n / (n + 2); from x = 20 on it is 1
/// to the last bit.
INLINE void tangentOfSoftplus(lanes *x) {
  lanes e = __builtin_elementwise_min(*x, (lanes)20.0f);
  exponential(&e);
  *x = e * (e + 2.0f);
}
INLINE void mish(lanes *x) {
  lanes n = *x;
  tangentOfSoftplus(&n);
  *x *= n / (n + 2.0f);
}
INLINE void mishGradient(const lanes *x, lanes *d) {
  lanes n = *x, s = *x;
  tangentOfSoftplus(&n);
  logisticSigmoid(&s);
  // 1 - tanh^2 as a quotient: the difference would cancel, and x would make it large again.
  lanes below = 1.0f / (n + 2.0f);
  lanes capped = __builtin_elementwise_min(*x, (lanes)20.0f);
  *d *= n * below + capped * s * (4.0f * (n + 1.0f) * below * below);
}

FUNCTION(elbo_elu, elu)
FUNCTION(elbo_gelu, gelu)
FUNCTION(elbo_hard_tanh, hardTanh)
FUNCTION(elbo_mish, mish)
FUNCTION(elbo_selu, selu)
FUNCTION(elbo_silu, silu)
FUNCTION(elbo_softsign, softSign)

GRADIENT(elbo_elu_backward, eluGradient)
GRADIENT(elbo_gelu_backward, geluGradient)
GRADIENT(elbo_hard_tanh_backward, hardTanhGradient)
GRADIENT(elbo_mish_backward, mishGradient)
GRADIENT(elbo_selu_backward, seluGradient)
GRADIENT(elbo_silu_backward, siluGradient)
GRADIENT(elbo_softplus_backward, softplusGradient)
GRADIENT(elbo_softsign_backward, softSignGradient)

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
