// Scaled exponential linear unit.
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

// The scale and the alpha that keep mean 0 and variance 1 (Klambauer et al. 2017, equation 14).
static const float seluScale = 1.0507009873554805f;
static const float seluAlpha = 1.6732632423543772f;

INLINE void selu(lanes *x) {
  lanes below = *x;
  exponentialMinusOne(&below);
  *x = seluScale * (*x > 0.0f ? *x : seluAlpha * below);
}
INLINE void seluGradient(const lanes *y, lanes *d) {
  *d *= *y > 0.0f ? seluScale : *y + seluScale * seluAlpha;
}

FUNCTION(elbo_selu, selu)
GRADIENT(elbo_selu_backward, seluGradient)
