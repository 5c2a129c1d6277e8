// The rate at which this core multiplies and adds, with which the speed of all kernels is compared.
#include "elbo_kernels.h"
#include "simd.h"

// Not with CLONES: the number of registers differs with the instruction set, and the measurement
// would include sums that are spilled to memory. Ten sums in flight hide the latency of every core
// that we know of; with 32 registers, more of them make up for cycles that the core's scheduler
// wastes.
#define PEAK(NAME, TARGET, WIDTH, SUMS)                                   \
  TARGET static size_t NAME(size_t turns, float *out) {                   \
    typedef float vector __attribute__((ext_vector_type(WIDTH)));         \
    const vector factor = out[0], term = out[1];                          \
    vector sums[SUMS];                                                    \
    for (int i = 0; i < SUMS; ++i) sums[i] = (float)i;                    \
    for (size_t t = 0; t < turns; ++t) {                                  \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; ++i) { \
        sums[i] = sums[i] * factor + term;                                \
      }                                                                   \
    }                                                                     \
    for (int i = 1; i < SUMS; ++i) sums[0] += sums[i];                    \
    out[2] = sums[0][0];                                                  \
    return turns * SUMS * WIDTH * 2;                                      \
  }

PEAK(peakOfFour, , 4, 10)
#if defined(__x86_64__)
PEAK(peakOfEight, __attribute__((target("arch=x86-64-v3"))), 8, 12)
PEAK(peakOfSixteen, __attribute__((target("arch=x86-64-v4"), min_vector_width(512))), 16, 24)
#endif

size_t elbo_multiply_adds(size_t turns, float out[3]) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return peakOfSixteen(turns, out);
  if (__builtin_cpu_supports("x86-64-v3")) return peakOfEight(turns, out);
#endif
  return peakOfFour(turns, out);
}
