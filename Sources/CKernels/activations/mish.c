// x tanh(log(1 + exp(x))).
#include "elbo_kernels.h"
#include "../elementwise.h"
#include "../functions.h"

/// With n = exp(x) (exp(x) + 2), tanh(log(1 + exp(x))) is n / (n + 2); from x = 20 on it is 1 to
/// the last bit.
INLINE void tangentOfSoftplus(lanes *x) {
  lanes e = __builtin_elementwise_min(*x, (lanes)20.0f);
  exponential(&e);
  *x = e * (e + 2.0f);
}
INLINE void mish(lanes *x) {
  lanes n = *x;
  tangentOfSoftplus(&n);
  *x *= n / (n + 2.0f);
}
INLINE void mishGradient(const lanes *x, lanes *d) {
  lanes n = *x, s = *x;
  tangentOfSoftplus(&n);
  logisticSigmoid(&s);
  // 1 - tanh^2 as a quotient, because the difference would cancel and x would magnify its error.
  lanes below = 1.0f / (n + 2.0f);
  lanes capped = __builtin_elementwise_min(*x, (lanes)20.0f);
  *d *= n * below + capped * s * (4.0f * (n + 1.0f) * below * below);
}

FUNCTION(elbo_mish, mish)
GRADIENT(elbo_mish_backward, mishGradient)
