// Base64 (RFC 4648, section 4) in whole groups, and the length of a text's plain beginning.
//
// With AVX2, 24 bytes become 32 characters at a time, by the arithmetic of Muła and Lemire, "Faster
// Base64 Encoding and Decoding Using AVX2 Instructions" (ACM Transactions on the Web 12, 2018);
// elsewhere by table, a group at a time.
#include "elbo_kernels.h"
#include "simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("arch=x86-64-v3")))
#endif

static const char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The six bits of each character; the highest bit marks characters outside the alphabet.
#define X8 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80
#define X32 X8, X8, X8, X8
static const uint8_t sixBits[256] = {
  X32, X8, 0x80, 0x80, 0x80, 62,   0x80, 0x80, 0x80, 63,   52,   53,  54,  55,  56, 57,
  58,  59, 60,   61,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0,   1,   2,   3,  4,
  5,   6,  7,    8,    9,    10,   11,   12,   13,   14,   15,   16,  17,  18,  19, 20,
  21,  22, 23,   24,   25,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 26,  27,  28,  29, 30,
  31,  32, 33,   34,   35,   36,   37,   38,   39,   40,   41,   42,  43,  44,  45, 46,
  47,  48, 49,   50,   51,   0x80, 0x80, 0x80, 0x80, 0x80, X32,  X32, X32, X32,
};

#if defined(__x86_64__)
/// The same 16 bytes in both halves, since AVX2 shuffles the bytes of each half separately.
#define BOTH(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)

/// Encodes as many groups as fill whole vectors, and returns their number. Reads 28 bytes for 24.
AVX2 static size_t encodeByVector(size_t groups, const uint8_t *x, char *text) {
  // The bytes b1 b0 b2 b1 of each group, so that every six bits lie within one half of a word.
  const __m256i spread = BOTH(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  // From six bits to the character: upper case, lower case, ten digits, + and /.
  const __m256i shift = BOTH(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);
  size_t done = 0;
  for (; done + 10 <= groups; done += 8) {
    const __m128i low = _mm_loadu_si128((const __m128i *)(x + 3 * done));
    const __m128i high = _mm_loadu_si128((const __m128i *)(x + 3 * done + 12));
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), spread);
    const __m256i even = _mm256_mulhi_epu16(
      _mm256_and_si256(bytes, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
    const __m256i odd = _mm256_mullo_epi16(
      _mm256_and_si256(bytes, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
    const __m256i bits = _mm256_or_si256(even, odd);
    const __m256i isUpper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), bits);
    const __m256i class = _mm256_or_si256(
      _mm256_subs_epu8(bits, _mm256_set1_epi8(51)),
      _mm256_and_si256(isUpper, _mm256_set1_epi8(13)));
    const __m256i characters = _mm256_add_epi8(bits, _mm256_shuffle_epi8(shift, class));
    _mm256_storeu_si256((__m256i *)(text + 4 * done), characters);
  }
  return done;
}

/// Decodes as many groups as fill whole vectors, up to the first vector with a character outside
/// the alphabet, and returns their number. Writes 32 bytes for 24.
AVX2 static size_t decodeByVector(size_t groups, const char *text, uint8_t *out) {
  // A character is outside the alphabet if the set of its high half meets that of its low half.
  const __m256i high = BOTH(16, 16, 1, 2, 4, 8, 4, 8, 16, 16, 16, 16, 16, 16, 16, 16);
  const __m256i low = BOTH(21, 17, 17, 17, 17, 17, 17, 17, 17, 17, 19, 26, 27, 27, 27, 26);
  // From the character to six bits, by its high half, less one for /.
  const __m256i shift = BOTH(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i pack = BOTH(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
  const __m256i nibble = _mm256_set1_epi8(15);
  size_t done = 0;
  for (; done + 11 <= groups; done += 8) {
    const __m256i characters = _mm256_loadu_si256((const __m256i *)(text + 4 * done));
    const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(characters, 4), nibble);
    const __m256i lower = _mm256_and_si256(characters, nibble);
    if (!_mm256_testz_si256(_mm256_shuffle_epi8(high, upper), _mm256_shuffle_epi8(low, lower)))
      break;
    const __m256i isSlash = _mm256_cmpeq_epi8(characters, _mm256_set1_epi8('/'));
    const __m256i bits =
      _mm256_add_epi8(characters, _mm256_shuffle_epi8(shift, _mm256_add_epi8(upper, isSlash)));
    const __m256i pairs = _mm256_maddubs_epi16(bits, _mm256_set1_epi32(0x01400140));
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(fours, pack), join);
    _mm256_storeu_si256((__m256i *)(out + 3 * done), bytes);
  }
  return done;
}

static int hasAVX2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v3");
}
#endif

void elbo_base64_encode(size_t groups, const uint8_t *x, char *text) {
  size_t done = 0;
#if defined(__x86_64__)
  if (hasAVX2()) done = encodeByVector(groups, x, text);
#endif
  for (; done < groups; ++done) {
    const uint8_t *from = x + 3 * done;
    const uint32_t word = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
    for (int i = 0; i < 4; ++i) text[4 * done + i] = alphabet[word >> (18 - 6 * i) & 63];
  }
}

size_t elbo_base64_decode(size_t groups, const char *text, uint8_t *out) {
  size_t done = 0;
#if defined(__x86_64__)
  if (hasAVX2()) done = decodeByVector(groups, text, out);
#endif
  for (; done < groups; ++done) {
    const uint8_t *from = (const uint8_t *)text + 4 * done;
    const uint8_t a = sixBits[from[0]], b = sixBits[from[1]], c = sixBits[from[2]],
                  d = sixBits[from[3]];
    if ((a | b | c | d) & 0x80) break;
    out[3 * done] = (uint8_t)(a << 2 | b >> 4);
    out[3 * done + 1] = (uint8_t)(b << 4 | c >> 2);
    out[3 * done + 2] = (uint8_t)(c << 6 | d);
  }
  return done;
}

CLONES size_t elbo_plain_prefix(size_t n, const uint8_t *x) {
  typedef uint8_t bytes __attribute__((ext_vector_type(64)));
  size_t i = 0;
  for (; i + sizeof(bytes) <= n; i += sizeof(bytes)) {
    bytes v;
    __builtin_memcpy(&v, x + i, sizeof v);
    // 0x20 to 0x7e, as one unsigned comparison.
    const bytes special = (bytes)(v - 0x20 > 0x5e) | (bytes)(v == '"') | (bytes)(v == '\\');
    if (__builtin_reduce_or(special)) break;
  }
  while (i < n && x[i] >= 0x20 && x[i] <= 0x7e && x[i] != '"' && x[i] != '\\') ++i;
  return i;
}
