/*
 * libdiffkeeper-sha256.so: SHA-256 of two messages of the same length at a time, by the instructions
 * that x86-64 processors have for it. Each of these waits for the one before it, as long as another
 * one takes: so two messages cost little more than one. There is no such call in libcrypto.
 */
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8, DIGEST_BYTES = 32, GROUPS = 16, WORDS = 4 };
enum { LEAF_EXTENDED = 7, HAS_SHA = 1 << 29, HAS_SSSE3 = 1 << 9, HAS_SSE41 = 1 << 19 };

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

/* Whether the processor has the instructions. */
EXPORT int diffkeeper_sha256_pair_runs(void)
{
  unsigned a, b, c, d;

  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & HAS_SSSE3) || !(c & HAS_SSE41)) return 0;
  return __get_cpuid_count(LEAF_EXTENDED, 0, &a, &b, &c, &d) && (b & HAS_SHA) != 0;
}

/* The digests of a byte and what follows it, twice; of as many bytes, a block at least. */
EXPORT void diffkeeper_sha256_pair(uint8_t first, const uint8_t *one, const uint8_t *two, size_t length,
                                   uint8_t *digests)
{
  const uint8_t *bytes[] = {one, two};
  size_t head = BLOCK_BYTES - 1, whole = (length - head) / BLOCK_BYTES;
  size_t rest = length - head - whole * BLOCK_BYTES;
  size_t last = rest + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  uint64_t bits = __builtin_bswap64((uint64_t)(length + 1) * 8);
  uint8_t heads[2][BLOCK_BYTES], tails[2][2 * BLOCK_BYTES];
  struct message m[2];

  for (int i = 0; i < 2; i++) {
    heads[i][0] = first;
    memcpy(heads[i] + 1, bytes[i], head);
    memset(tails[i], 0, sizeof(tails[i]));
    memcpy(tails[i], bytes[i] + length - rest, rest);
    tails[i][rest] = 0x80;
    memcpy(tails[i] + last - sizeof(bits), &bits, sizeof(bits));
    start(&m[i]);
    m[i].bytes = heads[i];
  }
  compress(&m[0], &m[1], 1);
  m[0].bytes = one + head;
  m[1].bytes = two + head;
  compress(&m[0], &m[1], whole);
  m[0].bytes = tails[0];
  m[1].bytes = tails[1];
  compress(&m[0], &m[1], last / BLOCK_BYTES);
  end(&m[0], digests);
  end(&m[1], digests + DIGEST_BYTES);
}
#else
EXPORT int diffkeeper_sha256_pair_runs(void)
{
  return 0;
}

EXPORT void diffkeeper_sha256_pair(uint8_t first, const uint8_t *one, const uint8_t *two, size_t length,
                                   uint8_t *digests)
{
  (void)first, (void)one, (void)two, (void)length, (void)digests;
}
#endif
