// Windows of images whose channels are side by side: copied from an image, and added to one.
#include "elbo_kernels.h"
#include "simd.h"

/// The part of a window's line that lies on the image: `count` numbers, at `image` in the image and
/// at `before` in the line.
typedef struct {
  size_t before;
  size_t count;
  size_t image;
} run;

/// Returns line `i` of the window at (row, column); empty if it lies above or below the image.
INLINE run visible(const elbo_windows *w, size_t row, size_t column, size_t i) {
  const size_t y = row * w->stride + i, x = column * w->stride;
  const size_t left = x < w->padding ? w->padding - x : 0;
  const size_t end = w->width + w->padding > x ? w->width + w->padding - x : 0;
  const size_t right = end < w->kernelWidth ? end : w->kernelWidth;
  if (y < w->padding || y - w->padding >= w->height || left >= right) return (run){0, 0, 0};
  const size_t pixel = (y - w->padding) * w->width + x + left - w->padding;
  return (run){left * w->channels, (right - left) * w->channels, pixel * w->channels};
}

typedef float eight __attribute__((ext_vector_type(8)));
typedef float four __attribute__((ext_vector_type(4)));
typedef float two __attribute__((ext_vector_type(2)));

// Runs often have few numbers, and always equally many: in pieces of powers of two, the branches
// are predicted, and nothing is masked.
#define PIECE(type, count, step)                  \
  if ((count) & (sizeof(type) / sizeof(float))) { \
    step(type);                                   \
    c += sizeof(type) / sizeof(float);            \
  }
#define PIECES(count, step)                  \
  size_t c = 0;                              \
  for (; c + LANES <= (count); c += LANES) { \
    step(lanes);                             \
  }                                          \
  PIECE(eight, count, step)                  \
  PIECE(four, count, step)                   \
  PIECE(two, count, step)                    \
  PIECE(float, count, step)

INLINE void zero(float *y, size_t count) {
#define ZERO(type)     \
  const type none = 0; \
  __builtin_memcpy(y + c, &none, sizeof none)
  PIECES(count, ZERO)
}

INLINE void copy(const float *x, float *y, size_t count) {
#define COPY(type)                       \
  type a;                                \
  __builtin_memcpy(&a, x + c, sizeof a); \
  __builtin_memcpy(y + c, &a, sizeof a)
  PIECES(count, COPY)
}

INLINE void add(const float *x, float *y, size_t count) {
#define ADD(type)                        \
  type a, b;                             \
  __builtin_memcpy(&a, x + c, sizeof a); \
  __builtin_memcpy(&b, y + c, sizeof b); \
  b += a;                                \
  __builtin_memcpy(y + c, &b, sizeof b)
  PIECES(count, ADD)
}

CLONES void elbo_unfold(
  const elbo_windows *w, size_t first, size_t count, const float *image, size_t stride, float *y) {
  const size_t line = w->kernelWidth * w->channels;
  for (size_t window = first; window < first + count; ++window, y += stride) {
    const size_t row = window / w->columns, column = window % w->columns;
    for (size_t i = 0; i < w->kernelHeight; ++i) {
      const run part = visible(w, row, column, i);
      float *to = y + i * line;
      zero(to, part.before);
      copy(image + part.image, to + part.before, part.count);
      zero(to + part.before + part.count, line - part.before - part.count);
    }
  }
}

CLONES void elbo_fold(
  const elbo_windows *w, size_t first, size_t count, const float *x, size_t stride, float *image) {
  const size_t line = w->kernelWidth * w->channels;
  for (size_t window = first; window < first + count; ++window, x += stride) {
    const size_t row = window / w->columns, column = window % w->columns;
    for (size_t i = 0; i < w->kernelHeight; ++i) {
      const run part = visible(w, row, column, i);
      add(x + i * line + part.before, image + part.image, part.count);
    }
  }
}
