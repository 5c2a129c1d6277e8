// Products with matrices of zeros and ones, as sums of the rows that the ones choose.
#include "elbo_kernels.h"
#include "simd.h"

size_t elbo_find_ones(
  size_t rows, size_t columns, size_t stride, const float *x, uint32_t *offset, uint32_t *index) {
  size_t count = 0;
  for (size_t r = 0; r < rows; ++r, x += stride) {
    offset[r] = (uint32_t)count;
    // Written always, kept where there is a one: no branch to guess wrong.
    for (size_t c = 0; c < columns; ++c) {
      index[count] = (uint32_t)c;
      count += x[c] != 0;
    }
  }
  offset[rows] = (uint32_t)count;
  return count;
}

void elbo_transpose_ones(
  size_t rows, size_t columns, const uint32_t *offset, const uint32_t *index,
  uint32_t *columnOffset, uint32_t *rowIndex) {
  // A counting sort: how many there are in each column, where each begins, and then one by one.
  for (size_t c = 0; c <= columns; ++c) columnOffset[c] = 0;
  for (size_t k = 0; k < offset[rows]; ++k) ++columnOffset[index[k] + 1];
  for (size_t c = 0; c < columns; ++c) columnOffset[c + 1] += columnOffset[c];
  for (size_t r = 0; r < rows; ++r) {
    for (size_t k = offset[r]; k < offset[r + 1]; ++k) {
      rowIndex[columnOffset[index[k]]++] = (uint32_t)r;
    }
  }
  for (size_t c = columns; c > 0; --c) columnOffset[c] = columnOffset[c - 1];
  columnOffset[0] = 0;
}

/// Vectors that are summed side by side: enough to hide an addition behind the loads, and 128 columns of m stay in
/// the second cache for all lists.
enum { WIDTH = 8 };

CLONES void elbo_sum_selected(
  size_t lists, const uint32_t *offset, const uint32_t *index, size_t columns, size_t mStride,
  const float *m, const float *initial, int accumulate, size_t stride, float *y) {
  size_t c = 0;
  for (; c + WIDTH * LANES <= columns; c += WIDTH * LANES) {
    for (size_t i = 0; i < lists; ++i) {
      lanes total[WIDTH];
      for (int v = 0; v < WIDTH; ++v) {
        total[v] = 0;
        if (initial) load(&total[v], initial + c + v * LANES, LANES);
        if (accumulate) load(&total[v], y + i * stride + c + v * LANES, LANES);
      }
      for (size_t k = offset[i]; k < offset[i + 1]; ++k) {
        const float *row = m + (size_t)index[k] * mStride + c;
        for (int v = 0; v < WIDTH; ++v) {
          lanes a;
          load(&a, row + v * LANES, LANES);
          total[v] += a;
        }
      }
      for (int v = 0; v < WIDTH; ++v) store(&total[v], y + i * stride + c + v * LANES, LANES);
    }
  }
  for (; c < columns; c += LANES) {
    for (size_t i = 0; i < lists; ++i) {
      lanes total = 0;
      if (initial) load(&total, initial + c, columns - c);
      if (accumulate) load(&total, y + i * stride + c, columns - c);
      for (size_t k = offset[i]; k < offset[i + 1]; ++k) {
        lanes a;
        load(&a, m + (size_t)index[k] * mStride + c, columns - c);
        total += a;
      }
      store(&total, y + i * stride + c, columns - c);
    }
  }
}
