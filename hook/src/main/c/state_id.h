/* The container's id, taken from an OCI state document. */
#ifndef DIFFKEEPER_STATE_ID_H
#define DIFFKEEPER_STATE_ID_H

#include <stdbool.h>
#include <stddef.h>

enum { STATE_ID_LENGTH_MAX = 255 };

/*
 * Finds the top-level string member "id" of the JSON object in json[0..length).
 *
 * No more is parsed than that takes: strings and brackets; the keeper reads the rest. The id
 * becomes a path component, so it must be [A-Za-z0-9_.-]{1,255} and neither "." nor "..", and there
 * must be exactly one. Returns false, with id empty, for everything else.
 */
bool state_id(const char *json, size_t length, char id[STATE_ID_LENGTH_MAX + 1]);

#endif
