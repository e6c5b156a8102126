#include "state_id.h"

#include <string.h>

struct scan {
  const char *at;
  const char *end;
};

struct text {
  const char *start; /* behind the opening quote, escapes as they stand */
  size_t length;
};

/* The next byte, or 0 at the end: no valid JSON has a NUL outside of an escape. */
static char peek(const struct scan *s) {
  return s->at < s->end ? *s->at : '\0';
}

static bool take(struct scan *s, char c) {
  if (peek(s) != c || s->at == s->end) return false;
  s->at++;
  return true;
}

static void skip_blank(struct scan *s) {
  while (s->at < s->end && memchr(" \t\r\n", *s->at, 4)) s->at++;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool skip_digits(struct scan *s) {
  if (!is_digit(peek(s))) return false;
  while (is_digit(peek(s))) s->at++;
  return true;
}

static bool skip_number(struct scan *s) {
  take(s, '-');
  if (!take(s, '0') && !skip_digits(s)) return false;
  if (take(s, '.') && !skip_digits(s)) return false;
  if (!take(s, 'e') && !take(s, 'E')) return true;
  if (!take(s, '+')) take(s, '-');
  return skip_digits(s);
}

static bool skip_word(struct scan *s, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length)) return false;
  s->at += length;
  return true;
}

static bool skip_escape(struct scan *s) {
  char c = peek(s);
  if (c == '\0' || !strchr("\"\\/bfnrtu", c)) return false;
  s->at++;
  for (int i = 0; c == 'u' && i < 4; i++, s->at++) {
    if (!is_hex(peek(s))) return false;
  }
  return true;
}

static bool take_string(struct scan *s, struct text *text) {
  if (!take(s, '"')) return false;
  text->start = s->at;
  while (peek(s) != '"') {
    if (take(s, '\\')) {
      if (!skip_escape(s)) return false;
    } else if ((unsigned char)peek(s) < ' ') {
      return false; /* the end of the document too */
    } else {
      s->at++;
    }
  }
  text->length = (size_t)(s->at++ - text->start);
  return true;
}

static bool skip_value(struct scan *s, int depth);

/* An object or array whose opening bracket has been taken; id is null below the top level. */
static bool skip_members(struct scan *s, bool object, int depth, struct text *id) {
  char close = object ? '}' : ']';
  struct text key;
  skip_blank(s);
  if (take(s, close)) return true;
  do {
    skip_blank(s);
    bool is_id = false;
    if (object) {
      if (!take_string(s, &key)) return false;
      is_id = id && key.length == 2 && !memcmp(key.start, "id", 2);
      skip_blank(s);
      if (!take(s, ':')) return false;
      skip_blank(s);
    }
    if (is_id) {
      if (id->start || !take_string(s, id)) return false;
    } else if (!skip_value(s, depth)) {
      return false;
    }
    skip_blank(s);
  } while (take(s, ','));
  return take(s, close);
}

static bool skip_value(struct scan *s, int depth) {
  struct text ignored;
  switch (peek(s)) {
    case '"':
      return take_string(s, &ignored);
    case '{':
    case '[':
      if (depth == STATE_DEPTH_MAX) return false;
      bool object = *s->at++ == '{';
      return skip_members(s, object, depth + 1, NULL);
    case 't':
      return skip_word(s, "true");
    case 'f':
      return skip_word(s, "false");
    case 'n':
      return skip_word(s, "null");
    default:
      return skip_number(s);
  }
}

static bool is_safe_id(const struct text *id) {
  if (id->length < 1 || id->length > STATE_ID_LENGTH_MAX) return false;
  for (size_t i = 0; i < id->length; i++) {
    char c = id->start[i];
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !is_digit(c) && c != '_' && c != '.' && c != '-') return false;
  }
  bool dots = id->start[0] == '.' && (id->length == 1 || (id->length == 2 && id->start[1] == '.'));
  return !dots;
}

bool state_id(const char *json, size_t length, char id[STATE_ID_LENGTH_MAX + 1]) {
  struct scan s = {json, json + length};
  struct text found = {NULL, 0};
  id[0] = '\0';
  skip_blank(&s);
  if (!take(&s, '{') || !skip_members(&s, true, 1, &found)) return false;
  skip_blank(&s);
  if (s.at != s.end || !found.start || !is_safe_id(&found)) return false;
  memcpy(id, found.start, found.length);
  id[found.length] = '\0';
  return true;
}
