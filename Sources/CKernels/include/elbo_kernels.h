// Vectorised element-wise, reduction, optimizer and random kernels.
//
// Every array is float32 unless stated otherwise. A block is `rows` rows of `columns` values, each
// row beginning `stride` values after the one before (stride >= columns). Outputs are overwritten.
// "y may be x" says that an output may be exactly an input; no other overlap is allowed. The worst
// errors are stated with each function, in units in the last place of the exact result, over every
// finite input and every instruction set (tests: CKernelsTests). The result of an element depends
// only on its inputs, not on its place in an array, and that of a row only on the row. Results may
// differ in the last bits between instruction sets.
//
// Worst errors in units in the last place against float64, over every 37th bit pattern of a float,
// infinities and NaN included, by instruction set; the tests hold each to the bound:
//
//   function   x86-64-v4   x86-64-v3   x86-64   bound
//   exp           0.97        0.97      0.93     1.0
//   log           0.83        0.83      0.83     0.9
//   relu          0           0         0        0
//   sigmoid       2.31        2.31      2.31     2.5
//   softplus      1.78        1.78      2.19     2.3
//   tanh          2.39        2.39      2.40     2.5
#ifndef ELBO_KERNELS_H
#define ELBO_KERNELS_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The instruction set that the dispatch chose: "x86-64-v4", "x86-64-v3", "x86-64", "aarch64", or
/// "portable" elsewhere.
const char *elbo_simd(void);

/// Makes this thread treat numbers below 2^-126 as zeros, as inputs and as results. Returns the
/// state that `elbo_restore` needs to undo that.
///
/// Some processors take a hundred times as long for such a number, and importance weights often
/// have them.
static inline uint64_t elbo_flush_denormals(void) {
#if defined(__x86_64__)
  const uint32_t before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(before | 0x8040);
  return before;
#elif defined(__aarch64__)
  uint64_t before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  __asm__ volatile("msr fpcr, %0" : : "r"(before | 1 << 24));
  return before;
#else
  return 0;
#endif
}

static inline void elbo_restore(uint64_t before) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((uint32_t)before);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(before));
#endif
}

/// Tells the core that this thread spins.
static inline void elbo_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// --- Functions, flat: y[i] = f(x[i]); y may be x; NaN gives NaN ----------------------------------
/// exp(x); 0 below -104, infinite above 88.73, gradual underflow between. At most 1.0 ulp.
void elbo_exp(size_t n, const float *x, float *y);
/// log(x); -infinity at 0 and -0, NaN below; subnormal x too. At most 0.9 ulp.
void elbo_log(size_t n, const float *x, float *y);

// --- Activations, flat: one file each in activations/ --------------------------------------------
// The function, y[i] = f(x[i]), where y may be x; and its gradient, dx[i] = dy[i] f'(x[i]), from
// the output or from the input, where dx may be dy or `from`. Absolute errors are below 1e-6 max(1,
// |y|) unless stated otherwise.
#define ACTIVATION(name)                         \
  void name(size_t n, const float *x, float *y); \
  void name##_backward(size_t n, const float *from, const float *dy, float *dx)

// Gradients from the output, y.
ACTIVATION(elbo_elu);
ACTIVATION(elbo_hard_tanh);
/// Exact; NaN gives NaN, and -0 gives 0.
ACTIVATION(elbo_relu);
ACTIVATION(elbo_selu);
/// In [0, 1], down to gradual underflow for very negative x; NaN gives NaN. At most 2.5 ulp.
ACTIVATION(elbo_sigmoid);
/// Odd, -0 at -0; NaN gives NaN. At most 2.5 ulp.
ACTIVATION(elbo_tanh);

// Gradients from the input, x.
ACTIVATION(elbo_gelu);
ACTIVATION(elbo_mish);
ACTIVATION(elbo_silu);
/// Down to gradual underflow for very negative x; NaN gives NaN. At most 2.3 ulp.
ACTIVATION(elbo_softplus);
ACTIVATION(elbo_softsign);

// With an option: slope > 0, and the gradient from the output.
void elbo_leaky_relu(size_t n, float slope, const float *x, float *y);
void elbo_leaky_relu_backward(size_t n, float slope, const float *y, const float *dy, float *dx);

#undef ACTIVATION

// --- Flat arithmetic -----------------------------------------------------------------------------
/// y += x.
void elbo_add(size_t n, const float *x, float *y);
/// y *= factor.
void elbo_scale(size_t n, float factor, float *y);
/// y = x z; y may be either.
void elbo_multiply(size_t n, const float *x, const float *z, float *y);
/// Returns the sum of squares, in float64: finite for finite entries, NaN or infinity if an entry
/// is not finite.
double elbo_sum_of_squares(size_t rows, size_t columns, size_t stride, const float *x);
/// Adds `lanes` arrays in order: out = sum over l of lane[l]; out may be one of them. Returns the
/// sum of squares of the result, as elbo_sum_of_squares does. Zero lanes give zeros.
double elbo_sum_lanes(size_t n, size_t lanes, const float *const *lane, float *out);

// --- Blocks --------------------------------------------------------------------------------------
/// Sets every row of y to `row`.
void elbo_fill_rows(size_t rows, size_t columns, size_t stride, const float *row, float *y);
/// sum[c] = (accumulate ? sum[c] : 0) + sum over rows of x[r][c], rows in order.
void elbo_sum_rows(
  size_t rows, size_t columns, size_t stride, const float *x, int accumulate, float *sum);
/// The same in float64, in which a sum over many pixels loses no digits.
void elbo_sum_rows_wide(
  size_t rows, size_t columns, size_t stride, const float *x, int accumulate, double *sums);
/// Multiplies row r of y by factor[r].
void elbo_scale_rows(size_t rows, size_t columns, size_t stride, const float *factor, float *y);
/// Converts rows of bytes to rows of floats: y[r][c] = x[row[r] * columns + c].
void elbo_gather_bytes(
  size_t rows, size_t columns, const uint8_t *x, const uint32_t *row, size_t stride, float *y);
/// y[c][r] = x[r][c]; x has `rows` rows of `columns`.
void elbo_transpose(
  size_t rows, size_t columns, size_t strideX, const float *x, size_t strideY, float *y);

// --- Densities -----------------------------------------------------------------------------------
/// Bernoulli log density of binary (or grey, relaxed) rows under logits, and its gradient, in one
/// pass:
///   logDensity[r] = sum over c of x l - log(1 + exp(l)),  gradient[r][c] = scale (x - sigmoid(l)).
/// Logits may be infinite: a right one costs nothing, a wrong one -infinity; NaN gives NaN. A cost
/// that is 0 in the limit may be up to 1.6e-38 instead.
/// Row r of the logits belongs to row r / samples of x. `gradient` may be NULL, or the logits.
/// Row sums run in float32 in 16 interleaved partial sums, and are added up in float64.
void elbo_bernoulli(
  size_t rows, size_t columns, size_t samples, size_t xStride, const float *x, size_t stride,
  const float *logits, float scale, double *logDensity, float *gradient);

/// With r_k = share[k] and N_k = N(z; mean_k, 1 / inverse_k), row k of h being mean_k and then the
/// log-variance:
///   dz += path sum over k of r_k dlog N_k / dz,  dh_k += score r_k dlog N_k / dh_k.
/// Components whose share is 0 are left out. dz and dh overlap nothing.
void elbo_gaussian_shares(
  size_t components, size_t latents, const float *z, size_t hStride, const float *h,
  const float *inverse, const float *share, float path, float score, float *dz, size_t dhStride,
  float *dh);

// --- Optimizers: one file each in optimizers/ ----------------------------------------------------
/// m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;  p -= rate m / (sqrt(v) + epsilon).
/// The caller folds both bias corrections into rate and epsilon. `gradientScale` multiplies g first
/// (1: as it is; -1: ascend).
void elbo_adam(
  size_t n, float *p, float *m, float *v, const float *g, float gradientScale, float rate,
  float beta1, float beta2, float epsilon);
/// velocity = momentum velocity + g; p -= rate velocity. With velocity NULL: p -= rate g.
void elbo_sgd(
  size_t n, float *p, float *velocity, const float *g, float gradientScale, float rate,
  float momentum);

/// The step of a relative of Adam: with m and v as above,
///   p = shrink p - (alongMean m + alongGradient g) / (sqrt(v) + epsilon),
/// or, if `isPlain` is nonzero, without the division. With `largest`, the largest v so far takes
/// the place of v.
typedef struct {
  float beta1, beta2, epsilon, shrink, alongMean, alongGradient;
  int isPlain;
} elbo_adam_step;
void elbo_adam_relative(
  size_t n, float *p, float *m, float *v, float *largest, const float *g, float gradientScale,
  const elbo_adam_step *step);
/// m = beta1 m + (1 - beta1) g;  u = max(beta2 u, |g| + epsilon);  p -= rate m / u.
void elbo_adamax(
  size_t n, float *p, float *m, float *u, const float *g, float gradientScale, float rate,
  float beta1, float beta2, float epsilon);
/// s = keep s + add g^2;  p -= rate g / (sqrt(s) + epsilon): RMSprop and Adagrad.
void elbo_root_mean_square(
  size_t n, float *p, float *s, const float *g, float gradientScale, float rate, float keep,
  float add, float epsilon);
/// SGD with Nesterov's momentum: velocity = momentum velocity + g; p -= rate (g + momentum
/// velocity).
void elbo_nesterov(
  size_t n, float *p, float *velocity, const float *g, float gradientScale, float rate,
  float momentum);

// --- Counter-based random numbers: Philox 4x32-10 (Salmon et al. 2011) ---------------------------
/// One block of the generator: the published function.
void elbo_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/// Which numbers to draw. Column c of sample s of row r at an update comes from the counter
/// (c / 4, row[r], update, s), word c % 4: it depends on nothing else.
typedef struct {
  uint32_t key[2];  // seed and stream
  uint32_t update;
  uint32_t firstSample;
  uint32_t samples;  // output row r * samples + s holds sample firstSample + s of row[r]
  size_t rows;
  const uint32_t *row;  // the rows' names
  uint32_t firstBlock;  // the output's first column is column 4 firstBlock
} elbo_draws;

/// Uniform on (0, 1): (word >> 9) 2^-23 + 2^-24.
void elbo_uniform(const elbo_draws *draws, size_t columns, size_t stride, float *out);
/// Standard normal by Box and Muller (1958): words (0, 1) of a block give columns 0 and 1, words
/// (2, 3) give 2 and 3, as the cosine and the sine of one pair:
///   sqrt(-2 log u) (cos, sin)(2 pi (second >> 8) 2^-24),  u = (float(first) + 1/2) 2^-32.
/// At most 6.8 in size, within 1e-6 of the same in float64.
void elbo_normal(const elbo_draws *draws, size_t columns, size_t stride, float *out);

// --- Zeros and ones ------------------------------------------------------------------------------
/// Lists rows of zeros and ones: the ones of row r are in columns index[offset[r]] to
/// index[offset[r + 1] - 1], ascending. `offset` has rows + 1 entries, `index` rows * columns + 4.
/// Returns the number of ones.
size_t elbo_find_ones(
  size_t rows, size_t columns, size_t stride, const float *x, uint32_t *offset, uint32_t *index);

/// Lists the same ones by columns: those of column c are in rows rowIndex[columnOffset[c]] and so
/// on, ascending. `columnOffset` has columns + 2 entries.
void elbo_transpose_ones(
  size_t rows, size_t columns, const uint32_t *offset, const uint32_t *index,
  uint32_t *columnOffset, uint32_t *rowIndex);

/// Computes the product of a matrix of zeros and ones with m: row i of y is the sum of the rows of
/// m that list i names, in order, starting with `initial` (zeros if NULL), or with the contents of
/// y if `accumulate` is nonzero.
void elbo_sum_selected(
  size_t lists, const uint32_t *offset, const uint32_t *index, size_t columns, size_t mStride,
  const float *m, const float *initial, int accumulate, size_t stride, float *y);

// --- Windows of images ---------------------------------------------------------------------------
/// The layout of windows on an image of height x width pixels with `channels` numbers each, side by
/// side. The window in row r and column c, of `columns` in a row, begins at pixel (r stride -
/// padding, c stride - padding).
typedef struct {
  size_t height, width, channels;
  size_t kernelHeight, kernelWidth;
  size_t stride, padding;
  size_t columns;
} elbo_windows;

/// Copies window first + n to row n of y, row by row: kernelHeight x kernelWidth pixels, zeros
/// outside the image.
void elbo_unfold(
  const elbo_windows *windows, size_t first, size_t count, const float *image, size_t stride,
  float *y);
/// The transpose of elbo_unfold: adds every number of the windows to the place in the image from
/// which it would be copied, window by window.
void elbo_fold(
  const elbo_windows *windows, size_t first, size_t count, const float *x, size_t stride,
  float *image);

// --- Texts ---------------------------------------------------------------------------------------
/// Encodes base64 with the standard alphabet: text[4 i] to text[4 i + 3] encode x[3 i] to x[3 i +
/// 2].
void elbo_base64_encode(size_t groups, const uint8_t *x, char *text);
/// Decodes base64; returns the number of decoded groups, which is smaller if the next group has a
/// character outside the alphabet. The bytes after them in `out` may be overwritten too.
size_t elbo_base64_decode(size_t groups, const char *text, uint8_t *out);
/// Returns the number of bytes before the first that is not ASCII from blank to tilde, or is a
/// quote or a backslash: bytes that a JSON string contains unchanged.
size_t elbo_plain_prefix(size_t n, const uint8_t *x);

// --- Memory of a parser --------------------------------------------------------------------------
/// The memory that one call of a parser takes, which is freed together.
typedef struct elbo_region elbo_region;
/// A parser, such as json_loadb: returns the value of a text of `size` bytes, or null with `error`.
typedef void *(*elbo_parse)(const void *text, size_t size, size_t flags, void *error);
/// Calls a parser whose allocations are made by elbo_region_malloc, and puts what it returns in
/// `value`. Returns the region in which the value stands; null if there is not enough memory: the
/// parser is then left where it is, and all of its memory is freed.
elbo_region *elbo_call_in_region(
  elbo_parse parse, const void *text, size_t size, size_t flags, void *error, void **value);
/// Frees the memory of a region.
void elbo_region_end(elbo_region *region);
/// Allocates in the region of this thread, which never fails; outside of a region, as malloc does.
void *elbo_region_malloc(size_t size);
/// Frees nothing in a region, which ends as a whole; outside of a region, as free does.
void elbo_region_free(void *memory);

// --- Peak speed ----------------------------------------------------------------------------------
/// Multiplies by out[0] and adds out[1], on registers alone, and writes a value that depends on all
/// operations to out[2]. Returns the number of floating-point operations.
size_t elbo_multiply_adds(size_t turns, float out[3]);

#ifdef __cplusplus
}
#endif
#endif
