/*
 * What the launcher parses, under libFuzzer with the address and undefined-behaviour sanitizers: a
 * state, if the input begins with a brace, else what a keeper answers. Begins with documents whose
 * outcome is known. Every input sits in an allocation of its exact size, so that one byte too far
 * ends the test.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static jmp_buf left;
static int exit_code;

static _Noreturn void leave(int code) {
  exit_code = code;
  longjmp(left, 1);
}

/* The system log is not to hear of it. */
static ssize_t discard(int fd, const void *bytes, size_t length, int flags,
                       const struct sockaddr *to, socklen_t to_length) {
  (void)fd, (void)bytes, (void)flags, (void)to, (void)to_length;
  return (ssize_t)length;
}

#define main launcher_main
#define exit leave
#define sendto discard
#include "diffkeeper-hook.c"
#undef main
#undef exit
#undef sendto

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

static bool scan(const uint8_t *json, size_t length) {
  char *copy = malloc(length + 1);
  memcpy(copy, json, length);
  copy[length] = '\0';
  strcpy(id, "-");
  bool found = scan_id(copy, length);
  free(copy);
  return found;
}

/* Whatever the bytes are, an accepted id is safe as one path component. */
static void fuzz_state(const uint8_t *json, size_t length) {
  if (!scan(json, length)) return;
  assert(id[0] && strlen(id) <= ID_LENGTH_MAX);
  assert(!strchr(id, '/') && strcmp(id, ".") && strcmp(id, ".."));
}

static bool begins(const char *text) {
  return !strncmp(answer, text, strlen(text));
}

/* Whatever a keeper says, only READY lets a container start, and all else has an exit code. */
static void fuzz_answer(const uint8_t *bytes, size_t length) {
  int pair[2];
  if (length > LINE_BYTES_MAX * 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) return;
  ssize_t sent = write(pair[1], bytes, length);
  close(pair[1]);
  assert(sent == (ssize_t)length);
  enum outcome outcome = receive(pair[0], READY_WAIT_MS);
  close(pair[0]);
  assert(outcome == ANSWERED || outcome == ENDED);
  if (outcome == ANSWERED && !setjmp(left)) finish("READY");
  if (outcome == ANSWERED) assert((exit_code == 0) == (begins("READY") && strchr(" ", answer[5])));
  assert(exit_code >= 0 && exit_code <= 255);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  for (size_t i = 0; i < sizeof CLAIMS / sizeof *CLAIMS; i++) {
    const struct claim *c = &CLAIMS[i];
    bool found = scan((const uint8_t *)c->json, strlen(c->json));
    if (found != !!c->id || (found && strcmp(id, c->id))) {
      printf("launcher_fuzz: state: %s: got '%s'\n", c->name, found ? id : "");
      abort();
    }
  }
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 0 && *data == '{') {
    fuzz_state(data, size);
  } else {
    fuzz_answer(data, size);
  }
  return 0;
}
