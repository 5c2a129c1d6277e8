// Arithmetic on flat arrays, and sums of them.
#include "elbo_kernels.h"
#include "simd.h"

CLONES void elbo_add(size_t n, const float *x, float *y) {
  for (size_t i = 0; i < n; i += LANES) {
    lanes a, b;
    load(&a, x + i, n - i);
    load(&b, y + i, n - i);
    b += a;
    store(&b, y + i, n - i);
  }
}

CLONES void elbo_scale(size_t n, float factor, float *y) {
  for (size_t i = 0; i < n; i += LANES) {
    lanes a;
    load(&a, y + i, n - i);
    a *= factor;
    store(&a, y + i, n - i);
  }
}

CLONES void elbo_multiply(size_t n, const float *x, const float *z, float *y) {
  for (size_t i = 0; i < n; i += LANES) {
    lanes a, b;
    load(&a, x + i, n - i);
    load(&b, z + i, n - i);
    a *= b;
    store(&a, y + i, n - i);
  }
}

CLONES double elbo_sum_of_squares(size_t rows, size_t columns, size_t stride, const float *x) {
  wideLanes squares = 0;
  for (size_t r = 0; r < rows; ++r, x += stride) {
    for (size_t c = 0; c < columns; c += LANES) {
      lanes a;
      load(&a, x + c, columns - c);
      addSquares(&a, &squares);
    }
  }
  return sum(&squares);
}

CLONES double elbo_sum_lanes(size_t n, size_t count, const float *const *lane, float *out) {
  wideLanes squares = 0;
  for (size_t i = 0; i < n; i += LANES) {
    lanes total = 0;
    if (count > 0) load(&total, lane[0] + i, n - i);
    for (size_t l = 1; l < count; ++l) {
      lanes a;
      load(&a, lane[l] + i, n - i);
      total += a;
    }
    addSquares(&total, &squares);
    store(&total, out + i, n - i);
  }
  return sum(&squares);
}
