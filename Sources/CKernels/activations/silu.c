// Sigmoid linear unit: x / (1 + exp(-x)).
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

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

FUNCTION(elbo_silu, silu)
GRADIENT(elbo_silu_backward, siluGradient)
