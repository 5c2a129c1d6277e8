// Element-wise functions and their gradients from the output.
#include "elbo_kernels.h"
#include "elementwise.h"
#include "functions.h"

// The comparisons are such that NaN stays NaN, and that -0 becomes 0.
INLINE void rectified(lanes *x) { *x = *x <= 0.0f ? 0.0f : *x; }
INLINE void rectifiedGradient(const lanes *y, lanes *d) { *d = *y <= 0.0f ? 0.0f : *d; }
INLINE void sigmoidGradient(const lanes *y, lanes *d) { *d *= *y * (1.0f - *y); }
INLINE void tangentGradient(const lanes *y, lanes *d) { *d *= 1.0f - *y * *y; }

FUNCTION(elbo_exp, exponential)
FUNCTION(elbo_log, logarithm)
FUNCTION(elbo_relu, rectified)
FUNCTION(elbo_sigmoid, logisticSigmoid)
FUNCTION(elbo_softplus, softenedPlus)
FUNCTION(elbo_tanh, hyperbolicTangent)

GRADIENT(elbo_relu_backward, rectifiedGradient)
GRADIENT(elbo_sigmoid_backward, sigmoidGradient)
GRADIENT(elbo_tanh_backward, tangentGradient)
