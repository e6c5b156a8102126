/*
 * libdiffkeeper-sha256.so: SHA-256 of several messages at a time, for which there is no call in
 * libcrypto. By the instructions that x86-64 processors have for it two at a time: each
 * waits for the one before it, as long as another one takes, so two messages cost little more than
 * one. By vectors of 512 bits sixteen of one length at a time, which takes as long as nine or ten by
 * the others.
 */
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8, DIGEST_BYTES = 32, GROUPS = 16, WORDS = 4 };
enum { LEAF_EXTENDED = 7, HAS_SHA = 1 << 29, HAS_SSSE3 = 1 << 9, HAS_SSE41 = 1 << 19 };
enum { LANES = 16, STATE_WORDS = 8, ROUNDS = GROUPS * WORDS };
/* So many messages are as fast by vectors as two at a time. */
enum { LANES_MIN = 10 };

/* A message: what is hashed of it, as the instructions want it (FIPS 180-4's a to h in two halves). */
struct message {
  __m128i abef, cdgh;
  const uint8_t *bytes;
};

static const uint32_t K[GROUPS * WORDS] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

#define SHA __attribute__((target("sha,sse4.1,ssse3"), always_inline)) static inline

/* The next four words of the schedule, from the sixteen before them. */
SHA __m128i scheduled(const __m128i *w, int group)
{
  __m128i before = w[(group + 3) % WORDS];
  __m128i sum = _mm_sha256msg1_epu32(w[group % WORDS], w[(group + 1) % WORDS]);
  sum = _mm_add_epi32(sum, _mm_alignr_epi8(before, w[(group + 2) % WORDS], 4));
  return _mm_sha256msg2_epu32(sum, before);
}

/* Four rounds. */
SHA void rounds(struct message *m, __m128i *w, int group)
{
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

  if (group < WORDS)
    w[group] = _mm_shuffle_epi8(
        _mm_loadu_si128((const __m128i *)(m->bytes + group * sizeof(__m128i))), swap);
  else
    w[group % WORDS] = scheduled(w, group);
  __m128i in = _mm_add_epi32(w[group % WORDS], ((const __m128i *)K)[group]);
  m->cdgh = _mm_sha256rnds2_epu32(m->cdgh, m->abef, in);
  m->abef = _mm_sha256rnds2_epu32(m->abef, m->cdgh, _mm_shuffle_epi32(in, 0x0e));
}

__attribute__((target("sha,sse4.1,ssse3"))) static void compress(struct message *one,
                                                                 struct message *two, size_t blocks)
{
  struct message a = *one, b = *two;
  __m128i wa[WORDS], wb[WORDS];

  for (; blocks > 0; blocks--) {
    struct message before_a = a, before_b = b;
#pragma GCC unroll 16
    for (int group = 0; group < GROUPS; group++) {
      rounds(&a, wa, group);
      rounds(&b, wb, group);
    }
    a.abef = _mm_add_epi32(a.abef, before_a.abef);
    a.cdgh = _mm_add_epi32(a.cdgh, before_a.cdgh);
    b.abef = _mm_add_epi32(b.abef, before_b.abef);
    b.cdgh = _mm_add_epi32(b.cdgh, before_b.cdgh);
    a.bytes += BLOCK_BYTES;
    b.bytes += BLOCK_BYTES;
  }
  *one = a;
  *two = b;
}

#define VECTORS __attribute__((target("avx512f,avx512bw"), always_inline)) static inline

VECTORS __m512i xor3(__m512i a, __m512i b, __m512i c)
{
  return _mm512_ternarylogic_epi32(a, b, c, 0x96);
}

/* The n-th words of sixteen rows become the n-th row. */
VECTORS void transpose(__m512i *rows)
{
  __m512i pairs[LANES], fours[LANES];

  for (int i = 0; i < LANES; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < LANES; i += 4) {
    fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  for (int i = 0; i < WORDS; i++) {
    __m512i even = _mm512_shuffle_i32x4(fours[i], fours[4 + i], 0x88);
    __m512i odd = _mm512_shuffle_i32x4(fours[i], fours[4 + i], 0xdd);
    __m512i more_even = _mm512_shuffle_i32x4(fours[8 + i], fours[12 + i], 0x88);
    __m512i more_odd = _mm512_shuffle_i32x4(fours[8 + i], fours[12 + i], 0xdd);

    rows[i] = _mm512_shuffle_i32x4(even, more_even, 0x88);
    rows[4 + i] = _mm512_shuffle_i32x4(odd, more_odd, 0x88);
    rows[8 + i] = _mm512_shuffle_i32x4(even, more_even, 0xdd);
    rows[12 + i] = _mm512_shuffle_i32x4(odd, more_odd, 0xdd);
  }
}

/* FIPS 180-4's names, of sixteen messages each. */
__attribute__((target("avx512f,avx512bw"))) static void compress_lanes(__m512i *state,
                                                                       const uint8_t *const *bytes,
                                                                       size_t blocks)
{
  const __m512i swap =
      _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  __m512i s[STATE_WORDS], w[LANES];

  memcpy(s, state, sizeof(s));
  for (size_t n = 0; n < blocks; n++) {
    for (int i = 0; i < LANES; i++) w[i] = _mm512_loadu_si512(bytes[i] + n * BLOCK_BYTES);
    transpose(w);
    for (int i = 0; i < LANES; i++) w[i] = _mm512_shuffle_epi8(w[i], swap);
    __m512i a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
#pragma GCC unroll 64
    for (int i = 0; i < ROUNDS; i++) {
      if (i >= LANES) {
        __m512i x = w[(i + 1) % LANES], y = w[(i + 14) % LANES];
        __m512i s0 = xor3(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3));
        __m512i s1 = xor3(_mm512_ror_epi32(y, 17), _mm512_ror_epi32(y, 19), _mm512_srli_epi32(y, 10));
        w[i % LANES] = _mm512_add_epi32(_mm512_add_epi32(w[i % LANES], s0),
                                        _mm512_add_epi32(w[(i + 9) % LANES], s1));
      }
      __m512i in = _mm512_add_epi32(w[i % LANES], _mm512_set1_epi32((int)K[i]));
      __m512i s1 = xor3(_mm512_ror_epi32(e, 6), _mm512_ror_epi32(e, 11), _mm512_ror_epi32(e, 25));
      __m512i chosen = _mm512_ternarylogic_epi32(e, f, g, 0xca);
      __m512i t1 = _mm512_add_epi32(_mm512_add_epi32(h, in), _mm512_add_epi32(chosen, s1));
      __m512i s0 = xor3(_mm512_ror_epi32(a, 2), _mm512_ror_epi32(a, 13), _mm512_ror_epi32(a, 22));
      __m512i t2 = _mm512_add_epi32(_mm512_ternarylogic_epi32(a, b, c, 0xe8), s0);
      h = g, g = f, f = e, e = _mm512_add_epi32(d, t1);
      d = c, c = b, b = a, a = _mm512_add_epi32(t1, t2);
    }
    __m512i now[] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < STATE_WORDS; i++) s[i] = _mm512_add_epi32(s[i], now[i]);
  }
  memcpy(state, s, sizeof(s));
}

/* What of the messages is no whole block of their own: how they begin and end. */
struct ends {
  uint8_t head[BLOCK_BYTES], tail[2 * BLOCK_BYTES];
};

/* How messages of one length are divided. */
struct shape {
  uint8_t first;
  size_t length, whole, rest, tail_blocks;
};

enum { HEAD = BLOCK_BYTES - 1 };

static struct shape shape(uint8_t first, size_t length)
{
  size_t whole = (length - HEAD) / BLOCK_BYTES, rest = length - HEAD - whole * BLOCK_BYTES;

  return (struct shape){first, length, whole, rest,
                        rest + 1 + LENGTH_BYTES <= BLOCK_BYTES ? 1 : 2};
}

static void fill(struct ends *ends, const struct shape *shape, const uint8_t *bytes)
{
  uint64_t bits = __builtin_bswap64((uint64_t)(shape->length + 1) * 8);

  ends->head[0] = shape->first;
  memcpy(ends->head + 1, bytes, HEAD);
  memset(ends->tail, 0, sizeof(ends->tail));
  memcpy(ends->tail, bytes + shape->length - shape->rest, shape->rest);
  ends->tail[shape->rest] = 0x80;
  memcpy(ends->tail + shape->tail_blocks * BLOCK_BYTES - sizeof(bits), &bits, sizeof(bits));
}

static void start(struct message *m)
{
  m->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
  m->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
}

static void end(const struct message *m, uint8_t *digest)
{
  uint32_t half[2][WORDS];
  /* By FIPS 180-4's order: a b c d e f g h; the first of a half is in its highest word. */
  static const uint8_t order[][2] = {{0, 3}, {0, 2}, {1, 3}, {1, 2}, {0, 1}, {0, 0}, {1, 1}, {1, 0}};

  memcpy(half[0], &m->abef, sizeof(half[0]));
  memcpy(half[1], &m->cdgh, sizeof(half[1]));
  for (int i = 0; i < 8; i++) {
    uint32_t word = __builtin_bswap32(half[order[i][0]][order[i][1]]);
    memcpy(digest + i * sizeof(word), &word, sizeof(word));
  }
}

/* So many blocks of two messages: together as long as both have some, then of one alone. */
static void compress_both(struct message *m, size_t one, size_t two)
{
  size_t common = one < two ? one : two;

  compress(&m[0], &m[1], common);
  if (one != two) {
    struct message *longer = one < two ? &m[1] : &m[0], unused = *longer;

    compress(longer, &unused, (one < two ? two : one) - common);
  }
}

static void pair(uint8_t first, const uint8_t *const *bytes, const size_t *lengths, uint8_t *digests)
{
  struct shape of[] = {shape(first, lengths[0]), shape(first, lengths[1])};
  struct ends ends[2];
  struct message m[2];

  for (int i = 0; i < 2; i++) {
    fill(&ends[i], &of[i], bytes[i]);
    start(&m[i]);
    m[i].bytes = ends[i].head;
  }
  compress(&m[0], &m[1], 1);
  for (int i = 0; i < 2; i++) m[i].bytes = bytes[i] + HEAD;
  compress_both(m, of[0].whole, of[1].whole);
  for (int i = 0; i < 2; i++) m[i].bytes = ends[i].tail;
  compress_both(m, of[0].tail_blocks, of[1].tail_blocks);
  for (int i = 0; i < 2; i++) end(&m[i], digests + i * DIGEST_BYTES);
}

/* Up to sixteen; the lanes that are left over compute the first one, too. */
__attribute__((target("avx512f,avx512bw"))) static void lanes(const struct shape *shape,
                                                              const uint8_t *const *bytes,
                                                              size_t count, uint8_t *digests)
{
  static const uint32_t initial[] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  struct ends ends[LANES];
  const uint8_t *heads[LANES], *bodies[LANES], *tails[LANES];
  __m512i state[STATE_WORDS];

  for (size_t i = 0; i < LANES; i++) {
    const uint8_t *from = bytes[i < count ? i : 0];

    fill(&ends[i], shape, from);
    heads[i] = ends[i].head;
    bodies[i] = from + HEAD;
    tails[i] = ends[i].tail;
  }
  for (int i = 0; i < STATE_WORDS; i++) state[i] = _mm512_set1_epi32((int)initial[i]);
  compress_lanes(state, heads, 1);
  compress_lanes(state, bodies, shape->whole);
  compress_lanes(state, tails, shape->tail_blocks);
  for (int n = 0; n < STATE_WORDS; n++) {
    uint32_t words[LANES];

    memcpy(words, &state[n], sizeof(words));
    for (size_t i = 0; i < count; i++) {
      uint32_t word = __builtin_bswap32(words[i]);

      memcpy(digests + i * DIGEST_BYTES + n * sizeof(word), &word, sizeof(word));
    }
  }
}

static int has_pairs(void)
{
  unsigned a, b, c, d;

  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & HAS_SSSE3) || !(c & HAS_SSE41)) return 0;
  return __get_cpuid_count(LEAF_EXTENDED, 0, &a, &b, &c, &d) && (b & HAS_SHA) != 0;
}

/* How many messages at a time are hashed fastest here; 0 if the processor has nothing for it. */
EXPORT int diffkeeper_sha256_together(void)
{
  if (!has_pairs()) return 0;
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") ? LANES : 2;
}

/* How many of the first messages, sixteen at most, have the length of the first. */
static size_t alike(const size_t *lengths, size_t count)
{
  size_t n = 1;

  while (n < count && n < LANES && lengths[n] == lengths[0]) n++;
  return n;
}

/* The digests of a byte and what follows it in each message, of 63 bytes at least. */
EXPORT void diffkeeper_sha256(uint8_t first, const uint8_t *const *bytes, const size_t *lengths,
                              size_t count, size_t together, uint8_t *digests)
{
  size_t n;

  for (size_t i = 0; i < count; i += n) {
    uint8_t *to = digests + i * DIGEST_BYTES;

    n = together == LANES ? alike(lengths + i, count - i) : 0;
    if (n >= LANES_MIN) {
      struct shape of = shape(first, lengths[i]);

      lanes(&of, bytes + i, n, to);
    } else if (count - i > 1) {
      n = 2;
      pair(first, bytes + i, lengths + i, to);
    } else {
      const uint8_t *twice[] = {bytes[i], bytes[i]};
      const size_t lengths_twice[] = {lengths[i], lengths[i]};
      uint8_t both[2 * DIGEST_BYTES];

      n = 1;
      pair(first, twice, lengths_twice, both);
      memcpy(to, both, DIGEST_BYTES);
    }
  }
}
#else
EXPORT int diffkeeper_sha256_together(void)
{
  return 0;
}

EXPORT void diffkeeper_sha256(uint8_t first, const uint8_t *const *bytes, const size_t *lengths,
                              size_t count, size_t together, uint8_t *digests)
{
  (void)first, (void)bytes, (void)lengths, (void)count, (void)together, (void)digests;
}
#endif
