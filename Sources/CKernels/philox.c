// Counter-based random numbers: Philox 4x32-10, Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011. Sixteen blocks run side by side, regardless of their rows
// and samples, so that narrow rows fill the vectors as well as wide ones.
#include "elbo_kernels.h"
#include "functions.h"

/// Sixteen blocks of four words, each word in the lower half of a 64-bit lane, where the multiplier
/// reads it. The upper halves are arbitrary between rounds.
typedef struct {
  wideWords word[4];
} blocks;

INLINE void philox(blocks *b, const uint32_t key[2]) {
  uint32_t key0 = key[0], key1 = key[1];
  for (int round = 0; round < 10; ++round) {
    wideWords product0 = (b->word[0] & 0xffffffff) * 0xd2511f53;
    wideWords product1 = (b->word[2] & 0xffffffff) * 0xcd9e8d57;
    b->word[0] = (product1 >> 32) ^ b->word[1] ^ key0;
    b->word[1] = product1;
    b->word[2] = (product0 >> 32) ^ b->word[3] ^ key1;
    b->word[3] = product0;
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
}

CLONES void elbo_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  blocks b;
  for (int w = 0; w < 4; ++w) b.word[w] = counter[w];
  philox(&b, key);
  for (int w = 0; w < 4; ++w) out[w] = (uint32_t)b.word[w][0];
}

/// (word >> 9) 2^-23 + 2^-24: odd multiples of 2^-24, all of them exact.
INLINE void uniformOf(const wideWords *word, lanes *x) {
  words kept = __builtin_convertvector(*word, words) >> 9;
  *x = __builtin_convertvector((integers)kept, lanes) * 0x1p-23f + 0x1p-24f;
}

/// sqrt(-2 log u) (cos, sin)(2 pi (word1 >> 8) 2^-24) with u = (word0 + 1/2) 2^-32.
INLINE void normalOf(const wideWords *word0, const wideWords *word1, lanes *x, lanes *y) {
  words first = __builtin_convertvector(*word0, words);
  integers turn = (integers)(__builtin_convertvector(*word1, words) >> 8);
  lanes u = __builtin_convertvector(first, lanes) + 0.5f;
  const integers exponent = -32;
  logarithmOfNormal(&exponent, &u);
  lanes radius = __builtin_elementwise_sqrt(u * -2.0f);
  lanes sine, cosine;
  sineAndCosine(&turn, &sine, &cosine);
  *x = radius * cosine;
  *y = radius * sine;
}

/// Returns the place at which `transpose` writes the four floats of a lane.
INLINE size_t place(size_t lane) { return lane % 4 * LANES + lane / 4 * 4; }

/// Turns four vectors into four successive floats for every lane: 4 x 4 transpositions within 128
/// bits, each step of which is one instruction everywhere.
INLINE void transpose(const lanes v[4], float out[4 * LANES]) {
#define LOW 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29
#define HIGH 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31
#define FIRST 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define LAST 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
  lanes low01 = __builtin_shufflevector(v[0], v[1], LOW);
  lanes high01 = __builtin_shufflevector(v[0], v[1], HIGH);
  lanes low23 = __builtin_shufflevector(v[2], v[3], LOW);
  lanes high23 = __builtin_shufflevector(v[2], v[3], HIGH);
  lanes rows[4] = {
    __builtin_shufflevector(low01, low23, FIRST), __builtin_shufflevector(low01, low23, LAST),
    __builtin_shufflevector(high01, high23, FIRST), __builtin_shufflevector(high01, high23, LAST)};
  __builtin_memcpy(out, rows, sizeof rows);
#undef LOW
#undef HIGH
#undef FIRST
#undef LAST
}

/// Sixteen successive blocks of the output, in the order row, sample, four columns.
typedef struct {
  words row, sample, block;
  wideWords offset;  // of the block's first float in the output
} places;

INLINE void firstPlaces(const elbo_draws *draws, size_t perRow, size_t stride, places *at) {
  uint32_t row[LANES], sample[LANES], block[LANES];
  uint64_t offset[LANES];
  size_t outRow = 0, column = 0;
  for (size_t i = 0; i < LANES; ++i) {
    row[i] = (uint32_t)(outRow / draws->samples);
    sample[i] = (uint32_t)(outRow % draws->samples);
    block[i] = (uint32_t)column;
    offset[i] = outRow * stride + 4 * column;
    if (++column < perRow) continue;
    column = 0;
    ++outRow;
  }
  __builtin_memcpy(&at->row, row, sizeof row);
  __builtin_memcpy(&at->sample, sample, sizeof sample);
  __builtin_memcpy(&at->block, block, sizeof block);
  __builtin_memcpy(&at->offset, offset, sizeof offset);
}

/// The distance of sixteen blocks, before carries.
typedef struct {
  uint32_t row, sample, block, samples, perRow;
  uint64_t offset, carriedOffset;
} stepOfSixteen;

/// Adds with a mixed radix, carrying from block to sample to row. A true comparison is -1.
INLINE void advance(const stepOfSixteen *step, places *at) {
  at->block += step->block;
  const integers overBlock = at->block >= step->perRow;
  at->block -= (words)overBlock & step->perRow;
  const wideWords wide = (wideWords) __builtin_convertvector(overBlock, wideIntegers);
  at->offset += step->offset + (wide & step->carriedOffset);
  at->sample += step->sample - (words)overBlock;
  const integers overSample = at->sample >= step->samples;
  at->sample -= (words)overSample & step->samples;
  at->row += step->row - (words)overSample;
}

INLINE void draw(const elbo_draws *draws, size_t columns, size_t stride, float *out, int normal) {
  const size_t perRow = (columns + 3) / 4, rest = columns % 4;
  const size_t total = draws->rows * draws->samples * perRow;
  if (total == 0) return;
  const size_t outRows = LANES / perRow, further = LANES % perRow;
  const stepOfSixteen step = {
    .row = (uint32_t)(outRows / draws->samples),
    .sample = (uint32_t)(outRows % draws->samples),
    .block = (uint32_t)further,
    .samples = draws->samples,
    .perRow = (uint32_t)perRow,
    .offset = outRows * stride + 4 * further,
    .carriedOffset = stride - 4 * perRow,
  };
  places at;
  firstPlaces(draws, perRow, stride, &at);
  for (size_t done = 0; done < total; done += LANES) {
    const size_t count = total - done < LANES ? total - done : LANES;
    // Lanes that are indexed are kept in memory: indexing a vector would store it for every lane.
    uint32_t row[LANES], name[LANES] = {0}, block[LANES];
    uint64_t offset[LANES];
    __builtin_memcpy(row, &at.row, sizeof row);
    __builtin_memcpy(block, &at.block, sizeof block);
    __builtin_memcpy(offset, &at.offset, sizeof offset);
    for (size_t i = 0; i < count; ++i) name[i] = draws->row[row[i]];
    words names;
    __builtin_memcpy(&names, name, sizeof names);

    blocks b;
    b.word[0] = __builtin_convertvector(at.block + draws->firstBlock, wideWords);
    b.word[1] = __builtin_convertvector(names, wideWords);
    b.word[2] = draws->update;
    b.word[3] = __builtin_convertvector(at.sample + draws->firstSample, wideWords);
    philox(&b, draws->key);
    lanes v[4];
    if (normal) {
      normalOf(&b.word[0], &b.word[1], &v[0], &v[1]);
      normalOf(&b.word[2], &b.word[3], &v[2], &v[3]);
    } else {
      for (int w = 0; w < 4; ++w) uniformOf(&b.word[w], &v[w]);
    }
    float drawn[4 * LANES];
    transpose(v, drawn);
    for (size_t i = 0; i < count; ++i) {
      float *to = out + offset[i];
      const float *from = drawn + place(i);
      if (rest == 0 || block[i] + 1 < perRow) {
        __builtin_memcpy(to, from, 4 * sizeof *to);
      } else {
        // Written out, because a copy of variable length would become a call.
        to[0] = from[0];
        if (rest > 1) to[1] = from[1];
        if (rest > 2) to[2] = from[2];
      }
    }
    advance(&step, &at);
  }
}

CLONES void elbo_uniform(const elbo_draws *draws, size_t columns, size_t stride, float *out) {
  draw(draws, columns, stride, out, 0);
}

CLONES void elbo_normal(const elbo_draws *draws, size_t columns, size_t stride, float *out) {
  draw(draws, columns, stride, out, 1);
}
