/*
 * Adds our hooks to the text of a bundle's config.json. All that was there stays as it was, byte by
 * byte: the text is scanned, and something is inserted into it. The scanner is strict about
 * structure and leaves it to the runtime to find fault with the rest.
 */
#ifndef DIFFKEEPER_INJECT_H
#define DIFFKEEPER_INJECT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 128, STRING_BYTES_MAX = 512, EDITS_MAX = 2, HOOK_BYTES_MAX = 16384 };

struct span {
  const char *at;
  size_t length;
};

/* --- the scanner ------------------------------------------------------------------------------ */

struct cursor {
  const char *at, *end;
};

enum step { MALFORMED = -1, END, ITEM };

static char peek(struct cursor *c) {
  while (c->at < c->end && memchr(" \t\r\n", *c->at, 4)) c->at++;
  return c->at < c->end ? *c->at : '\0';
}

static bool take(struct cursor *c, char expected) {
  if (peek(c) != expected) return false;
  c->at++;
  return true;
}

/* The text between the quotes, escapes as they are. */
static bool string(struct cursor *c, struct span *text) {
  if (!take(c, '"')) return false;
  text->at = c->at;
  while (c->at < c->end && *c->at != '"') c->at += *c->at == '\\' ? 2 : 1;
  if (c->at >= c->end) return false;
  text->length = (size_t)(c->at++ - text->at);
  return true;
}

/* To the next member of an object that was entered, or its end. */
static enum step member(struct cursor *c, bool first, struct span *name) {
  if (take(c, '}')) return END;
  if (!first && !take(c, ',')) return MALFORMED;
  return string(c, name) && take(c, ':') ? ITEM : MALFORMED;
}

/* To the next element of a list that was entered, or its end. */
static enum step element(struct cursor *c, bool first) {
  if (take(c, ']')) return END;
  return first || take(c, ',') ? ITEM : MALFORMED;
}

static bool skip(struct cursor *c, int depth) {
  struct span text;
  bool first = true;
  enum step step;
  char start = peek(c);
  if (depth > DEPTH_MAX) return false;
  if (start == '"') return string(c, &text);
  if (start == '{' || start == '[') {
    c->at++;
    while ((step = start == '{' ? member(c, first, &text) : element(c, first)) == ITEM) {
      if (!skip(c, depth + 1)) return false;
      first = false;
    }
    return step == END;
  }
  const char *from = c->at; /* a number, true, false, null */
  while (c->at < c->end && strchr("+-.0123456789Eaeflnrstu", *c->at) && *c->at) c->at++;
  return c->at > from;
}

static int hex(const char *digits) {
  int value = 0;
  for (int i = 0; i < 4; i++) {
    const char *all = "0123456789abcdef", *digit = strchr(all, digits[i] | 0x20);
    if (!digit || !digits[i]) return -1;
    value = value * 16 + (int)(digit - all);
  }
  return value;
}

/* What a string says, as far as it is ASCII; all else is a question mark. Cut where it is long. */
static const char *plain(struct span text, char out[STRING_BYTES_MAX]) {
  size_t length = 0;
  for (size_t i = 0; i < text.length && length < STRING_BYTES_MAX - 1; i++) {
    int c = (unsigned char)text.at[i];
    if (c == '\\' && i + 5 < text.length && text.at[i + 1] == 'u') {
      c = hex(text.at + i + 2);
      i += 5;
    } else if (c == '\\' && i + 1 < text.length) {
      c = (unsigned char)text.at[++i];
      if (strchr("bfnrt", c)) c = '?';
    }
    out[length++] = c > 0 && c < 0x80 ? (char)c : '?';
  }
  out[length] = '\0';
  return out;
}

static bool is(struct span text, const char *expected) {
  char said[STRING_BYTES_MAX];
  return !strcmp(plain(text, said), expected);
}

/* --- who opts in ------------------------------------------------------------------------------ */

/*
 * Whether annotations ask for hooks: a state-dir for every container, or for the one that the CRI
 * says this is. Pods' sandboxes keep nothing.
 */
static bool opts_in(struct span annotations) {
  static const char KEY[] = "io.diffkeeper.state-dir";
  char container[STRING_BYTES_MAX] = "", said[STRING_BYTES_MAX];
  bool found = false;
  for (int pass = 0; pass < 2; pass++) { /* the container's name may come last */
    struct cursor c = {annotations.at, annotations.at + annotations.length};
    struct span name, value;
    if (!take(&c, '{')) return false; /* null */
    for (bool first = true; member(&c, first, &name) == ITEM; first = false) {
      if (!string(&c, &value)) return true; /* malformed: whoever reads on will say so */
      if (pass == 0) {
        if ((is(name, "io.kubernetes.cri.container-type") ||
             is(name, "io.kubernetes.cri-o.ContainerType")) &&
            is(value, "sandbox")) {
          return false;
        }
        if (is(name, "io.kubernetes.cri.container-name") ||
            is(name, "io.kubernetes.container.name")) {
          plain(value, container);
        }
      } else if (!strncmp(plain(name, said), KEY, sizeof KEY - 1)) {
        const char *suffix = said + sizeof KEY - 1;
        if (!*suffix) found = true;
        if (*suffix == '.' && (!*container || !strcmp(suffix + 1, container))) found = true;
      }
    }
  }
  return found;
}

/* --- edits ------------------------------------------------------------------------------------ */

struct edit {
  const char *at;
  size_t drop; /* bytes that are left out: those of a null */
  char text[2 * HOOK_BYTES_MAX + 64]; /* two hooks, two names and punctuation */
};

/* One of the lists in hooks that ours goes into. */
struct hook_list {
  const char *name;
  const char *ours; /* JSON of our hook */
  struct span value;
  const char *first; /* behind the bracket */
  bool empty, present;
};

static bool is_null(struct span value) {
  return value.length == 4 && !memcmp(value.at, "null", 4);
}

/* Whether one element of a list of hooks runs our program, from wherever. */
static bool scan_hook(struct cursor *c, bool *ours) {
  static const char PROGRAM[] = "/diffkeeper-hook";
  char said[STRING_BYTES_MAX];
  struct span name, path;
  enum step step;
  if (!take(c, '{')) return false;
  for (bool first = true; (step = member(c, first, &name)) == ITEM; first = false) {
    bool is_path = is(name, "path") && peek(c) == '"';
    if (is_path ? !string(c, &path) : !skip(c, 3)) return false;
    size_t length = is_path ? strlen(plain(path, said)) : 0;
    if (length >= sizeof PROGRAM - 1 && !strcmp(said + length - (sizeof PROGRAM - 1), PROGRAM)) {
      *ours = true;
    }
  }
  return step == END;
}

static bool scan_list(struct hook_list *list) {
  struct cursor c = {list->value.at, list->value.at + list->value.length};
  enum step step;
  list->empty = true;
  if (!take(&c, '[')) return is_null(list->value);
  list->first = c.at;
  while ((step = element(&c, list->empty)) == ITEM) {
    if (!scan_hook(&c, &list->present)) return false;
    list->empty = false;
  }
  return step == END;
}

/* Reads a value and says where it is; false if it is malformed, or not the first of its name. */
static bool note(struct cursor *c, struct span *value) {
  peek(c);
  const char *from = c->at;
  if (value->at || !skip(c, 1)) return false;
  *value = (struct span){from, (size_t)(c->at - from)};
  return true;
}

/* Ours goes last where a container begins, when the root is complete, and first where it ends. */
static void add_to_list(struct hook_list *list, bool last, struct edit *edit) {
  const char *comma = list->empty ? "" : ",";
  if (is_null(list->value)) {
    edit->at = list->value.at;
    edit->drop = list->value.length;
    snprintf(edit->text, sizeof edit->text, "[%s]", list->ours);
  } else if (last) {
    edit->at = list->value.at + list->value.length - 1;
    snprintf(edit->text, sizeof edit->text, "%s%s", comma, list->ours);
  } else {
    edit->at = list->first;
    snprintf(edit->text, sizeof edit->text, "%s%s", list->ours, comma);
  }
}

/* The edits of a hooks object; -1 if it is malformed. */
static int edit_hooks(struct span hooks, const char *create, const char *poststop,
                      struct edit edits[EDITS_MAX]) {
  struct cursor c = {hooks.at, hooks.at + hooks.length};
  struct hook_list prestart = {.name = "prestart"};
  struct hook_list lists[] = {{.name = "createRuntime", .ours = create},
                              {.name = "poststop", .ours = poststop}};
  struct span name;
  enum step step;
  if (!take(&c, '{')) return -1;
  const char *inside = c.at;
  bool empty = true;
  for (; (step = member(&c, empty, &name)) == ITEM; empty = false) {
    struct hook_list *list = is(name, prestart.name) ? &prestart
                             : is(name, lists[0].name) ? &lists[0]
                             : is(name, lists[1].name) ? &lists[1]
                                                       : NULL;
    if (list ? !note(&c, &list->value) || !scan_list(list) : !skip(&c, 2)) return -1;
  }
  if (step != END) return -1;
  lists[0].present |= prestart.present;

  int count = 0;
  struct edit *missing = NULL; /* one for all the lists that are not there */
  for (int i = 0; i < 2; i++) {
    if (lists[i].present) continue;
    if (lists[i].value.at) {
      add_to_list(&lists[i], i == 0, &edits[count++]);
      continue;
    }
    if (!missing) {
      missing = &edits[count++];
      missing->at = inside;
    }
    size_t used = strlen(missing->text);
    snprintf(missing->text + used, sizeof missing->text - used, "%s\"%s\":[%s]", used ? "," : "",
             lists[i].name, lists[i].ours);
  }
  if (missing && !empty) strcat(missing->text, ",");
  return count;
}

/* The text with the edits in it, allocated. */
static char *apply(struct span json, struct edit *edits, int count, size_t *length) {
  char *result = malloc(json.length + (size_t)count * sizeof edits->text + 1);
  const char *from = json.at;
  char *to = result;
  if (!result) return NULL;
  bool swapped = count == 2 && edits[1].at < edits[0].at;
  for (int i = 0; i < count; i++) {
    const struct edit *edit = &edits[swapped ? 1 - i : i];
    to = (char *)mempcpy(to, from, (size_t)(edit->at - from));
    to = stpcpy(to, edit->text);
    from = edit->at + edit->drop;
  }
  to = (char *)mempcpy(to, from, (size_t)(json.at + json.length - from));
  *length = (size_t)(to - result);
  return result;
}

enum outcome { NOT_ASKED, INJECTED, THERE_ALREADY, NO_JSON, NO_MEMORY };

/*
 * Adds hooks to a configuration that asks for them.
 *
 * create, poststop: JSON of a hook, shorter than HOOK_BYTES_MAX
 * result, length: the new text, to be freed; only if INJECTED
 */
static enum outcome inject(const char *json, size_t json_length, const char *create,
                           const char *poststop, char **result, size_t *length) {
  struct span hooks = {0}, annotations = {0}, name, text = {json, json_length};
  struct cursor c = {json, json + json_length};
  enum step step;
  if (!take(&c, '{')) return NO_JSON;
  const char *inside = c.at;
  for (bool first = true; (step = member(&c, first, &name)) == ITEM; first = false) {
    bool good = is(name, "hooks")         ? note(&c, &hooks)
                : is(name, "annotations") ? note(&c, &annotations)
                                          : skip(&c, 1);
    if (!good) return NO_JSON;
  }
  if (step != END || peek(&c) || c.at != c.end) return NO_JSON;
  if (!annotations.at || !opts_in(annotations)) return NOT_ASKED;

  struct edit *edits = calloc(EDITS_MAX, sizeof *edits);
  if (!edits) return NO_MEMORY;
  int count = 1;
  if (hooks.at && !is_null(hooks)) {
    count = edit_hooks(hooks, create, poststop, edits);
  } else {
    edits->at = hooks.at ? hooks.at : inside;
    edits->drop = hooks.length;
    snprintf(edits->text, sizeof edits->text, "%s{\"createRuntime\":[%s],\"poststop\":[%s]}%s",
             hooks.at ? "" : "\"hooks\":", create, poststop, hooks.at ? "" : ",");
  }
  *result = count > 0 ? apply(text, edits, count, length) : NULL;
  free(edits);
  if (count > 0) return *result ? INJECTED : NO_MEMORY;
  return count < 0 ? NO_JSON : THERE_ALREADY;
}

#endif
