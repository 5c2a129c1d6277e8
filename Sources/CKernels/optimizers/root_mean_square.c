// RMSprop and Adagrad, in one pass over the arrays.
#include "elbo_kernels.h"
#include "../simd.h"

CLONES void elbo_root_mean_square(
  size_t n, float *p, float *s, const float *g, float gradientScale, float rate, float keep,
  float add, float epsilon) {
  for (size_t i = 0; i < n; i += LANES) {
    size_t remaining = n - i;
    lanes parameter, sum, gradient;
    load(&gradient, g + i, remaining);
    load(&sum, s + i, remaining);
    load(&parameter, p + i, remaining);
    gradient *= gradientScale;
    sum = sum * keep + gradient * gradient * add;
    parameter -= rate * gradient / (__builtin_elementwise_sqrt(sum) + epsilon);
    store(&sum, s + i, remaining);
    store(&parameter, p + i, remaining);
  }
}
