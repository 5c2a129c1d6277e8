#include <libxsmm.h>

static inline const char *xsmm_version(void) { return LIBXSMM_VERSION; }

// The kernels are variadic function pointers and their arguments macros, neither of which Swift can see.

/// Column-major c = a b (or c += a b), b transposed where asked for, in panels of at most `panel` rows of a and c; those of a begin
/// `step` numbers after each other. Answers 0 where there is no kernel for the shape, and nothing was done.
static inline int xsmm_multiply(
  int m, int n, int k, const float *a, int lda, int step, const float *b, int ldb, float *c, int ldc,
  int transposeB, int accumulate, int panel) {
  const float alpha = 1, beta = accumulate ? 1 : 0;
  const int flags = transposeB ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
  const int whole = m / panel, rest = m % panel;
  libxsmm_smmfunction kernel = 0, last = 0;
  if (whole > 0) kernel = libxsmm_smmdispatch(panel, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, 0);
  if (rest > 0) last = libxsmm_smmdispatch(rest, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, 0);
  if ((whole > 0 && kernel == 0) || (rest > 0 && last == 0)) return 0;
  for (int i = 0; i < whole; ++i) kernel(a + (size_t)i * step, b, c + i * panel);
  if (rest > 0) last(a + (size_t)whole * step, b, c + whole * panel);
  return 1;
}
