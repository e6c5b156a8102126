/*
 * libdiffkeeper-planes.so: puts words together whose bytes are apart, as delta 2 of
 * docs/store-format.md has them, sixteen at a time by the processor's vectors: the JVM that a keeper
 * runs on (C1) does it word by word. For little-endian processors, as all that we build for are.
 */
#include <stdint.h>
#include <string.h>

enum { WORD_BYTES = 4, TOGETHER = 16 };

/* What there is to do. The Java side fills it in as eight longs. */
struct join {
  const uint8_t *planes[WORD_BYTES]; /* lowest to highest byte of each word's folded difference */
  const uint8_t *base;
  uint64_t common; /* words that the base has */
  uint8_t *target;
  uint64_t words;
};

typedef uint8_t bytes __attribute__((vector_size(TOGETHER)));
typedef uint16_t halves __attribute__((vector_size(TOGETHER)));
typedef uint32_t words __attribute__((vector_size(TOGETHER)));

static const bytes LOW_BYTES = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
static const bytes HIGH_BYTES = {8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
static const halves LOW_HALVES = {0, 8, 1, 9, 2, 10, 3, 11};
static const halves HIGH_HALVES = {4, 12, 5, 13, 6, 14, 7, 15};

static inline bytes load(const uint8_t *from)
{
  bytes loaded;

  memcpy(&loaded, from, sizeof(loaded));
  return loaded;
}

/* The sixteen words from the one at i on. */
static inline void sixteen(const struct join *join, uint64_t i, int has_base)
{
  bytes p0 = load(join->planes[0] + i), p1 = load(join->planes[1] + i);
  bytes p2 = load(join->planes[2] + i), p3 = load(join->planes[3] + i);
  halves low[] = {(halves)__builtin_shuffle(p0, p1, LOW_BYTES),
                  (halves)__builtin_shuffle(p0, p1, HIGH_BYTES)};
  halves high[] = {(halves)__builtin_shuffle(p2, p3, LOW_BYTES),
                   (halves)__builtin_shuffle(p2, p3, HIGH_BYTES)};

  for (int part = 0; part < WORD_BYTES; part++) {
    words folded = (words)__builtin_shuffle(low[part / 2], high[part / 2],
                                            part % 2 ? HIGH_HALVES : LOW_HALVES);
    words word = folded >> 1 ^ -(folded & 1);
    uint64_t at = i * WORD_BYTES + part * sizeof(word);

    if (has_base) word += (words)load(join->base + at);
    memcpy(join->target + at, &word, sizeof(word));
  }
}

static inline void one(const struct join *join, uint64_t i)
{
  uint32_t folded = join->planes[0][i] | (uint32_t)join->planes[1][i] << 8
                    | (uint32_t)join->planes[2][i] << 16 | (uint32_t)join->planes[3][i] << 24;
  uint32_t word = folded >> 1 ^ -(folded & 1), old = 0;

  if (i < join->common) memcpy(&old, join->base + i * WORD_BYTES, WORD_BYTES);
  word += old;
  memcpy(join->target + i * WORD_BYTES, &word, WORD_BYTES);
}

__attribute__((visibility("default"))) void diffkeeper_planes_join(const struct join *join)
{
  uint64_t i = 0;

  for (; i + TOGETHER <= join->common; i += TOGETHER) sixteen(join, i, 1);
  for (; i < join->common; i++) one(join, i);
  for (; i + TOGETHER <= join->words; i += TOGETHER) sixteen(join, i, 0);
  for (; i < join->words; i++) one(join, i);
}
