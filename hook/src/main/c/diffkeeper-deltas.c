/*
 * libdiffkeeper-deltas.so: finds what two contents differ in, byte by byte what Sparse and Vcdiff of
 * package delta find: the JVM that a keeper runs on (C1) takes several times as long. For
 * little-endian processors, as all that we build for are. How much room each output has to have is
 * said there, too.
 */
#include <stdint.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { WORD = sizeof(uint64_t), STEP = 4 * WORD, BYTE_BITS = 8 };
enum { GROUP_BITS = 7, GROUP = 0x7f, MORE = 0x80 };
enum { RUN = 0, ADD = 1, COPY = 19 }; /* RFC 3284's codes of these with a size that follows */
enum { WINDOW = 4096, STRIDE = 4, RUN_MIN = 16, HASH_BITS_MIN = 8, HASH_BITS_MAX = 16, INT_BITS = 32 };

static const uint64_t EACH = 0x0101010101010101, HIGH = 0x8080808080808080;

/* A content of which another one is made, and that one. The Java side fills in all structs as longs. */
struct pair {
  const uint8_t *old;
  uint64_t old_bytes;
  const uint8_t *now;
  uint64_t now_bytes;
};

struct runs {
  struct pair pair;
  uint64_t gap_min; /* shorter gaps are part of a run */
  uint8_t *gaps, *runs, *literals, *replaced; /* moved on */
};

struct search {
  struct pair pair;
  uint64_t near;  /* whether to look in windows that were overwritten only */
  int32_t *heads; /* of 1 << HASH_BITS_MAX */
  uint8_t *still; /* of a byte for each window of the longer one, and one more */
  uint8_t *data, *instructions, *addresses; /* moved on */
};

static inline uint64_t word(const uint8_t *from)
{
  uint64_t loaded;

  memcpy(&loaded, from, sizeof(loaded));
  return loaded;
}

static inline uint64_t min(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* How many bytes are the same before the first that is not. */
static uint64_t same(const uint8_t *a, const uint8_t *b, uint64_t length)
{
  uint64_t i = 0;

  for (; i + STEP <= length; i += STEP) {
    uint64_t differs = 0;

    for (int part = 0; part < STEP; part += WORD) differs |= word(a + i + part) ^ word(b + i + part);
    if (differs != 0) break;
  }
  for (; i + WORD <= length; i += WORD) {
    uint64_t differs = word(a + i) ^ word(b + i);

    if (differs != 0) return i + __builtin_ctzll(differs) / BYTE_BITS;
  }
  while (i < length && a[i] == b[i]) i++;
  return i;
}

/* How many bytes are others before the first that is the same. */
static uint64_t other(const uint8_t *a, const uint8_t *b, uint64_t length)
{
  uint64_t i = 0;

  for (; i + WORD <= length; i += WORD) {
    uint64_t differs = word(a + i) ^ word(b + i);
    uint64_t zeros = (differs - EACH) & ~differs & HIGH; /* the lowest one is right */

    if (zeros != 0) return i + __builtin_ctzll(zeros) / BYTE_BITS;
  }
  while (i < length && a[i] != b[i]) i++;
  return i;
}

/* Where the two differ from there on, or one of them ends. */
static uint64_t same_until(const struct pair *p, uint64_t from)
{
  uint64_t common = min(p->old_bytes, p->now_bytes);

  return from >= common ? from : from + same(p->old + from, p->now + from, common - from);
}

/* Where the two are the same from there on, or the new one ends. */
static uint64_t other_until(const struct pair *p, uint64_t from)
{
  uint64_t common = min(p->old_bytes, p->now_bytes);
  uint64_t at = from >= common ? common : from + other(p->old + from, p->now + from, common - from);

  return at < common ? at : from > p->now_bytes ? from : p->now_bytes;
}

/* As Varints has them. */
static uint8_t *put_varint(uint8_t *to, uint64_t value)
{
  for (; value > GROUP; value >>= GROUP_BITS) *to++ = value | MORE;
  *to++ = value;
  return to;
}

static uint8_t *put_bytes(uint8_t *to, const uint8_t *from, uint64_t length)
{
  memcpy(to, from, length);
  return to + length;
}

/* Gives the middle of the longest run. */
EXPORT uint64_t diffkeeper_deltas_runs(struct runs *r)
{
  const struct pair *p = &r->pair;
  uint64_t common = min(p->old_bytes, p->now_bytes);
  uint64_t end = 0, longest = 0, middle = 0; /* the end of the run before */

  for (uint64_t at = same_until(p, 0), next; at < p->now_bytes; at = next) {
    uint64_t to = other_until(p, at + 1), replaced;

    next = same_until(p, to);
    while (next - to < r->gap_min && next < p->now_bytes) {
      to = other_until(p, next + 1);
      next = same_until(p, to);
    }
    replaced = min(to, common);
    r->gaps = put_varint(r->gaps, at - end);
    r->runs = put_varint(r->runs, to - at);
    r->literals = put_bytes(r->literals, p->now + at, to - at);
    if (replaced > at) r->replaced = put_bytes(r->replaced, p->old + at, replaced - at);
    if (to - at > longest) {
      longest = to - at;
      middle = at + longest / 2;
    }
    end = to;
  }
  return middle;
}

/* Finds out which windows of the new one are the same in the old one; gives how many are not. */
static uint64_t compare(const struct search *s)
{
  const struct pair *p = &s->pair;
  uint64_t longer = p->old_bytes > p->now_bytes ? p->old_bytes : p->now_bytes, others = 0;

  for (uint64_t i = 0; i <= longer / WINDOW; i++) {
    uint64_t from = i * WINDOW;
    uint64_t length = from < p->now_bytes ? min(WINDOW, p->now_bytes - from) : 0;

    s->still[i] = s->near && length >= WORD && from + length <= p->old_bytes
                  && memcmp(p->old + from, p->now + from, length) == 0;
    others += from < p->now_bytes && !s->still[i];
  }
  return others;
}

EXPORT uint64_t diffkeeper_deltas_overwritten(const struct search *s)
{
  return compare(s);
}

static inline uint32_t hash(uint64_t key, int shift)
{
  return key * 0x9e3779b97f4a7c15 >> shift;
}

/* Notes where every fourth word of the old one is; gives how far to shift hashes. */
static int note(const struct search *s)
{
  const struct pair *p = &s->pair;
  uint64_t ends = p->old_bytes < WORD ? 0 : p->old_bytes - WORD + 1;
  uint32_t places = 0;
  int bits, shift;

  for (uint64_t from = 0; from < ends; from += WINDOW)
    places += s->still[from / WINDOW] ? 0 : WINDOW / STRIDE;
  bits = places == 0 ? 1 : INT_BITS - __builtin_clz(places) + 1;
  bits = bits < HASH_BITS_MIN ? HASH_BITS_MIN : bits > HASH_BITS_MAX ? HASH_BITS_MAX : bits;
  shift = WORD * BYTE_BITS - bits;
  memset(s->heads, -1, sizeof(*s->heads) << bits);
  for (uint64_t from = 0; from < ends; from += WINDOW) {
    uint64_t to = s->still[from / WINDOW] ? from : min(from + WINDOW, ends);

    for (uint64_t i = from; i < to; i += STRIDE) s->heads[hash(word(p->old + i), shift)] = i;
  }
  return shift;
}

/* As Vcdiff has them: the most significant group first. */
static uint8_t *put_int(uint8_t *to, uint64_t value)
{
  int shift = 0;

  while (value >> shift > GROUP) shift += GROUP_BITS;
  for (; shift > 0; shift -= GROUP_BITS) *to++ = (value >> shift & GROUP) | MORE;
  *to++ = value & GROUP;
  return to;
}

static void add(struct search *s, uint64_t from, uint64_t to)
{
  if (from < to) {
    *s->instructions++ = ADD;
    s->instructions = put_int(s->instructions, to - from);
    s->data = put_bytes(s->data, s->pair.now + from, to - from);
  }
}

/* Where the old one has that word: straight on, or where it was noted; -1 if neither. */
static inline int64_t match(const struct search *s, uint64_t key, int64_t straight, int shift)
{
  const struct pair *p = &s->pair;
  int64_t head;

  if (straight >= 0 && straight + WORD <= (int64_t)p->old_bytes && word(p->old + straight) == key)
    return straight;
  head = s->heads[hash(key, shift)];
  return head >= 0 && word(p->old + head) == key ? head : -1;
}

/* How often the byte there is repeated. */
static uint64_t repeated(const struct pair *p, uint64_t at)
{
  uint64_t end = at + 1;

  while (end < p->now_bytes && p->now[end] == p->now[at]) end++;
  return end - at;
}

/* Gives how many windows were overwritten. */
EXPORT uint64_t diffkeeper_deltas_search(struct search *s)
{
  const struct pair *p = &s->pair;
  uint64_t length = p->now_bytes, added = 0; /* everything before it is written */
  int64_t offset = 0;                        /* where the last match would go on */
  uint64_t overwritten = compare(s);
  int shift = note(s);

  for (uint64_t at = 0; at < length;) {
    int still = s->still[at / WINDOW], seen = !still && at + WORD <= length;
    uint64_t key = seen ? word(p->now + at) : 0;
    uint64_t run = seen && key == (key & 0xff) * EACH ? repeated(p, at) : 0;
    int64_t from = seen ? match(s, key, (int64_t)at + offset, shift) : still ? (int64_t)at : -1;
    uint64_t copied =
        from < 0 ? 0 : same(p->old + from, p->now + at, min(p->old_bytes - from, length - at));

    if (run >= RUN_MIN && run >= copied) {
      add(s, added, at);
      *s->instructions++ = RUN;
      s->instructions = put_int(s->instructions, run);
      *s->data++ = p->now[at];
      added = at += run;
    } else if (copied >= WORD) {
      for (; at > added && from > 0 && p->old[from - 1] == p->now[at - 1]; copied++) at--, from--;
      add(s, added, at);
      *s->instructions++ = COPY;
      s->instructions = put_int(s->instructions, copied);
      s->addresses = put_int(s->addresses, from);
      added = at += copied;
      offset = from + (int64_t)copied - (int64_t)at;
    } else {
      at++;
    }
  }
  add(s, added, length);
  return overwritten;
}
