// Rows of a block: filled, summed, scaled, gathered, transposed.
#include "elbo_kernels.h"
#include "simd.h"

CLONES void elbo_fill_rows(size_t rows, size_t columns, size_t stride, const float *row, float *y) {
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

CLONES void elbo_sum_rows_wide(
  size_t rows, size_t columns, size_t stride, const float *x, int accumulate, double *sums) {
  if (!accumulate) {
    for (size_t c = 0; c < columns; ++c) sums[c] = 0;
  }
  if (columns == 1 && stride == 1) {
    wideLanes total = 0;
    for (size_t r = 0; r < rows; r += LANES) {
      lanes a;
      load(&a, x + r, rows - r);
      total += __builtin_convertvector(a, wideLanes);
    }
    *sums += sum(&total);
    return;
  }
  for (size_t c = 0; c < columns; c += LANES) {
    const size_t count = columns - c < LANES ? columns - c : LANES;
    double part[LANES] = {0};
    for (size_t i = 0; i < count; ++i) part[i] = sums[c + i];
    wideLanes total;
    __builtin_memcpy(&total, part, sizeof total);
    const float *row = x + c;
    for (size_t r = 0; r < rows; ++r, row += stride) {
      lanes a;
      load(&a, row, columns - c);
      total += __builtin_convertvector(a, wideLanes);
    }
    __builtin_memcpy(part, &total, sizeof total);
    for (size_t i = 0; i < count; ++i) sums[c + i] = part[i];
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
    // The rows are in no order, so the processor cannot predict the next one.
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

typedef float eight __attribute__((ext_vector_type(8)));

/// Transposes eight rows of eight numbers: pairs of rows are interleaved, then pairs of pairs, then
/// halves.
INLINE void transposeEight(size_t strideX, const float *x, size_t strideY, float *y) {
  eight row[8], pair[8], four[8];
  for (int i = 0; i < 8; ++i) __builtin_memcpy(row + i, x + (size_t)i * strideX, sizeof *row);
  for (int i = 0; i < 8; i += 2) {
    pair[i] = __builtin_shufflevector(row[i], row[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pair[i + 1] = __builtin_shufflevector(row[i], row[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; ++j) {
      const eight a = pair[i + j], b = pair[i + j + 2];
      four[i + 2 * j] = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
      four[i + 2 * j + 1] = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    const eight low = __builtin_shufflevector(four[i], four[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    const eight high = __builtin_shufflevector(four[i], four[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    __builtin_memcpy(y + (size_t)i * strideY, &low, sizeof low);
    __builtin_memcpy(y + (size_t)(i + 4) * strideY, &high, sizeof high);
  }
}

CLONES void elbo_transpose(
  size_t rows, size_t columns, size_t strideX, const float *x, size_t strideY, float *y) {
  // Thirty-two rows of x fill two lines of each row of y at a time.
  for (size_t first = 0; first < rows; first += 32) {
    const size_t end = first + 32 < rows ? first + 32 : rows;
    for (size_t c = 0; c < columns; c += 8) {
      for (size_t r = first; r < end; r += 8) {
        const float *from = x + r * strideX + c;
        float *to = y + c * strideY + r;
        if (r + 8 <= end && c + 8 <= columns) {
          // These are more rows than the processor prefetches by itself.
          for (size_t i = 0; i < 8; ++i) __builtin_prefetch(from + i * strideX + 64);
          transposeEight(strideX, from, strideY, to);
          continue;
        }
        for (size_t i = 0; i < 8 && c + i < columns; ++i) {
          for (size_t j = 0; j < 8 && r + j < end; ++j) to[i * strideY + j] = from[j * strideX + i];
        }
      }
    }
  }
}
