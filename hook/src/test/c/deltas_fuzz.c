/*
 * What finds differences, under libFuzzer with the address and undefined-behaviour sanitizers: the
 * first bytes of an input say how much of the rest is the old content, and whether the new one starts
 * as a copy of it. Every content and output sits in an allocation of exactly the room that there has
 * to be; what was found has to make the new content of the old one.
 */
#include "diffkeeper-deltas.c"

#include <assert.h>
#include <stdlib.h>

enum { ROOM = 16, HEAD = 4 };

static uint8_t *room(uint64_t bytes)
{
  uint8_t *made = malloc(bytes);

  assert(made != NULL);
  return made;
}

static uint64_t varint(const uint8_t **from)
{
  uint64_t value = 0;
  int shift = 0;

  for (; **from & MORE; shift += GROUP_BITS) value |= (uint64_t)(*(*from)++ & GROUP) << shift;
  return value | (uint64_t)*(*from)++ << shift;
}

static uint64_t number(const uint8_t **from)
{
  uint64_t value = 0;

  for (; **from & MORE; (*from)++) value = value << GROUP_BITS | (**from & GROUP);
  return value << GROUP_BITS | *(*from)++;
}

static void check_runs(struct pair pair, uint64_t gap_min)
{
  uint64_t length = pair.now_bytes, common = min(pair.old_bytes, length), at = 0;
  uint8_t *parts[4], *made = room(length + 1);
  struct runs r = {.pair = pair, .gap_min = gap_min};

  for (int i = 0; i < 4; i++) parts[i] = room(length + ROOM);
  r.gaps = parts[0], r.runs = parts[1], r.literals = parts[2], r.replaced = parts[3];
  assert(diffkeeper_deltas_runs(&r) <= length);
  memcpy(made, pair.old, common);
  const uint8_t *gaps = parts[0], *runs = parts[1], *literals = parts[2], *replaced = parts[3];
  while (gaps < r.gaps) {
    at += varint(&gaps);
    uint64_t run = varint(&runs), known = at < common ? min(run, common - at) : 0;
    assert(run > 0 && at + run <= length);
    memcpy(made + at, literals, run);
    assert(memcmp(pair.old + at, replaced, known) == 0);
    literals += run, replaced += known, at += run;
  }
  assert(gaps == r.gaps && runs == r.runs && literals == r.literals && replaced == r.replaced);
  assert(memcmp(made, pair.now, length) == 0);
  for (int i = 0; i < 4; i++) free(parts[i]);
  free(made);
}

static void check_search(struct pair pair, int near)
{
  uint64_t length = pair.now_bytes, at = 0;
  uint64_t windows = (pair.old_bytes > length ? pair.old_bytes : length) / WINDOW + 1;
  uint8_t *made = room(length + 1), *still = room(windows);
  uint8_t *data = room(length + ROOM), *codes = room(2 * length + ROOM), *addresses = room(length + ROOM);
  static int32_t *heads; /* one for all: it is large */
  heads = heads == NULL ? (int32_t *)room(sizeof(*heads) << HASH_BITS_MAX) : heads;
  struct search s = {pair, near, heads, still, data, codes, addresses};

  uint64_t overwritten = diffkeeper_deltas_overwritten(&s);
  assert(overwritten <= length / WINDOW + 1 && diffkeeper_deltas_search(&s) == overwritten);
  const uint8_t *d = data, *c = codes, *a = addresses;
  while (c < s.instructions) {
    int code = *c++;
    uint64_t size = number(&c);

    assert(size > 0 && size <= length - at);
    if (code == COPY) {
      uint64_t from = number(&a);
      assert(from + size <= pair.old_bytes);
      memcpy(made + at, pair.old + from, size);
    } else if (code == RUN) {
      memset(made + at, *d++, size);
    } else {
      assert(code == ADD);
      memcpy(made + at, d, size);
      d += size;
    }
    at += size;
  }
  assert(at == length && d == s.data && c == s.instructions && a == s.addresses);
  assert(memcmp(made, pair.now, length) == 0);
  free(made), free(still), free(data), free(codes), free(addresses);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
  if (size < HEAD) return 0;
  uint64_t bytes = size - HEAD, old_bytes = bytes == 0 ? 0 : (input[0] | input[1] << 8) % (bytes + 1);
  uint64_t copied = input[2] % 3 == 0 ? 0 : old_bytes, rest = bytes - old_bytes;
  uint8_t *old = room(old_bytes), *now = room(copied + rest);
  struct pair pair = {old, old_bytes, now, copied + rest};

  memcpy(old, input + HEAD, old_bytes);
  memcpy(now, old, copied);
  memcpy(now + copied, input + HEAD + old_bytes, rest);
  /* What the rest says is overwritten: a place and a byte each time. */
  for (uint64_t i = 0; copied > 0 && i + 3 <= rest && i < 3 * (uint64_t)input[3]; i += 3)
    now[(now[copied + i] | now[copied + i + 1] << 8) % copied] = now[copied + i + 2];
  check_runs(pair, 1);
  check_runs(pair, 2);
  check_search(pair, 0);
  check_search(pair, 1);
  free(old), free(now);
  return 0;
}
