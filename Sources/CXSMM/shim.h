#include <libxsmm.h>

static inline const char *xsmm_version(void) { return LIBXSMM_VERSION; }

#include <sys/mman.h>

// libxsmm maps memory for each kernel. If that fails once, it writes this kernel and all later ones
// to memory of its allocator, by default malloc, which cannot be executed. These two give it memory
// that can be.

/// Returns null if there is none: then there is no kernel.
static inline void *xsmm_map(size_t size) {
  const size_t all = size + 64;
  size_t *memory = (size_t *)mmap(
    NULL, all, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  *memory = all;
  return (char *)memory + 64;
}

static inline void xsmm_unmap(void *memory) {
  if (!memory) return;
  size_t *const begin = (size_t *)((char *)memory - 64);
  munmap(begin, *begin);
}

/// Must be called before the first kernel is made.
static inline void xsmm_begin(void) {
  libxsmm_malloc_function allocate = {0};
  libxsmm_free_function release = {0};
  allocate.function = xsmm_map;
  release.function = xsmm_unmap;
  libxsmm_set_default_allocator(NULL, allocate, release);
}

// The kernels are variadic function pointers and their arguments macros, neither of which Swift can
// see.

/// Column-major c = a b, with b transposed if `transposeB` is nonzero: a (m, k), b (k, n), c (m,
/// n). The rows of a and c come in panels.
typedef struct {
  int m, n, k;
  int lda;
  const float *b;
  int ldb;
  int transposeB;
  int ldc;
  /// Whether the product is added to c.
  int accumulate;
  /// The number of rows in a panel; the last one may have fewer.
  int panel;
  /// The maximum number of columns of a that are taken at a time.
  int depth;
} xsmm_product;

/// The kernels for panels of one height: for the first columns of a, for those in between, and for
/// the last.
typedef struct {
  libxsmm_smmfunction first, middle, last;
} xsmm_panels;

/// The kernels for the panels of a product, and the number of columns of a that are taken at a
/// time.
typedef struct {
  xsmm_panels whole, rest;
  int columns;
} xsmm_plan;

static inline libxsmm_smmfunction xsmm_kernel(
  const xsmm_product *p, int rows, int columns, int accumulate) {
  const float alpha = 1, beta = accumulate ? 1 : 0;
  const int flags = p->transposeB ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
  return libxsmm_smmdispatch(
    rows, p->n, columns, &p->lda, &p->ldb, &p->ldc, &alpha, &beta, &flags, 0);
}

/// Returns 0 if there is no kernel for the shape.
static inline int xsmm_find(const xsmm_product *p, int rows, int columns, xsmm_panels *panels) {
  if (rows == 0) return 1;
  const int blocks = (p->k + columns - 1) / columns;
  panels->first = xsmm_kernel(p, rows, columns, p->accumulate);
  if (blocks > 2) panels->middle = xsmm_kernel(p, rows, columns, 1);
  if (blocks > 1) panels->last = xsmm_kernel(p, rows, p->k - (blocks - 1) * columns, 1);
  return panels->first && (blocks <= 2 || panels->middle) && (blocks <= 1 || panels->last);
}

/// Returns 0 if there is no kernel for the shape.
static inline int xsmm_prepare(const xsmm_product *p, xsmm_plan *plan) {
  const int blocks = (p->k + p->depth - 1) / p->depth;
  if (blocks == 0) return 0;
  plan->columns = (p->k + blocks - 1) / blocks;
  return xsmm_find(p, p->m < p->panel ? 0 : p->panel, plan->columns, &plan->whole) &&
         xsmm_find(p, p->m % p->panel, plan->columns, &plan->rest);
}

/// Computes a panel of c from one of a.
static inline void xsmm_run(
  const xsmm_product *p, const xsmm_plan *plan, int rows, const float *a, float *c) {
  const xsmm_panels *panels = rows == p->panel ? &plan->whole : &plan->rest;
  panels->first(a, p->b, c);
  for (int k = plan->columns; k < p->k; k += plan->columns) {
    const float *b = p->transposeB ? p->b + (size_t)k * p->ldb : p->b + k;
    (k + plan->columns < p->k ? panels->middle : panels->last)(a + (size_t)k * p->lda, b, c);
  }
}
