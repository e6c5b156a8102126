/*
 * The wrapper's JSON scanner, under libFuzzer with the address and undefined-behaviour sanitizers.
 * Begins with documents whose outcome is known. Every input sits in an allocation of its exact
 * size, so that one byte too far ends the test.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <stdint.h>

#include "inject.h"

#define CREATE "{\"path\":\"/p/diffkeeper-hook\",\"args\":[\"c\"]}"
#define POSTSTOP "{\"path\":\"/p/diffkeeper-hook\",\"args\":[\"p\"]}"
#define ASKS "\"annotations\":{\"io.diffkeeper.state-dir\":\"/d\"}"
#define BOTH "{\"createRuntime\":[" CREATE "],\"poststop\":[" POSTSTOP "]}"
#define THEIRS "{\"path\":\"/bin/x\",\"env\":[\"A={}\"]}"

struct claim {
  const char *name;
  const char *json;
  enum outcome outcome;
  const char *result; /* if INJECTED */
};

#define CRI "\"io.kubernetes.cri.container-name\":\"web\""
#define OPEN16 "[[[[[[[[[[[[[[[["
#define SHUT16 "]]]]]]]]]]]]]]]]"
#define OPEN128 OPEN16 OPEN16 OPEN16 OPEN16 OPEN16 OPEN16 OPEN16 OPEN16
#define SHUT128 SHUT16 SHUT16 SHUT16 SHUT16 SHUT16 SHUT16 SHUT16 SHUT16

static const struct claim CLAIMS[] = {
    {"adds hooks", "{" ASKS "}", INJECTED, "{\"hooks\":" BOTH "," ASKS "}"},
    {"keeps every blank", " {\t\"a\" : [ 1 , 2 ] ,\n" ASKS " }\n", INJECTED,
     " {\"hooks\":" BOTH ",\t\"a\" : [ 1 , 2 ] ,\n" ASKS " }\n"},
    {"takes the place of null", "{\"hooks\": null ," ASKS "}", INJECTED,
     "{\"hooks\": " BOTH " ," ASKS "}"},
    {"fills an empty object", "{" ASKS ",\"hooks\":{ }}", INJECTED,
     "{" ASKS ",\"hooks\":{\"createRuntime\":[" CREATE "],\"poststop\":[" POSTSTOP "] }}"},
    {"goes behind other hooks at create, before them at the end",
     "{\"hooks\":{\"poststop\":[" THEIRS "],\"createRuntime\":[" THEIRS "]}," ASKS "}", INJECTED,
     "{\"hooks\":{\"poststop\":[" POSTSTOP "," THEIRS "],\"createRuntime\":[" THEIRS "," CREATE
     "]}," ASKS "}"},
    {"adds the list that is missing", "{\"hooks\":{\"createRuntime\":[]}," ASKS "}", INJECTED,
     "{\"hooks\":{\"poststop\":[" POSTSTOP "],\"createRuntime\":[" CREATE "]}," ASKS "}"},
    {"fills lists that are null", "{\"hooks\":{\"createRuntime\":null,\"poststop\":null}," ASKS "}",
     INJECTED,
     "{\"hooks\":{\"createRuntime\":[" CREATE "],\"poststop\":[" POSTSTOP "]}," ASKS "}"},
    {"keeps hooks of other stages", "{\"hooks\":{\"poststart\":[" THEIRS "]}," ASKS "}", INJECTED,
     "{\"hooks\":{\"createRuntime\":[" CREATE "],\"poststop\":[" POSTSTOP "],\"poststart\":[" THEIRS
     "]}," ASKS "}"},
    {"adds nothing twice", "{\"hooks\":" BOTH "," ASKS "}", THERE_ALREADY, NULL},
    {"a hook at prestart is there already",
     "{\"hooks\":{\"prestart\":[" CREATE "],\"poststop\":[" POSTSTOP "]}," ASKS "}", THERE_ALREADY,
     NULL},
    {"adds the one of two hooks", "{\"hooks\":{\"createRuntime\":[" CREATE "]}," ASKS "}", INJECTED,
     "{\"hooks\":{\"poststop\":[" POSTSTOP "],\"createRuntime\":[" CREATE "]}," ASKS "}"},
    {"another program's name may end like ours",
     "{\"hooks\":{\"createRuntime\":[{\"path\":\"/bin/not-diffkeeper-hook\"}],\"poststop\":["
     POSTSTOP "]}," ASKS "}",
     INJECTED,
     "{\"hooks\":{\"createRuntime\":[{\"path\":\"/bin/not-diffkeeper-hook\"}," CREATE
     "],\"poststop\":[" POSTSTOP "]}," ASKS "}"},
    {"no annotation, no hook", "{\"annotations\":{\"io.diffkeeper.name\":\"n\"}}", NOT_ASKED, NULL},
    {"no annotations, no hook", "{\"root\":{\"path\":\"r\"}}", NOT_ASKED, NULL},
    {"annotations may be null", "{\"annotations\":null}", NOT_ASKED, NULL},
    {"a longer key is another one",
     "{\"annotations\":{\"io.diffkeeper.state-dirs\":\"/d\",\"xio.diffkeeper.state-dir\":\"\"}}",
     NOT_ASKED, NULL},
    {"a value is no key", "{\"annotations\":{\"x\":\"io.diffkeeper.state-dir\"}}", NOT_ASKED, NULL},
    {"annotations elsewhere are others'", "{\"process\":{" ASKS "}}", NOT_ASKED, NULL},
    {"text in strings is no structure", "{\"a\":\"\\\"},{\\\\\"," ASKS "}", INJECTED,
     "{\"hooks\":" BOTH ",\"a\":\"\\\"},{\\\\\"," ASKS "}"},
    {"an escaped key is the key", "{\"annotations\":{\"io.diffkeeper.state\\u002ddir\":\"/d\"}}",
     INJECTED,
     "{\"hooks\":" BOTH ",\"annotations\":{\"io.diffkeeper.state\\u002ddir\":\"/d\"}}"},
    {"a sandbox keeps nothing",
     "{\"annotations\":{\"io.diffkeeper.state-dir\":\"/d\","
     "\"io.kubernetes.cri.container-type\":\"sandbox\"}}",
     NOT_ASKED, NULL},
    {"nor does CRI-O's",
     "{\"annotations\":{\"io.diffkeeper.state-dir\":\"/d\","
     "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"}}",
     NOT_ASKED, NULL},
    {"a pod's annotation may name the container",
     "{\"annotations\":{\"io.diffkeeper.state-dir.web\":\"/d\"," CRI "}}", INJECTED,
     "{\"hooks\":" BOTH ",\"annotations\":{\"io.diffkeeper.state-dir.web\":\"/d\"," CRI "}}"},
    {"or another one", "{\"annotations\":{\"io.diffkeeper.state-dir.db\":\"/d\"," CRI "}}",
     NOT_ASKED, NULL},
    {"without a pod the keeper says what is wrong with it",
     "{\"annotations\":{\"io.diffkeeper.state-dir.db\":\"/d\"}}", INJECTED,
     "{\"hooks\":" BOTH ",\"annotations\":{\"io.diffkeeper.state-dir.db\":\"/d\"}}"},
    {"refuses two hooks objects", "{\"hooks\":{},\"hooks\":{}," ASKS "}", NO_JSON, NULL},
    {"refuses two lists of a stage", "{\"hooks\":{\"poststop\":[],\"poststop\":[]}," ASKS "}",
     NO_JSON, NULL},
    {"refuses two annotations objects", "{" ASKS ",\"annotations\":{}}", NO_JSON, NULL},
    {"refuses hooks that are no object", "{\"hooks\":[]," ASKS "}", NO_JSON, NULL},
    {"refuses a list that is none", "{\"hooks\":{\"poststop\":{}}," ASKS "}", NO_JSON, NULL},
    {"refuses a hook that is none", "{\"hooks\":{\"poststop\":[1]}," ASKS "}", NO_JSON, NULL},
    {"refuses a tail", "{" ASKS "} x", NO_JSON, NULL},
    {"refuses a missing end", "{" ASKS, NO_JSON, NULL},
    {"refuses a missing comma", "{\"a\":1 " ASKS "}", NO_JSON, NULL},
    {"refuses a comma too many", "{" ASKS ",}", NO_JSON, NULL},
    {"refuses a string without an end", "{\"a\":\"" ASKS, NO_JSON, NULL},
    {"refuses an escape without an end", "{\"a\":\"\\", NO_JSON, NULL},
    {"refuses another bracket", "{\"a\":[}," ASKS "}", NO_JSON, NULL},
    {"refuses a list at the top", "[" ASKS "]", NO_JSON, NULL},
    {"refuses nothing at all", "", NO_JSON, NULL},
    {"refuses what is nested too deeply", "{\"a\":[" OPEN128 SHUT128 "]," ASKS "}", NO_JSON, NULL},
    {"takes what is nested deeply", "{\"a\":" OPEN16 OPEN16 SHUT16 SHUT16 "," ASKS "}", INJECTED,
     "{\"hooks\":" BOTH ",\"a\":" OPEN16 OPEN16 SHUT16 SHUT16 "," ASKS "}"},
};

/* With the input in an allocation of its exact size. */
static enum outcome run(const char *json, size_t size, char **result, size_t *length) {
  char *copy = malloc(size ? size : 1);
  memcpy(copy, json, size);
  enum outcome outcome = inject(copy, size, CREATE, POSTSTOP, result, length);
  free(copy);
  return outcome;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  for (size_t i = 0; i < sizeof CLAIMS / sizeof *CLAIMS; i++) {
    const struct claim *c = &CLAIMS[i];
    char *result = NULL;
    size_t length = 0;
    enum outcome outcome = run(c->json, strlen(c->json), &result, &length);
    if (outcome != c->outcome ||
        (c->result && (length != strlen(c->result) || memcmp(result, c->result, length)))) {
      printf("inject_fuzz: %s: got %d, %.*s\n", c->name, (int)outcome, (int)length,
             result ? result : "");
      fflush(stdout);
      abort();
    }
    free(result);
  }
  return 0;
}

/* What was inserted is found again, and all that was there is there in its order. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *once = NULL, *twice = NULL;
  size_t length = 0, ignored = 0;
  if (run((const char *)data, size, &once, &length) != INJECTED) return 0;
  assert(length > size - 2 * strlen("null"));
  assert(run(once, length, &twice, &ignored) == THERE_ALREADY);
  size_t left = size, found = 0, nulls = 0;
  for (size_t i = 0; i < length && found < left; i++) {
    if (once[i] == (char)data[found]) found++;
  }
  for (size_t i = 0; i + 4 <= size; i++) nulls += !memcmp(data + i, "null", 4);
  assert(found == left || nulls); /* a null gives way */
  free(once);
  return 0;
}
