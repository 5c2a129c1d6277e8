// Products with matrices of zeros and ones, as sums of the rows that the ones choose.
#include "elbo_kernels.h"
#include "simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__x86_64__)
/// Takes sixteen columns at a time. The compression goes through a register, because directly to
/// memory it is microcode on some cores.
__attribute__((target("arch=x86-64-v4"))) static size_t findBySixteen(
  size_t rows, size_t columns, size_t stride, const float *x, uint32_t *offset, uint32_t *index) {
  const __m512i first = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  size_t count = 0;
  for (size_t r = 0; r < rows; ++r, x += stride) {
    offset[r] = (uint32_t)count;
    for (size_t c = 0; c < columns; c += LANES) {
      const size_t remaining = columns - c;
      const __mmask16 there = remaining < LANES ? (__mmask16)((1u << remaining) - 1) : 0xffff;
      const __m512 values = _mm512_maskz_loadu_ps(there, x + c);
      const __mmask16 ones = _mm512_cmp_ps_mask(values, _mm512_setzero_ps(), _CMP_NEQ_UQ);
      const int found = __builtin_popcount(ones);
      const __m512i places = _mm512_add_epi32(first, _mm512_set1_epi32((int)c));
      _mm512_mask_storeu_epi32(
        index + count, (__mmask16)((1u << found) - 1), _mm512_maskz_compress_epi32(ones, places));
      count += (size_t)found;
    }
  }
  offset[rows] = (uint32_t)count;
  return count;
}

/// Takes sixty-four columns at a time, with their ones as the bits of a word. The bits are
/// extracted by fours: one branch for four places, and up to three places too many, which later
/// ones overwrite.
__attribute__((target("arch=x86-64-v3"))) static size_t findByBits(
  size_t rows, size_t columns, size_t stride, const float *x, uint32_t *offset, uint32_t *index) {
  size_t count = 0;
  for (size_t r = 0; r < rows; ++r, x += stride) {
    offset[r] = (uint32_t)count;
    for (size_t begin = 0; begin < columns; begin += 64) {
      const size_t end = columns - begin < 64 ? columns : begin + 64;
      uint64_t bits = 0;
      size_t c = begin;
      for (; c + 8 <= end; c += 8) {
        const __m256 ones = _mm256_cmp_ps(_mm256_loadu_ps(x + c), _mm256_setzero_ps(), _CMP_NEQ_UQ);
        bits |= (uint64_t)(unsigned)_mm256_movemask_ps(ones) << (c - begin);
      }
      for (; c < end; ++c) bits |= (uint64_t)(x[c] != 0) << (c - begin);
      const int found = __builtin_popcountll(bits);
      uint32_t *place = index + count;
      for (int k = 0; k < found; k += 4) {
        for (int i = 0; i < 4; ++i) {
          place[k + i] = (uint32_t)(begin + _tzcnt_u64(bits));
          bits &= bits - 1;
        }
      }
      count += (size_t)found;
    }
  }
  offset[rows] = (uint32_t)count;
  return count;
}
#endif

size_t elbo_find_ones(
  size_t rows, size_t columns, size_t stride, const float *x, uint32_t *offset, uint32_t *index) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) {
    return findBySixteen(rows, columns, stride, x, offset, index);
  }
  if (__builtin_cpu_supports("x86-64-v3")) {
    return findByBits(rows, columns, stride, x, offset, index);
  }
#endif
  size_t count = 0;
  for (size_t r = 0; r < rows; ++r, x += stride) {
    offset[r] = (uint32_t)count;
    // Always written, but kept only for a one: there is no branch to mispredict.
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
  // A counting sort: the number in each column, the beginning of each column, then one by one.
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

/// The number of vectors that are summed side by side: enough to hide an addition behind the loads,
/// and 128 columns of m stay in the second-level cache for all lists.
enum { WIDTH = 8 };

/// Sums `width` vectors of every list; the last of them has `last` values.
INLINE void sumPanel(
  int width, size_t last, size_t lists, const uint32_t *offset, const uint32_t *index,
  size_t mStride, const float *m, const float *initial, int accumulate, size_t stride, float *y) {
  for (size_t i = 0; i < lists; ++i) {
    lanes total[WIDTH];
    for (int v = 0; v < width; ++v) {
      const size_t remaining = v + 1 < width ? LANES : last;
      total[v] = 0;
      if (initial) load(&total[v], initial + v * LANES, remaining);
      if (accumulate) load(&total[v], y + i * stride + v * LANES, remaining);
    }
    for (size_t k = offset[i]; k < offset[i + 1]; ++k) {
      const float *row = m + (size_t)index[k] * mStride;
      for (int v = 0; v < width; ++v) {
        lanes a;
        load(&a, row + v * LANES, v + 1 < width ? LANES : last);
        total[v] += a;
      }
    }
    for (int v = 0; v < width; ++v) {
      store(&total[v], y + i * stride + v * LANES, v + 1 < width ? LANES : last);
    }
  }
}

CLONES void elbo_sum_selected(
  size_t lists, const uint32_t *offset, const uint32_t *index, size_t columns, size_t mStride,
  const float *m, const float *initial, int accumulate, size_t stride, float *y) {
#define PANEL(N, LAST)                                                                       \
  sumPanel(                                                                                  \
    N, LAST, lists, offset, index, mStride, m + c, initial ? initial + c : NULL, accumulate, \
    stride, y + c)
  size_t c = 0;
  for (; c + WIDTH * LANES <= columns; c += WIDTH * LANES) PANEL(WIDTH, LANES);
  // The remaining whole vectors form one panel, of a width that the compiler knows: summing them
  // one after the other took as long as all those before.
  const size_t last = (columns - c) % LANES;
  switch ((columns - c) / LANES) {
    case 7:
      PANEL(7, LANES), c += 7 * LANES;
      break;
    case 6:
      PANEL(6, LANES), c += 6 * LANES;
      break;
    case 5:
      PANEL(5, LANES), c += 5 * LANES;
      break;
    case 4:
      PANEL(4, LANES), c += 4 * LANES;
      break;
    case 3:
      PANEL(3, LANES), c += 3 * LANES;
      break;
    case 2:
      PANEL(2, LANES), c += 2 * LANES;
      break;
    case 1:
      PANEL(1, LANES), c += LANES;
      break;
  }
  if (last > 0) PANEL(1, last);
#undef PANEL
}
