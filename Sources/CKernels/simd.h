// Sixteen lanes at a time: the vector types, loads and stores of whole and partial vectors, and the
// dispatch.
// Every kernel runs one loop whose last iteration may be partial: the remaining values go through
// the same code, padded, so that a value's result cannot depend on its place in an array.
//
// Vectors are passed by address, because a 64-byte vector by value changes the calling convention
// with the instruction set and clang refuses that between a function and its clones. All of it is
// inlined.
#ifndef ELBO_SIMD_H
#define ELBO_SIMD_H
#include <stddef.h>
#include <stdint.h>

// a * b + c within one expression is fused if the instruction set can do so, and nothing else ever
// is.
#pragma STDC FP_CONTRACT ON

// One clone per instruction set, chosen when the program is loaded. A build may define CLONES
// itself, to test one. The thread sanitizer's functions cannot be called while clones are chosen.
#ifndef CLONES
#if defined(__x86_64__) && defined(__ELF__) && !__has_feature(thread_sanitizer)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#endif

// A helper must be inlined to be compiled for the instruction set of the clone around it.
#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };

typedef float lanes __attribute__((ext_vector_type(16)));
typedef int32_t integers __attribute__((ext_vector_type(16)));
typedef uint32_t words __attribute__((ext_vector_type(16)));
typedef uint64_t wideWords __attribute__((ext_vector_type(16)));
typedef int64_t wideIntegers __attribute__((ext_vector_type(16)));
typedef double wideLanes __attribute__((ext_vector_type(16)));
typedef uint8_t byteLanes __attribute__((ext_vector_type(16)));

// A partial vector goes through a loop that the compiler turns into one masked instruction if there
// is one; unrolled first, it would become sixteen branches everywhere.
#define MASKED \
  _Pragma("clang loop vectorize(enable) vectorize_width(16) interleave_count(1) unroll(disable)")

/// Loads the first `remaining` values, at most 16; the other lanes are 0.
INLINE void load(lanes *v, const float *x, size_t remaining) {
  if (remaining >= LANES) {
    __builtin_memcpy(v, x, sizeof *v);
    return;
  }
  float padded[LANES];
  const int count = (int)remaining;
  MASKED for (int i = 0; i < LANES; ++i) padded[i] = i < count ? x[i] : 0.0f;
  __builtin_memcpy(v, padded, sizeof *v);
}

/// Writes the first `remaining` lanes, at most 16, and nothing after them.
INLINE void store(const lanes *v, float *y, size_t remaining) {
  if (remaining >= LANES) {
    __builtin_memcpy(y, v, sizeof *v);
    return;
  }
  float padded[LANES];
  __builtin_memcpy(padded, v, sizeof *v);
  const int count = (int)remaining;
  MASKED for (int i = 0; i < LANES; ++i) {
    if (i < count) y[i] = padded[i];
  }
}

/// Returns the sum of the lanes, by halves.
INLINE double sum(const wideLanes *v) {
  typedef double wide8 __attribute__((ext_vector_type(8)));
  typedef double wide4 __attribute__((ext_vector_type(4)));
  wide8 s8 = v->lo + v->hi;
  wide4 s4 = s8.lo + s8.hi;
  return (s4.x + s4.z) + (s4.y + s4.w);
}

/// sum += v^2 in float64, where no finite float32 overflows.
INLINE void addSquares(const lanes *v, wideLanes *sum) {
  wideLanes x = __builtin_convertvector(*v, wideLanes);
  *sum = x * x + *sum;
}

#endif
