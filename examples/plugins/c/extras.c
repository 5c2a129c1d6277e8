/* A plug-in in C: a layer, a likelihood and a source.
 *
 *   cc -O2 -shared -fPIC -o libextras.so extras.c -lm
 *   elbo check-plugin libextras.so
 */
#include <math.h>
#include "../elbo_plugin.h"

/* ---- The layer snake (Ziyin, Hartwig and Ueda, 2020): y = x + sin(a x)^2 / a, with an a of its own for every column ---- */

static const elbo_option snake_options[] = {
  {.size = sizeof(elbo_option),
   .kind = ELBO_NUMBER,
   .name = "frequency",
   .summary = "With which a begins.",
   .preset = {.number = 1},
   .bounds = ELBO_FROM + ELBO_TO,
   .minimum = 0.01,
   .maximum = 100},
};

static const char *const snake_examples[] = {"{}", "{\"frequency\": 2.5}"};

static int32_t snake_create(
  const elbo_value *options, const elbo_shape *input, int64_t needed, elbo_layer_plan *plan,
  elbo_error *error) {
  (void)needed, (void)error;
  plan->output = *input;
  plan->ignores_output = 1;
  plan->parameter_count = 1;
  plan->parameters[0].name = "frequency";
  plan->parameters[0].shape = elbo_vector(elbo_count(input));
  plan->parameters[0].constant = options[0].number;
  return 0;
}

static void snake_forward(
  const void *self, const elbo_pass *pass, const elbo_block *x, const elbo_block *y) {
  (void)self;
  const float *a = pass->parameters[0].base;
  for (int64_t row = 0; row < x->rows; row++) {
    const float *from = elbo_row(x, row);
    float *to = elbo_row(y, row);
    for (int64_t i = 0; i < x->columns; i++) {
      const float sine = sinf(a[i] * from[i]);
      to[i] = from[i] + sine * sine / a[i];
    }
  }
}

/* dy/dx = 1 + sin(2 a x); dy/da = x sin(2 a x) / a - sin(a x)^2 / a^2. */
static void snake_backward(
  const void *self, const elbo_pass *pass, const elbo_block *dy, const elbo_block *x,
  const elbo_block *y, const elbo_block *dx) {
  (void)self, (void)y;
  const float *a = pass->parameters[0].base;
  if (pass->gradients) {
    float *slope = pass->gradients[0].base;
    for (int64_t i = 0; i < x->columns; i++) {
      float sum = pass->accumulates ? slope[i] : 0;
      for (int64_t row = 0; row < x->rows; row++) {
        const float value = elbo_row(x, row)[i], sine = sinf(a[i] * value);
        sum += elbo_row(dy, row)[i] *
               (value * sinf(2 * a[i] * value) / a[i] - sine * sine / (a[i] * a[i]));
      }
      slope[i] = sum;
    }
  }
  if (!dx) return;
  for (int64_t row = 0; row < x->rows; row++) {
    const float *from = elbo_row(x, row), *given = elbo_row(dy, row);
    float *to = elbo_row(dx, row);
    for (int64_t i = 0; i < x->columns; i++) to[i] = given[i] * (1 + sinf(2 * a[i] * from[i]));
  }
}

static const elbo_layer layers[] = {
  {.size = sizeof(elbo_layer),
   .keeps_shape = 1,
   .type = "snake",
   .summary = "Snake: y = x + sin(a x)^2 / a, with a learned a for every column.",
   .options = snake_options,
   .option_count = 1,
   .examples = snake_examples,
   .example_count = 2,
   .example_input = {1, {6}},
   .create = snake_create,
   .forward = snake_forward,
   .backward = snake_backward},
};

/* ---- The likelihood exponential: log p(x | z) = sum (l - exp(l) x), l the logarithm of the rate ---- */

static int32_t exponential_create(
  const elbo_value *options, const elbo_shape *shape, elbo_likelihood_plan *plan,
  elbo_error *error) {
  (void)options, (void)error;
  plan->outputs = elbo_count(shape);
  return 0;
}

static void exponential_evaluate(
  const void *self, const elbo_block *output, const elbo_block *x, int64_t samples, float scale,
  double *log_density, const elbo_block *gradient) {
  (void)self;
  for (int64_t row = 0; row < output->rows; row++) {
    const float *l = elbo_row(output, row), *value = elbo_row(x, row / samples);
    float *slope = gradient ? elbo_row(gradient, row) : 0;
    double sum = 0;
    for (int64_t i = 0; i < output->columns; i++) {
      const double part = exp(l[i]) * value[i];
      sum += l[i] - part;
      if (slope) slope[i] = scale * (float)(1 - part);
    }
    log_density[row] = sum;
  }
}

static void exponential_mean(const void *self, const elbo_block *output, const elbo_block *mean) {
  (void)self;
  for (int64_t row = 0; row < output->rows; row++)
    for (int64_t i = 0; i < output->columns; i++)
      elbo_row(mean, row)[i] = expf(-elbo_row(output, row)[i]);
}

static void exponential_draw(const void *self, const elbo_block *output, const elbo_block *x) {
  (void)self;
  for (int64_t row = 0; row < output->rows; row++)
    for (int64_t i = 0; i < output->columns; i++) {
      float *value = elbo_row(x, row) + i;
      *value = -logf(*value) * expf(-elbo_row(output, row)[i]);
    }
}

static int64_t exponential_first_outside(const void *self, const float *row, int64_t columns) {
  (void)self;
  for (int64_t i = 0; i < columns; i++)
    if (!(row[i] >= 0 && row[i] < INFINITY)) return i;
  return -1;
}

static void exponential_initial_bias(
  const void *self, const double *mean, int64_t columns, float *bias) {
  (void)self;
  for (int64_t i = 0; i < columns; i++) bias[i] = (float)-log(fmax(mean[i], 0.001));
}

static const elbo_likelihood likelihoods[] = {
  {.size = sizeof(elbo_likelihood),
   .type = "exponential",
   .summary = "Exponential waiting times: the decoder's outputs are the log-rates.",
   .example_shape = {1, {3}},
   .support = "a number from 0",
   .hint = "shift the data to begin at 0",
   .create = exponential_create,
   .evaluate = exponential_evaluate,
   .mean = exponential_mean,
   .draw = exponential_draw,
   .first_outside = exponential_first_outside,
   .initial_bias = exponential_initial_bias},
};

/* ---- The source waves: squared sines of one to three periods, labelled by their number ---- */

static const elbo_option waves_options[] = {
  {.size = sizeof(elbo_option),
   .kind = ELBO_INTEGER,
   .presence = ELBO_REQUIRED,
   .name = "count",
   .summary = "Waves to make.",
   .bounds = ELBO_FROM + ELBO_TO,
   .minimum = 1,
   .maximum = 1e6},
  {.size = sizeof(elbo_option),
   .kind = ELBO_INTEGER,
   .name = "length",
   .summary = "Numbers of a wave.",
   .preset = {.integer = 16},
   .bounds = ELBO_FROM + ELBO_TO,
   .minimum = 4,
   .maximum = 256},
};

static const char *const waves_examples[] = {"{\"count\": 30}"};

static int32_t waves_load(const elbo_value *options, const elbo_sink *sink, elbo_error *error) {
  const int64_t count = options[0].integer, length = options[1].integer;
  if (length % 2) return elbo_fail(error, "length", "a wave has an even number of values");
  const elbo_shape shape = elbo_vector(length);
  if (sink->shape(sink, &shape)) return 1;
  float wave[256];
  for (int64_t row = 0; row < count; row++) {
    const int64_t periods = 1 + row % 3;
    /* A phase that follows from the row, and never comes again soon. */
    const double phase = fmod(row * 0.6180339887498949, 1);
    for (int64_t i = 0; i < length; i++) {
      const double sine = sin(3.141592653589793 * (periods * i / (double)length + phase));
      wave[i] = (float)(sine * sine);
    }
    if (sink->floats(sink, wave, 1) || sink->labels(sink, &periods, 1)) return 1;
  }
  return 0;
}

static const elbo_source sources[] = {
  {.size = sizeof(elbo_source),
   .type = "waves",
   .summary = "Squared sines of one, two or three periods, labelled by their number.",
   .options = waves_options,
   .option_count = 2,
   .examples = waves_examples,
   .example_count = 1,
   .load = waves_load},
};

static const elbo_plugin_description description = {
  .abi_version = ELBO_PLUGIN_ABI,
  .size = sizeof(elbo_plugin_description),
  .name = "extras",
  .version = "1.0",
  .layers = layers,
  .layer_count = 1,
  .likelihoods = likelihoods,
  .likelihood_count = 1,
  .sources = sources,
  .source_count = 1,
};

const elbo_plugin_description *elbo_plugin(void) { return &description; }
