// Exponential linear unit: x where x > 0, else exp(x) - 1.
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

INLINE void elu(lanes *x) {
  lanes below = *x;
  exponentialMinusOne(&below);
  *x = *x > 0.0f ? *x : below;
}
INLINE void eluGradient(const lanes *y, lanes *d) { *d *= *y > 0.0f ? 1.0f : *y + 1.0f; }

FUNCTION(elbo_elu, elu)
GRADIENT(elbo_elu_backward, eluGradient)
