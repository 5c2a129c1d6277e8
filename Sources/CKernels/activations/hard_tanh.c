// x, cut off at -1 and 1.
#include "elbo_kernels.h"
#include "../elementwise.h"

INLINE void hardTanh(lanes *x) { *x = *x > 1.0f ? 1.0f : (*x < -1.0f ? -1.0f : *x); }
INLINE void hardTanhGradient(const lanes *y, lanes *d) {
  *d = __builtin_elementwise_abs(*y) < 1.0f ? *d : 0.0f;
}

FUNCTION(elbo_hard_tanh, hardTanh)
GRADIENT(elbo_hard_tanh_backward, hardTanhGradient)
