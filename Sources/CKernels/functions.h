// Sixteen exponentials, logarithms, tangents, sines at a time: x becomes f(x).
//
// The polynomials are our own minimax fits: reweighted least squares (Lawson 1961) of the function
// at 2,001 Chebyshev points, evaluated with 40 digits; the coefficients are rounded to float32 one
// after the other from the lowest power on, and the remaining ones fitted again after each
// rounding.
#ifndef ELBO_FUNCTIONS_H
#define ELBO_FUNCTIONS_H
#include "simd.h"

// ln 2 in two parts. The first has 15 bits, so that its product with any exponent is exact.
static const float ln2High = 0x1.62e4p-1f;
static const float ln2Low = 0x1.7f7d1cp-20f;

/// 2^n for n in [-126, 127].
INLINE void powerOfTwo(const integers *n, lanes *y) { *y = (lanes)((*n + 127) << 23); }

/// x = n ln 2 + r with |r| <= ln(2) / 2; returns n and q = exp(r) - 1, for |x| < 2^21. exp(r) - 1 =
/// r + r^2 P(r); the fit's worst relative error is 2^-31.
INLINE void reduceExponential(const lanes *x, integers *n, lanes *q) {
  // Adding 1.5 * 2^23 rounds to an integer, which is then in the lowest bits.
  const float rounding = 0x1.8p23f;
  lanes rounded = *x * 0x1.715476p0f + rounding;
  lanes k = rounded - rounding;
  *n = (integers)rounded - 0x4b400000;
  lanes r = *x - k * ln2High;
  r = r - k * ln2Low;
  lanes p = r * 0x1.a24774p-13f + 0x1.6d3c8cp-10f;
  p = p * r + 0x1.111002p-7f;
  p = p * r + 0x1.5554f6p-5f;
  p = p * r + 0x1.555556p-3f;
  p = p * r + 0x1p-1f;
  lanes square = r * r;
  *q = square * p + r;
}

/// exp(x): 0 below -104, infinite above 88.73, subnormal results rounded once more.
INLINE void exponential(lanes *x) {
  lanes bounded = *x > 89.0f ? 89.0f : *x;
  bounded = bounded < -104.0f ? -104.0f : bounded;
  integers n;
  lanes q, first, second;
  reduceExponential(&bounded, &n, &q);
  // 2^n from -150 to 128 in two factors, each of which is a normal number.
  integers half = n >> 1;
  integers rest = n - half;
  powerOfTwo(&half, &first);
  powerOfTwo(&rest, &second);
  *x = (q + 1.0f) * first * second;
}

/// exp(x) for x <= 0, and exp(-87) = 1.6e-38 below -87: for sums to which smaller terms add
/// nothing.
INLINE void exponentialOfNegative(lanes *x) {
  lanes bounded = *x < -87.0f ? -87.0f : *x;
  integers n;
  lanes q;
  reduceExponential(&bounded, &n, &q);
  // The result is a normal number, whose exponent can be added to.
  *x = (lanes)((integers)(q + 1.0f) + (n << 23));
}

/// exp(x) for x <= 0 to the accuracy of a sum with 1, and exp(-87) below -87. exp(r) = 1 + r + r^2
/// P(r); the fit's worst relative error is 2^-28, and that of r about |x| 2^-24.
INLINE void exponentialBesideOne(lanes *x) {
  const float rounding = 0x1.8p23f;
  lanes bounded = *x < -87.0f ? -87.0f : *x;
  lanes rounded = bounded * 0x1.715476p0f + rounding;
  lanes k = rounded - rounding;
  lanes r = bounded - k * 0x1.62e43p-1f;
  lanes p = r * 0x1.6a4b36p-10f + 0x1.12398ep-7f;
  p = p * r + 0x1.5558b2p-5f;
  p = p * r + 0x1.555492p-3f;
  p = p * r + 0x1.fffffcp-2f;
  lanes q = r * r * p + (r + 1.0f);
  // The lowest bits of `rounded` are an integer; the result is a normal number.
  *x = (lanes)((integers)q + ((integers)rounded << 23));
}

/// exp(x) - 1 for x <= 0, to the accuracy of the 1; 0 for others.
INLINE void exponentialMinusOne(lanes *x) {
  lanes e = __builtin_elementwise_min(*x, (lanes)0.0f);
  exponential(&e);
  *x = e - 1.0f;
}

/// k ln 2 + log(1 + f) for f in [sqrt(1/2) - 1, sqrt(2) - 1]: f - f^2 / 2 + f^3 P(f).
/// The fit's worst relative error is 2^-27.
INLINE void joinLogarithm(const lanes *k, const lanes *f, lanes *y) {
  lanes p = *f * -0x1.420da8p-4f + 0x1.07daaap-3f;
  p = p * *f - 0x1.0cdea8p-3f;
  p = p * *f + 0x1.226c94p-3f;
  p = p * *f - 0x1.547892p-3f;
  p = p * *f + 0x1.99a5aep-3f;
  p = p * *f - 0x1.00022p-2f;
  p = p * *f + 0x1.55554ap-2f;
  lanes square = *f * *f;
  lanes cube = square * *f;
  lanes small = *k * ln2Low;
  small = cube * p + small;
  small = small - square * 0.5f;
  lanes large = small + *f;
  *y = *k * ln2High + large;
}

/// log(2^exponent x) for positive normal x = 2^k (1 + f).
INLINE void logarithmOfNormal(const integers *exponent, lanes *x) {
  // Exponents change at sqrt(1/2), whose bits these are, so that f stays small on both sides.
  integers k = ((integers)*x - 0x3f3504f3) >> 23;
  lanes f = (lanes)((integers)*x - (k << 23)) - 1.0f;
  lanes power = __builtin_convertvector(k + *exponent, lanes);
  joinLogarithm(&power, &f, x);
}

/// log(x): -infinity at 0, NaN below.
INLINE void logarithm(lanes *x) {
  integers subnormal = *x < 0x1p-126f;
  integers exponent = subnormal & -23;
  lanes y = subnormal ? *x * 0x1p23f : *x;
  logarithmOfNormal(&exponent, &y);
  y = *x == __builtin_inff() ? *x : y;
  lanes beyond = *x == 0.0f ? (lanes)-__builtin_inff() : (lanes)__builtin_nanf("");
  *x = *x > 0.0f ? y : beyond;
}

/// log(1 + e) = e + e^2 P(e) for e in [0, 1]; the fit's worst relative error is 2^-27.
INLINE void logarithmOfOnePlus(lanes *e) {
  lanes p = *e * -0x1.af5e2p-9f + 0x1.49211cp-6f;
  p = p * *e - 0x1.d6b75ep-5f;
  p = p * *e + 0x1.b4b094p-4f;
  p = p * *e - 0x1.3a43ep-3f;
  p = p * *e + 0x1.934b6ep-3f;
  p = p * *e - 0x1.ff23e8p-3f;
  p = p * *e + 0x1.554ddp-2f;
  p = p * *e - 0x1.ffffd2p-2f;
  lanes square = *e * *e;
  *e = square * p + *e;
}

/// tanh(x) = e / (e + 2) with e = exp(2 |x|) - 1, and the sign of x.
INLINE void hyperbolicTangent(lanes *x) {
  lanes twice = __builtin_elementwise_abs(*x) * 2.0f;
  // From 9.02 on the result is 1 to the last bit.
  twice = twice > 20.0f ? 20.0f : twice;
  integers n;
  lanes q, power;
  reduceExponential(&twice, &n, &q);
  powerOfTwo(&n, &power);
  lanes e = q * power + (power - 1.0f);
  *x = __builtin_elementwise_copysign(e / (e + 2.0f), *x);
}

/// sigmoid(x) = 1 / (1 + exp(-x)), from exp(-|x|) on either side, so that neither loses digits.
INLINE void logisticSigmoid(lanes *x) {
  lanes e = -__builtin_elementwise_abs(*x);
  exponential(&e);
  lanes numerator = *x < 0.0f ? e : 1.0f;
  *x = numerator / (e + 1.0f);
}

/// log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|)).
INLINE void softenedPlus(lanes *x) {
  lanes e = -__builtin_elementwise_abs(*x);
  exponential(&e);
  logarithmOfOnePlus(&e);
  *x = e + (*x > 0.0f ? *x : 0.0f);
}

/// Sine and cosine of a = 2 pi turn / 2^24, turn in [0, 2^24): the nearest quarter turn is split
/// off exactly. On [-pi/4, pi/4], sin(a) = a + a^3 S(a^2) and cos(a) = 1 - a^2 / 2 + a^4 C(a^2), to
/// 2^-28 and 2^-33.
INLINE void sineAndCosine(const integers *turn, lanes *sine, lanes *cosine) {
  integers quarter = (*turn + (1 << 21)) >> 22;
  lanes a = __builtin_convertvector(*turn - (quarter << 22), lanes) * 0x1.921fb6p-22f;
  lanes z = a * a;
  lanes s = z * -0x1.9956b4p-13f + 0x1.11077ep-7f;
  s = s * z - 0x1.555546p-3f;
  lanes cube = z * a;
  s = cube * s + a;
  lanes c = z * 0x1.99e0ecp-16f - 0x1.6c0c1ap-10f;
  c = c * z + 0x1.55554ap-5f;
  c = c * z - 0.5f;
  c = c * z + 1.0f;
  integers odd = (quarter & 1) != 0;
  // The signs: sine is negative in quarters 2 and 3, cosine in 1 and 2 (a full turn is quarter 4,
  // like 0).
  integers sineSign = (quarter & 2) << 30;
  integers cosineSign = ((quarter + 1) & 2) << 30;
  *sine = (lanes)((integers)(odd ? c : s) ^ sineSign);
  *cosine = (lanes)((integers)(odd ? s : c) ^ cosineSign);
}

#endif
