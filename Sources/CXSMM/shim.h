#include <libxsmm.h>

static inline const char *xsmm_version(void) { return LIBXSMM_VERSION; }

// The kernels are variadic function pointers and their arguments macros, neither of which Swift can see.

/// Column-major c = a b (or c += a b), b transposed where asked for. Answers 0 where there is no kernel for the shape.
static inline int xsmm_multiply(
  int m, int n, int k, const float *a, int lda, const float *b, int ldb, float *c, int ldc,
  int transposeB, int accumulate) {
  const float alpha = 1, beta = accumulate ? 1 : 0;
  const int flags = transposeB ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
  const libxsmm_smmfunction kernel =
    libxsmm_smmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, 0);
  if (kernel == 0) return 0;
  kernel(a, b, c);
  return 1;
}
