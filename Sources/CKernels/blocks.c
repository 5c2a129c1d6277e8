// Rows of a block: filled, summed, scaled, gathered.
#include "elbo_kernels.h"
#include "simd.h"

CLONES void elbo_fill_rows(
  size_t rows, size_t columns, size_t stride, const float *row, float *y) {
  for (size_t r = 0; r < rows; ++r, y += stride) {
    for (size_t c = 0; c < columns; c += LANES) {
      lanes a;
      load(&a, row + c, columns - c);
      store(&a, y + c, columns - c);
    }
  }
}

CLONES void elbo_sum_rows(
  size_t rows, size_t columns, size_t stride, const float *x, int accumulate, float *sum) {
  if (!accumulate) {
    for (size_t c = 0; c < columns; ++c) sum[c] = 0;
  }
  for (size_t r = 0; r < rows; ++r, x += stride) {
    for (size_t c = 0; c < columns; c += LANES) {
      lanes a, total;
      load(&a, x + c, columns - c);
      load(&total, sum + c, columns - c);
      total += a;
      store(&total, sum + c, columns - c);
    }
  }
}

CLONES void elbo_scale_rows(
  size_t rows, size_t columns, size_t stride, const float *factor, float *y) {
  for (size_t r = 0; r < rows; ++r, y += stride) {
    for (size_t c = 0; c < columns; c += LANES) {
      lanes a;
      load(&a, y + c, columns - c);
      a *= factor[r];
      store(&a, y + c, columns - c);
    }
  }
}

CLONES void elbo_gather_bytes(
  size_t rows, size_t columns, const uint8_t *x, const uint32_t *row, size_t stride, float *y) {
  for (size_t r = 0; r < rows; ++r, y += stride) {
    const uint8_t *from = x + (size_t)row[r] * columns;
    // Rows lie anywhere: the processor cannot guess the next one.
    if (r + 2 < rows) {
      const uint8_t *later = x + (size_t)row[r + 2] * columns;
      for (size_t c = 0; c < columns; c += 64) __builtin_prefetch(later + c);
    }
    size_t c = 0;
    for (; c + LANES <= columns; c += LANES) {
      byteLanes bytes;
      __builtin_memcpy(&bytes, from + c, sizeof bytes);
      lanes a = __builtin_convertvector(bytes, lanes);
      store(&a, y + c, LANES);
    }
    for (; c < columns; ++c) y[c] = from[c];
  }
}
