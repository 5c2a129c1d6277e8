// Kernels made from functions of one vector.
#ifndef ELBO_ELEMENTWISE_H
#define ELBO_ELEMENTWISE_H
#include "simd.h"

// y[i] = f(x[i]); `becomes` replaces its argument.
#define FUNCTION(name, becomes)                          \
  CLONES void name(size_t n, const float *x, float *y) { \
    for (size_t i = 0; i < n; i += LANES) {              \
      lanes v;                                           \
      load(&v, x + i, n - i);                            \
      becomes(&v);                                       \
      store(&v, y + i, n - i);                           \
    }                                                    \
  }

// dx[i] = dy[i] f'; `becomes` is given the input or the output, as the header says, and replaces
// dy.
#define GRADIENT(name, becomes)                                               \
  CLONES void name(size_t n, const float *from, const float *dy, float *dx) { \
    for (size_t i = 0; i < n; i += LANES) {                                   \
      lanes v, d;                                                             \
      load(&v, from + i, n - i);                                              \
      load(&d, dy + i, n - i);                                                \
      becomes(&v, &d);                                                        \
      store(&d, dx + i, n - i);                                               \
    }                                                                         \
  }

#endif
