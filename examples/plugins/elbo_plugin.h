/* The plug-in interface of elbo, version 1: layers, likelihoods and sources out of a shared library.
 *
 * A plug-in is a shared library that exports one function, `elbo_plugin`, which answers a description of what it brings. The program
 * reads it once, at start: `elbo serve --plugin ./libmine.so`. `elbo check-plugin ./libmine.so` runs over every module what the
 * built-in ones are tested with.
 *
 * The rules:
 *
 * - What is described must stay where it is, unchanged, while the process lives: static memory is best.
 * - Every struct that a plug-in fills in begins with its `size`, `sizeof` of the struct. Later versions of this header add members at the
 *   end, so that what was built against this one still loads. Elements of an array stand `size` bytes apart. Members that are not named
 *   are to be zero.
 * - forward, backward, evaluate, mean and draw are called by several threads at once, each with its own rows. They may write only what
 *   they are handed, keep nothing between calls, and read `self` without changing it. Then results are the same for any number of threads.
 * - Texts are UTF-8 and end with a zero byte. Sizes are in numbers, not in bytes.
 * - Nothing may be thrown across this interface, and nothing may be written to standard output.
 */
#ifndef ELBO_PLUGIN_H
#define ELBO_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ELBO_PLUGIN_ABI 1
#define ELBO_MAX_RANK 8
#define ELBO_MAX_PARAMETERS 16
#define ELBO_MAX_MESSAGE 480

/* ---- What both sides speak in ---- */

/* Extents, outermost first: [14, 14] has rank 2. */
typedef struct elbo_shape {
  int64_t rank;
  int64_t extents[ELBO_MAX_RANK];
} elbo_shape;

/* Rows of float32: row r begins at base + r * stride. What stands between columns and stride may be written, and means nothing. */
typedef struct elbo_block {
  float *base;
  int64_t rows;
  int64_t columns;
  int64_t stride;
} elbo_block;

/* What is wrong, in words. `option` names the option that it is about, or is null. */
typedef struct elbo_error {
  const char *option;
  char message[ELBO_MAX_MESSAGE];
} elbo_error;

/* ---- Options: declared as data, so that they are checked, documented and saved as the built-in ones are ---- */

enum elbo_option_kind { ELBO_INTEGER = 1, ELBO_NUMBER = 2, ELBO_BOOLEAN = 3, ELBO_TEXT = 4 };
enum elbo_option_presence { ELBO_PRESET = 0, ELBO_REQUIRED = 1, ELBO_OPTIONAL = 2 };
/* Which bounds an integer or a number has; ELBO_ABOVE is a minimum that is not reached itself. */
enum elbo_option_bounds { ELBO_FROM = 1, ELBO_ABOVE = 2, ELBO_TO = 4 };

/* The value of an option: `integer` for integers and booleans (0 or 1), `number` for numbers, `text` for texts, which last as long as
 * the call that they are handed to. */
typedef struct elbo_value {
  int64_t is_given; /* 0 where an ELBO_OPTIONAL one was left out */
  int64_t integer;
  double number;
  const char *text;
} elbo_value;

typedef struct elbo_option {
  uint32_t size;
  int32_t kind;     /* elbo_option_kind */
  int32_t presence; /* elbo_option_presence */
  int32_t bounds;   /* elbo_option_bounds, added up */
  const char *name; /* letters and digits: "slope" */
  const char *summary;
  elbo_value preset; /* what it is where it is left out, for ELBO_PRESET; is_given is not read */
  double minimum;
  double maximum;
  const char *const *choices; /* of a text, all that are allowed; null for any */
  int64_t choice_count;
} elbo_option;

/* ---- Layers ---- */

enum elbo_initial { ELBO_CONSTANT = 0, ELBO_GLOROT_UNIFORM = 1 };

/* An array that is trained. Its block has as many columns as the last extent (a single extent: one row). */
typedef struct elbo_parameter {
  const char *name; /* letters and digits: "weight" */
  elbo_shape shape;
  int32_t initial; /* elbo_initial */
  int32_t reserved;
  double constant; /* of ELBO_CONSTANT */
  int64_t fan_in;  /* of ELBO_GLOROT_UNIFORM: uniform on +-sqrt(6 / (fan_in + fan_out)) */
  int64_t fan_out;
} elbo_parameter;

/* A layer whose options and input are known; handed over zeroed but for `size`. */
typedef struct elbo_layer_plan {
  uint32_t size;
  /* 1 where backward does not look at x: then y may be x, and dx may be dy. */
  int32_t ignores_input;
  /* 1 where backward does not look at y: then dy may be y. */
  int32_t ignores_output;
  int32_t reserved;
  elbo_shape output; /* of one row */
  int64_t parameter_count;
  elbo_parameter parameters[ELBO_MAX_PARAMETERS];
  int64_t cache_per_row; /* numbers for each row that backward needs from forward */
  int64_t scratch;       /* numbers to work with during one call */
  void *self;            /* handed to every call; null is fine */
} elbo_layer_plan;

/* What a pass is given beside its rows. */
typedef struct elbo_pass {
  uint32_t size;
  int32_t is_training; /* 0: an evaluation, which draws nothing */
  int32_t accumulates; /* backward: 1 to add to the gradients, 0 to overwrite them */
  int32_t reserved;
  const elbo_block *parameters; /* in the order of the plan */
  const elbo_block *gradients;  /* backward in training; else null */
  elbo_block cache;             /* the rows of x, cache_per_row columns */
  elbo_block scratch;           /* one row; undefined at the beginning of a call */
  /* Fill `columns` numbers for each row of x, the rows `stride` apart: uniform on (0, 1), or standard normal. A row's numbers follow
   * from the seed, the update and its example alone, and asked again they are the same: for more of them, ask for more columns. In
   * forward of a training pass only, else they fill zeros; keep in the cache what backward needs. */
  void (*uniform)(const struct elbo_pass *pass, float *into, int64_t columns, int64_t stride);
  void (*normal)(const struct elbo_pass *pass, float *into, int64_t columns, int64_t stride);
  const void *host; /* the program's own */
} elbo_pass;

typedef struct elbo_layer {
  uint32_t size;
  int32_t keeps_shape; /* 1 where the output always has the shape of the input */
  const char *type;    /* letters and digits: "swish", as in {"type": "swish"} */
  const char *summary; /* one sentence, with the equation */
  const elbo_option *options;
  int64_t option_count;
  /* Options as JSON objects, "{\"slope\": 2}": documentation and test cases at once. None means one, "{}". */
  const char *const *examples;
  int64_t example_count;
  elbo_shape example_input; /* of one row, which every example takes */
  /* Decides everything about a layer of these options (in the order of their declaration) behind rows of the shape `input`. `needed` is
   * the number of outputs that whatever follows wants, where this layer decides it; else 0. Answers 0, or fills in the error. */
  int32_t (*create)(
    const elbo_value *options, const elbo_shape *input, int64_t needed, elbo_layer_plan *plan,
    elbo_error *error);
  void (*destroy)(void *self); /* frees what create made; null where there is nothing to free */
  /* Overwrites y, which has the rows of x. */
  void (*forward)(
    const void *self, const elbo_pass *pass, const elbo_block *x, const elbo_block *y);
  /* Overwrites dx (null: not wanted) with dy^T dy/dx; in training overwrites the gradients, or adds to them. */
  void (*backward)(
    const void *self, const elbo_pass *pass, const elbo_block *dy, const elbo_block *x,
    const elbo_block *y, const elbo_block *dx);
} elbo_layer;

/* ---- Likelihoods: p(x | z), of which the decoder's outputs are the parameters ---- */

typedef struct elbo_likelihood_plan {
  uint32_t size;
  uint32_t reserved;
  int64_t outputs; /* numbers for each row in which the decoder has to end */
  void *self;
} elbo_likelihood_plan;

typedef struct elbo_likelihood {
  uint32_t size;
  uint32_t reserved;
  const char *type;
  const char *summary;
  const elbo_option *options;
  int64_t option_count;
  const char *const *examples;
  int64_t example_count;
  elbo_shape example_shape; /* of one row of data, which every example takes */
  const char *support;      /* what values have a density: "a number from 0" */
  const char *hint;         /* the way out for those that have none */
  int32_t (*create)(
    const elbo_value *options, const elbo_shape *shape, elbo_likelihood_plan *plan,
    elbo_error *error);
  void (*destroy)(void *self);
  /* Overwrites log_density with log p(x | z) of each row of `output`, summed over the dimensions, in nats; and `gradient` (null: not
   * wanted; it may be `output` itself) with `scale` times its gradient in the outputs. Row r goes with row r / samples of x. */
  void (*evaluate)(
    const void *self, const elbo_block *output, const elbo_block *x, int64_t samples, float scale,
    double *log_density, const elbo_block *gradient);
  /* Overwrites `mean` with the mean of p(x | z). */
  void (*mean)(const void *self, const elbo_block *output, const elbo_block *mean);
  /* Overwrites x, which holds numbers uniform on (0, 1), with draws from p(x | z). */
  void (*draw)(const void *self, const elbo_block *output, const elbo_block *x);
  /* The first column of a row whose value has no density; -1 where all have one. */
  int64_t (*first_outside)(const void *self, const float *row, int64_t columns);
  /* The decoder's last bias (outputs numbers, zero before) for data of this mean; may be null. */
  void (*initial_bias)(const void *self, const double *mean, int64_t columns, float *bias);
} elbo_likelihood;

/* ---- Sources: where rows come from ---- */

/* Takes rows. Each call answers 0, or another number when the rows cannot be taken or are no longer wanted: then load is to answer it. Rows
   that take long are best handed over some at a time, since a client that cancels is heard between two calls. */
typedef struct elbo_sink {
  uint32_t size;
  uint32_t reserved;
  /* Once, first: the shape of one row. */
  int32_t (*shape)(const struct elbo_sink *sink, const elbo_shape *shape);
  /* As often as wanted: that many rows, one behind the other. All as floats, or all as bytes, which take a quarter of the memory. */
  int32_t (*floats)(const struct elbo_sink *sink, const float *values, int64_t rows);
  int32_t (*bytes)(const struct elbo_sink *sink, const uint8_t *values, int64_t rows);
  /* Classes, for all rows or for none. */
  int32_t (*labels)(const struct elbo_sink *sink, const int64_t *labels, int64_t count);
  void *host;
} elbo_sink;

typedef struct elbo_source {
  uint32_t size;
  uint32_t reserved;
  const char *type;
  const char *summary;
  const elbo_option *options;
  int64_t option_count;
  const char *const *examples; /* loaded by check-plugin, twice: they are to give the same rows */
  int64_t example_count;
  /* Hands all rows to the sink. Answers 0, or fills in the error. */
  int32_t (*load)(const elbo_value *options, const elbo_sink *sink, elbo_error *error);
} elbo_source;

/* ---- The plug-in ---- */

typedef struct elbo_plugin_description {
  uint32_t abi_version; /* ELBO_PLUGIN_ABI: always the first number */
  uint32_t size;
  const char *name;    /* letters and digits, as of handles: "mine" */
  const char *version; /* "1.0" */
  const elbo_layer *layers;
  int64_t layer_count;
  const elbo_likelihood *likelihoods;
  int64_t likelihood_count;
  const elbo_source *sources;
  int64_t source_count;
} elbo_plugin_description;

/* The one function that a plug-in exports. */
typedef const elbo_plugin_description *(*elbo_plugin_entry)(void);

/* ---- Conveniences ---- */

/* The number of elements. */
static inline int64_t elbo_count(const elbo_shape *shape) {
  int64_t count = 1;
  for (int64_t axis = 0; axis < shape->rank; axis++) count *= shape->extents[axis];
  return count;
}

/* [count], and [rows, columns]. */
static inline elbo_shape elbo_vector(int64_t count) {
  elbo_shape shape = {1, {count, 0, 0, 0, 0, 0, 0, 0}};
  return shape;
}

static inline elbo_shape elbo_matrix(int64_t rows, int64_t columns) {
  elbo_shape shape = {2, {rows, columns, 0, 0, 0, 0, 0, 0}};
  return shape;
}

static inline float *elbo_row(const elbo_block *block, int64_t row) {
  return block->base + row * block->stride;
}

/* Fills in an error, and answers 1. */
static inline int32_t elbo_fail(elbo_error *error, const char *option, const char *message) {
  size_t length = 0;
  error->option = option;
  while (message[length] && length < ELBO_MAX_MESSAGE - 1) {
    error->message[length] = message[length];
    length++;
  }
  error->message[length] = 0;
  return 1;
}

#ifdef __cplusplus
}
#endif
#endif
