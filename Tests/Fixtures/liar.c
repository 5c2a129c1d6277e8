/* A small plug-in that follows the rules, unless it is compiled to break one, as with
 * -DLIE='layer.forward = 0'. See PluginTests. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../examples/plugins/elbo_plugin.h"

#ifndef LIE
#define LIE
#endif
#ifndef PLAN
#define PLAN
#endif
#ifndef DENSITY
#define DENSITY
#endif
#ifndef FORWARD
#define FORWARD
#endif
#ifndef BACKWARD
#define BACKWARD
#endif
#ifndef ASSIGN
#define ASSIGN =
#endif
#ifndef START
#define START (pass->accumulates ? gradient[i] : 0)
#endif
#ifndef EVALUATE
#define EVALUATE
#endif
#ifndef SCALE
#define SCALE scale
#endif
#ifndef DRAW
#define DRAW
#endif
#ifndef OUTSIDE
#define OUTSIDE
#endif
#ifndef LOAD
#define LOAD
#endif

static elbo_option options[2] = {
  {.size = sizeof(elbo_option),
   .kind = ELBO_NUMBER,
   .name = "slope",
   .summary = "Of the line.",
   .preset = {.number = 2},
   .bounds = ELBO_FROM + ELBO_TO,
   .minimum = 0.5,
   .maximum = 8},
  {.size = sizeof(elbo_option),
   .kind = ELBO_TEXT,
   .name = "word",
   .summary = "Means nothing.",
   .presence = ELBO_OPTIONAL},
};
static const char *examples[2] = {"{}", "{\"slope\": 1, \"word\": \"hm\"}"};

/* y = slope gain x */
static int32_t create(
  const elbo_value *given, const elbo_shape *input, int64_t needed, elbo_layer_plan *plan,
  elbo_error *error) {
  (void)needed, (void)error;
  double *slope = malloc(sizeof *slope);
  *slope = given[0].number;
  plan->self = slope;
  plan->output = *input;
  plan->parameter_count = 1;
  plan->parameters[0].name = "gain";
  plan->parameters[0].shape = elbo_vector(elbo_count(input));
  plan->parameters[0].constant = 1;
  PLAN;
  return 0;
}

static void forward(
  const void *self, const elbo_pass *pass, const elbo_block *x, const elbo_block *y) {
  const float slope = *(const double *)self, *gain = pass->parameters[0].base;
  for (int64_t row = 0; row < x->rows; row++)
    for (int64_t i = 0; i < x->columns; i++)
      elbo_row(y, row)[i] = slope * gain[i] * elbo_row(x, row)[i];
  FORWARD;
}

static void backward(
  const void *self, const elbo_pass *pass, const elbo_block *dy, const elbo_block *x,
  const elbo_block *y, const elbo_block *dx) {
  (void)y;
  const float slope = *(const double *)self, *gain = pass->parameters[0].base;
  if (pass->gradients) {
    float *gradient = pass->gradients[0].base;
    for (int64_t i = 0; i < x->columns; i++) {
      float sum = START;
      for (int64_t row = 0; row < x->rows; row++)
        sum += slope * elbo_row(x, row)[i] * elbo_row(dy, row)[i];
      gradient[i] = sum;
    }
  }
  if (dx)
    for (int64_t row = 0; row < x->rows; row++)
      for (int64_t i = 0; i < x->columns; i++)
        elbo_row(dx, row)[i] ASSIGN slope *gain[i] * elbo_row(dy, row)[i];
  BACKWARD;
}

/* A logistic density of width 1. */
static int32_t plan_density(
  const elbo_value *given, const elbo_shape *shape, elbo_likelihood_plan *plan, elbo_error *error) {
  (void)given, (void)error;
  plan->outputs = elbo_count(shape);
  DENSITY;
  return 0;
}

static void evaluate(
  const void *self, const elbo_block *output, const elbo_block *x, int64_t samples, float scale,
  double *log_density, const elbo_block *gradient) {
  (void)self;
  for (int64_t row = 0; row < output->rows; row++) {
    double sum = 0;
    for (int64_t i = 0; i < output->columns; i++) {
      const double d = elbo_row(x, row / samples)[i] - elbo_row(output, row)[i];
      sum += -d - 2 * log1p(exp(-d));
      if (gradient) elbo_row(gradient, row)[i] = SCALE * (float)(1 - 2 / (1 + exp(d)));
    }
    log_density[row] = sum;
  }
  EVALUATE;
}

static void mean(const void *self, const elbo_block *output, const elbo_block *mean) {
  (void)self;
  for (int64_t row = 0; row < output->rows; row++)
    for (int64_t i = 0; i < output->columns; i++) elbo_row(mean, row)[i] = elbo_row(output, row)[i];
}

static void draw(const void *self, const elbo_block *output, const elbo_block *x) {
  (void)self;
  for (int64_t row = 0; row < output->rows; row++)
    for (int64_t i = 0; i < output->columns; i++) {
      float *value = elbo_row(x, row) + i;
      *value = elbo_row(output, row)[i] + logf(*value / (1 - *value));
      DRAW;
    }
}

static int64_t first_outside(const void *self, const float *row, int64_t columns) {
  (void)self;
  OUTSIDE;
  for (int64_t i = 0; i < columns; i++)
    if (!isfinite(row[i])) return i;
  return -1;
}

static int32_t load(const elbo_value *given, const elbo_sink *sink, elbo_error *error) {
  (void)given, (void)error;
  const elbo_shape shape = elbo_vector(6);
  float rows[12] = {0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0};
  const uint8_t bytes[6] = {0};
  const int64_t labels[2] = {3, 7};
  (void)bytes, (void)labels;
  LOAD;
  return sink->shape(sink, &shape) || sink->floats(sink, rows, 2) || sink->labels(sink, labels, 2);
}

static elbo_layer layers[2];
static elbo_likelihood likelihood = {
  .size = sizeof(elbo_likelihood),
  .type = "logistic",
  .summary = "Logistic.",
  .example_shape = {1, {3}},
  .support = "a finite number",
  .hint = "check the data",
  .create = plan_density,
  .evaluate = evaluate,
  .mean = mean,
  .draw = draw,
  .first_outside = first_outside};
static elbo_source source = {
  .size = sizeof(elbo_source), .type = "steps", .summary = "Two rows.", .load = load};
static elbo_plugin_description description = {
  .abi_version = ELBO_PLUGIN_ABI,
  .size = sizeof(elbo_plugin_description),
  .name = "liar",
  .version = "1.0",
  .layers = layers,
  .layer_count = 1,
  .likelihoods = &likelihood,
  .likelihood_count = 1,
  .sources = &source,
  .source_count = 1};

#ifndef NOTHING
const elbo_plugin_description *elbo_plugin(void) {
  layers[0] = (elbo_layer){.size = sizeof(elbo_layer),
                           .keeps_shape = 1,
                           .type = "line",
                           .summary = "y = slope gain x.",
                           .options = options,
                           .option_count = 2,
                           .examples = examples,
                           .example_count = 2,
                           .example_input = {1, {6}},
                           .create = create,
                           .destroy = free,
                           .forward = forward,
                           .backward = backward};
  layers[1] = layers[0];
  elbo_layer *layer = &layers[0];
  elbo_option *option = &options[0];
  (void)layer, (void)option;
  LIE;
  return &description;
}
#endif
