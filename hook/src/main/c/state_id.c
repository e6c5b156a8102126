#include "state_id.h"

#include <string.h>

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_safe(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

static bool copy_id(const char *from, size_t length, char id[STATE_ID_LENGTH_MAX + 1]) {
  if (length < 1 || length > STATE_ID_LENGTH_MAX) return false;
  for (size_t i = 0; i < length; i++) {
    if (!is_safe(from[i])) return false;
  }
  memcpy(id, from, length);
  id[length] = '\0';
  return strcmp(id, ".") && strcmp(id, "..");
}

static bool find(const char *json, size_t length, char id[STATE_ID_LENGTH_MAX + 1]) {
  int depth = 0, found = 0;
  bool is_value = false, is_id = false; /* of the string to come, at depth 1 */
  for (size_t i = 0; i < length; i++) {
    char c = json[i];
    if (is_blank(c)) continue;
    if (depth == 0 && c != '{') return false;
    if (c == '"') {
      size_t start = ++i;
      while (i < length && json[i] != '"') i += json[i] == '\\' ? 2 : 1;
      if (i >= length) return false;
      if (depth == 1 && is_id && is_value && (found++ || !copy_id(json + start, i - start, id))) {
        return false;
      }
      is_id = depth == 1 && !is_value && i - start == 2 && !memcmp(json + start, "id", 2);
    } else if (c == '{' || c == '[') {
      if (is_id) return false;
      depth++;
      is_value = false;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return c == '}' && found == 1 && length == i + 1;
    } else if (c == ':' || c == ',') {
      is_value = c == ':';
    } else if (is_id) {
      return false;
    }
  }
  return false;
}

bool state_id(const char *json, size_t length, char id[STATE_ID_LENGTH_MAX + 1]) {
  while (length > 0 && is_blank(json[length - 1])) length--;
  if (find(json, length, id)) return true;
  id[0] = '\0';
  return false;
}
