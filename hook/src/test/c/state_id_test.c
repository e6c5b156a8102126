/*
 * The id scanner against documents with a known answer, then against mutations of them. Built with
 * the address and undefined-behaviour sanitizers: every input sits in an allocation of its exact
 * size, so one byte too far ends the test. Arguments: [rounds [seed]]; the seed is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state_id.h"

struct claim {
  const char *name;
  const char *json;
  const char *id; /* null: refused */
};

#define A15 "aaaaaaaaaaaaaaa"
#define A255 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15
#define OPEN16 "[[[[[[[[[[[[[[[["
#define SHUT16 "]]]]]]]]]]]]]]]]"

static const struct claim CLAIMS[] = {
    {"finds the id", "{\"id\":\"web-1\"}", "web-1"},
    {"takes blanks anywhere", " {\t\"id\" :\r\n \"a\" } \n", "a"},
    {"passes over other members",
     "{\"ociVersion\":\"1.0.2\",\"pid\":-1.5e+3,\"a\":[true,false,null,{}],\"id\":\"x_.-Y9\"}",
     "x_.-Y9"},
    {"ignores ids further down",
     "{\"annotations\":{\"id\":\"evil\"},\"l\":[{\"id\":\"no\"}],\"id\":\"good\"}",
     "good"},
    {"an id inside of a string is none", "{\"a\":\"\\\"id\\\":\\\"b\\\"\",\"id\":\"c\"}", "c"},
    {"takes 255 characters", "{\"id\":\"" A255 "\"}", A255},
    {"refuses 256 characters", "{\"id\":\"" A255 "a\"}", NULL},
    {"refuses an empty id", "{\"id\":\"\"}", NULL},
    {"refuses the folder itself", "{\"id\":\".\"}", NULL},
    {"refuses the folder above", "{\"id\":\"..\"}", NULL},
    {"three dots are a name", "{\"id\":\"...\"}", "..."},
    {"refuses a slash", "{\"id\":\"../../etc\"}", NULL},
    {"refuses an escape", "{\"id\":\"a\\u002fb\"}", NULL},
    {"refuses a blank", "{\"id\":\"a b\"}", NULL},
    {"refuses non-ASCII", "{\"id\":\"\xc3\xa4\"}", NULL},
    {"refuses an id that is no string", "{\"id\":7}", NULL},
    {"refuses two ids", "{\"id\":\"a\",\"id\":\"a\"}", NULL},
    {"refuses no id", "{}", NULL},
    {"refuses a top level that is no object", "[\"id\",\"a\"]", NULL},
    {"refuses a tail", "{\"id\":\"a\"}x", NULL},
    {"refuses a missing end", "{\"id\":\"a\"", NULL},
    {"refuses an id that is an object", "{\"id\":{\"id\":\"a\"}}", NULL},
    {"refuses a string without an end", "{\"id\":\"a\",\"x\":\"}", NULL},
    {"refuses an escape without an end", "{\"id\":\"a\",\"x\":\"\\", NULL},
    {"a value 'id' is no key", "{\"a\":\"id\",\"id\":\"b\"}", "b"},
    {"ids in lists are none", "{\"a\":[\"id\",\"x\"],\"id\":\"b\"}", "b"},
    {"leaves what else is wrong to the keeper", "{\"a\":\"\\x\n\",\"n\":01,\"id\":\"a\",}", "a"},
    {"has no limit in depth",
     "{\"id\":\"a\",\"x\":" OPEN16 OPEN16 OPEN16 OPEN16 SHUT16 SHUT16 SHUT16 SHUT16 "}", "a"},
    {"refuses nothing at all", "", NULL},
};
enum { CLAIM_COUNT = sizeof CLAIMS / sizeof *CLAIMS };

static unsigned long long seed;

static unsigned random_below(unsigned bound) {
  seed ^= seed << 13; /* xorshift64 */
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return (unsigned)((seed >> 32) % bound);
}

static bool scan(const char *json, size_t length, char id[STATE_ID_LENGTH_MAX + 1]) {
  char *copy = malloc(length ? length : 1);
  if (length) memcpy(copy, json, length);
  bool found = state_id(length ? copy : copy + 1, length, id);
  free(copy);
  return found;
}

static int check_claims(void) {
  int failed = 0;
  char id[STATE_ID_LENGTH_MAX + 1];
  for (int i = 0; i < CLAIM_COUNT; i++) {
    const struct claim *c = &CLAIMS[i];
    bool found = scan(c->json, strlen(c->json), id);
    if (found != !!c->id || strcmp(id, c->id ? c->id : "")) {
      printf("state_id: %s: got '%s'\n", c->name, id);
      failed++;
    }
  }
  return failed;
}

/* Whatever the bytes are, an accepted id is safe as one path component. */
static int fuzz(int rounds) {
  static const char ALPHABET[] = "{}[]\":,\\idu0./-e+ \n\xff";
  char json[1024], id[STATE_ID_LENGTH_MAX + 1];
  for (int round = 0; round < rounds; round++) {
    const char *from = CLAIMS[random_below(CLAIM_COUNT)].json;
    size_t length = strlen(from);
    memcpy(json, from, length);
    for (unsigned edits = 1 + random_below(4); edits > 0 && length > 0; edits--) {
      size_t at = random_below((unsigned)length);
      switch (random_below(3)) {
        case 0:
          json[at] = ALPHABET[random_below(sizeof ALPHABET)];
          break;
        case 1:
          length = at;
          break;
        default:
          memmove(json + at + 1, json + at, length++ - at);
      }
    }
    bool found = scan(json, length, id);
    if (found != (id[0] != '\0') || strchr(id, '/') || !strcmp(id, ".") || !strcmp(id, "..")) {
      printf("state_id: round %d gives '%s' for: %.*s\n", round, id, (int)length, json);
      return 1;
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 200000;
  unsigned long long first = argc > 2 ? strtoull(argv[2], NULL, 10) : 20261122;
  seed = first;
  int failed = check_claims() + fuzz(rounds);
  printf("state_id: %d claims and %d mutations (seed %llu), %d failed\n", CLAIM_COUNT, rounds,
         first, failed);
  return failed > 0;
}
