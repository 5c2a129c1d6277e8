// Logistic function: 1 / (1 + exp(-x)).
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

INLINE void sigmoidGradient(const lanes *y, lanes *d) { *d *= *y * (1.0f - *y); }

FUNCTION(elbo_sigmoid, logisticSigmoid)
GRADIENT(elbo_sigmoid_backward, sigmoidGradient)
