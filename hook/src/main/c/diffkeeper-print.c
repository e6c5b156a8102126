/*
 * libdiffkeeper-print.so: 128 bits of any number of bytes under a secret key, by x86-64's vectors of
 * carry-less products, several times as fast as a MAC: nobody sees a print, so it need not be one. In
 * each block of 4 KiB two sums of products of halves of 128-bit words, each with its part of the key
 * added (CLNH, as of Lemire and Kaser's CLHASH; the second with the key moved on by a word, as UMAC
 * has it): they are the same for two blocks by a chance of 2^-128. These sums, and the length, are
 * coefficients of a polynomial over GF(2^128) whose argument is secret: for 64 KiB, 33 x 2^-128.
 */
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

#ifdef __x86_64__
#include <immintrin.h>

enum { BLOCK_BYTES = 4096, WORD_BYTES = 16, REDUCTION = 0x87, LANES = 4 };

/* As the Java side draws it. */
struct key {
  uint8_t words[BLOCK_BYTES + WORD_BYTES];
  uint8_t argument[WORD_BYTES];
};

#define VECTORS __attribute__((target("avx512f,vpclmulqdq,pclmul,sse2")))

/* The product modulo x^128 + x^7 + x^2 + x + 1; the lowest bit is the constant. */
VECTORS static inline __m128i multiplied(__m128i a, __m128i b)
{
  const __m128i reduction = _mm_set_epi64x(0, REDUCTION);
  __m128i low = _mm_clmulepi64_si128(a, b, 0x00), high = _mm_clmulepi64_si128(a, b, 0x11);
  __m128i middle = _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01), _mm_clmulepi64_si128(a, b, 0x10));
  __m128i over;

  low = _mm_xor_si128(low, _mm_slli_si128(middle, 8));
  high = _mm_xor_si128(high, _mm_srli_si128(middle, 8));
  over = _mm_clmulepi64_si128(high, reduction, 0x01);
  low = _mm_xor_si128(low, _mm_slli_si128(over, 8));
  high = _mm_xor_si128(high, _mm_srli_si128(over, 8));
  return _mm_xor_si128(low, _mm_clmulepi64_si128(high, reduction, 0x00));
}

VECTORS static inline __m128i sum(__m512i lanes)
{
  __m128i all = _mm512_castsi512_si128(lanes);

  all = _mm_xor_si128(all, _mm512_extracti32x4_epi32(lanes, 1));
  all = _mm_xor_si128(all, _mm512_extracti32x4_epi32(lanes, 2));
  return _mm_xor_si128(all, _mm512_extracti32x4_epi32(lanes, 3));
}

VECTORS static inline __m512i product(__m512i words, const uint8_t *key)
{
  __m512i keyed = _mm512_xor_si512(words, _mm512_loadu_si512(key));

  return _mm512_clmulepi64_epi128(keyed, keyed, 0x10);
}

VECTORS static __m128i with_block(const struct key *key, __m128i before, const uint8_t *block)
{
  const __m128i argument = _mm_loadu_si128((const __m128i *)key->argument);
  __m512i first = _mm512_setzero_si512(), second = first;

  for (int i = 0; i < BLOCK_BYTES; i += LANES * WORD_BYTES) {
    __m512i words = _mm512_loadu_si512(block + i);

    first = _mm512_xor_si512(first, product(words, key->words + i));
    second = _mm512_xor_si512(second, product(words, key->words + WORD_BYTES + i));
  }
  before = multiplied(_mm_xor_si128(before, sum(first)), argument);
  return multiplied(_mm_xor_si128(before, sum(second)), argument);
}

/* Whether the processor has the instructions. */
EXPORT int diffkeeper_print_runs(void)
{
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq")
         && __builtin_cpu_supports("pclmul");
}

EXPORT VECTORS void diffkeeper_print(const struct key *key, const uint8_t *bytes, uint64_t length,
                                     uint8_t *print)
{
  const __m128i argument = _mm_loadu_si128((const __m128i *)key->argument);
  __m128i made = _mm_setzero_si128();
  uint64_t at = 0;

  for (; at + BLOCK_BYTES <= length; at += BLOCK_BYTES) made = with_block(key, made, bytes + at);
  if (at < length) {
    uint8_t last[BLOCK_BYTES] = {0};

    memcpy(last, bytes + at, length - at);
    made = with_block(key, made, last);
  }
  made = multiplied(_mm_xor_si128(made, _mm_set_epi64x(0, (int64_t)length)), argument);
  _mm_storeu_si128((__m128i *)print, made);
}
#else
EXPORT int diffkeeper_print_runs(void)
{
  return 0;
}

EXPORT void diffkeeper_print(const void *key, const uint8_t *bytes, uint64_t length, uint8_t *print)
{
  (void)key, (void)bytes, (void)length, (void)print;
}
#endif
