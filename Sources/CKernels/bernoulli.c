// The Bernoulli log density under logits, and its gradient.
//
// Both are computed from the outcome that the logit l makes unlikely. With w = 1 - x for l > 0,
// else x:
//   x l - log(1 + exp(l)) = -(|l| w + log(1 + exp(-|l|)))
//   x - sigmoid(l)        = +-(w - exp(-|l|) / (1 + exp(-|l|))), minus for l > 0
// so that nothing cancels where the logit is right, one exponential serves both, and an infinite
// logit of the right sign costs nothing instead of becoming infinity minus infinity.
//
// The sum of a row's logarithms is the logarithm of a product: with s = 1 + exp(-|l|) rounded and t
// its rounding error,
//   sum of log(1 + exp(-|l|)) = log(product of s) + sum of t / s,
// where t is used for t / s: they differ by less than the rounding of exp(-|l|).
#include "elbo_kernels.h"
#include "functions.h"

/// Computes the terms of one vector; the loss is without log s.
INLINE void term(
  const lanes *x, const lanes *logit, float scale, lanes *loss, lanes *s, lanes *gradient) {
  lanes size = __builtin_elementwise_abs(*logit);
  integers positive = *logit > 0.0f;
  lanes against = positive ? 1.0f - *x : *x;
  lanes e = -size;
  exponentialOfNegative(&e);
  *s = e + 1.0f;
  if (gradient) {
    lanes signedScale = positive ? (lanes)-scale : (lanes)scale;
    *gradient = (against - e / *s) * signedScale;
  }
  lanes penalty = against == 0.0f ? 0.0f : size * against;
  *loss = (e - (*s - 1.0f)) + penalty;
}

/// The number of factors, each at most 2, whose product is certainly finite.
enum { FACTORS = 64 };

INLINE void rowsOf(
  size_t rows, size_t columns, size_t samples, size_t xStride, const float *x, size_t stride,
  const float *logits, float scale, double *logDensity, float *gradient) {
  for (size_t r = 0; r < rows; ++r) {
    const float *target = x + r / samples * xStride;
    const float *logit = logits + r * stride;
    lanes total = 0;
    for (size_t begin = 0; begin < columns; begin += FACTORS * LANES) {
      const size_t rest = columns - begin;
      const size_t end = begin + (rest < FACTORS * LANES ? rest : FACTORS * LANES);
      lanes product = 1;
      for (size_t c = begin; c < end; c += LANES) {
        size_t remaining = columns - c;
        lanes a, b, loss, s, slope;
        load(&a, target + c, remaining);
        load(&b, logit + c, remaining);
        term(&a, &b, scale, &loss, &s, gradient ? &slope : NULL);
        if (remaining < LANES) {
          const integers index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
          loss = index < (int)remaining ? loss : 0.0f;
          s = index < (int)remaining ? s : 1.0f;
        }
        total += loss;
        product *= s;
        if (gradient) store(&slope, gradient + r * stride + c, remaining);
      }
      logarithm(&product);
      total += product;
    }
    wideLanes wide = __builtin_convertvector(total, wideLanes);
    logDensity[r] = -sum(&wide);
  }
}

/// The log densities alone: with P the product of 1 + exp(-|l|) minus 1, which grows by the factor
/// 1 + e as P + e (1 + P), so that no small e is lost.
INLINE void densitiesOf(
  size_t rows, size_t columns, size_t samples, size_t xStride, const float *x, size_t stride,
  const float *logits, double *logDensity) {
  const integers index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  for (size_t r = 0; r < rows; ++r) {
    const float *target = x + r / samples * xStride;
    const float *logit = logits + r * stride;
    lanes total = 0;
    for (size_t begin = 0; begin < columns; begin += FACTORS * LANES) {
      const size_t rest = columns - begin;
      const size_t end = begin + (rest < FACTORS * LANES ? rest : FACTORS * LANES);
      lanes product = 0;
      for (size_t c = begin; c < end; c += LANES) {
        const size_t remaining = columns - c;
        lanes l;
        load(&l, logit + c, remaining);
        lanes e = -__builtin_elementwise_abs(l);
        exponentialBesideOne(&e);
        if (remaining < LANES) e = index < (int)remaining ? e : 0.0f;
        product = product + (e * product + e);
      }
      for (size_t c = begin; c < end; c += LANES) {
        const size_t remaining = columns - c;
        lanes a, l;
        load(&a, target + c, remaining);
        load(&l, logit + c, remaining);
        lanes against = l > 0.0f ? 1.0f - a : a;
        lanes penalty = __builtin_elementwise_abs(l) * against;
        total += against == 0.0f ? 0.0f : penalty;
      }
      lanes s = product + 1.0f;
      lanes lost = (product - (s - 1.0f)) / s;
      logarithm(&s);
      total += s + lost;
    }
    wideLanes wide = __builtin_convertvector(total, wideLanes);
    logDensity[r] = -sum(&wide);
  }
}

CLONES void elbo_bernoulli(
  size_t rows, size_t columns, size_t samples, size_t xStride, const float *x, size_t stride,
  const float *logits, float scale, double *logDensity, float *gradient) {
  if (gradient) {
    rowsOf(rows, columns, samples, xStride, x, stride, logits, scale, logDensity, gradient);
  } else {
    densitiesOf(rows, columns, samples, xStride, x, stride, logits, logDensity);
  }
}
