// The exponential and the logarithm of every number.
#include "elbo_kernels.h"
#include "elementwise.h"
#include "functions.h"

FUNCTION(elbo_exp, exponential)
FUNCTION(elbo_log, logarithm)
