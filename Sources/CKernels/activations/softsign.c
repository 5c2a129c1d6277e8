// x / (1 + |x|).
#include "elbo_kernels.h"
#include "../elementwise.h"

INLINE void softSign(lanes *x) { *x = *x / (1.0f + __builtin_elementwise_abs(*x)); }
INLINE void softSignGradient(const lanes *x, lanes *d) {
  lanes slope = 1.0f / (1.0f + __builtin_elementwise_abs(*x));
  *d *= slope * slope;
}

FUNCTION(elbo_softsign, softSign)
GRADIENT(elbo_softsign_backward, softSignGradient)
