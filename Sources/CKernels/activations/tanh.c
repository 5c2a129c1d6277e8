// Hyperbolic tangent.
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

INLINE void tangentGradient(const lanes *y, lanes *d) { *d *= 1.0f - *y * *y; }

FUNCTION(elbo_tanh, hyperbolicTangent)
GRADIENT(elbo_tanh_backward, tangentGradient)
