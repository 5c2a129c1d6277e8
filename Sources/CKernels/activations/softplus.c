// log(1 + exp(x)).
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

INLINE void softplusGradient(const lanes *x, lanes *d) {
  lanes s = *x;
  logisticSigmoid(&s);
  *d *= s;
}

FUNCTION(elbo_softplus, softenedPlus)
GRADIENT(elbo_softplus_backward, softplusGradient)
