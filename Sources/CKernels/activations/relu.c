// Rectifier: max(x, 0).
#include "elbo_kernels.h"
#include "../elementwise.h"

// The comparisons are such that NaN stays NaN, and that -0 becomes 0.
INLINE void rectified(lanes *x) { *x = *x <= 0.0f ? 0.0f : *x; }
INLINE void rectifiedGradient(const lanes *y, lanes *d) { *d = *y <= 0.0f ? 0.0f : *d; }

FUNCTION(elbo_relu, rectified)
GRADIENT(elbo_relu_backward, rectifiedGradient)
