/*
 * What this machine watches: watches.json, which vedette-agent-work writes from documents that it has verified.
 *
 *     {"documents": [{"document": "32 hex digits", "version": 3, "watches": [{"name": "root", "kind": "disk", …}, …]}, …]}
 *
 * Where two documents have a watch of one name, the one that stands first counts.
 */
#ifndef VEDETTE_WATCH_DEFINITIONS_H
#define VEDETTE_WATCH_DEFINITIONS_H

#include <jansson.h>

#include "agent/hours.h"
#include "agent/watch/condition.h"

struct problem;

#define WATCHES_FILE "watches.json"
#define WATCHES_MAX 64                /* of one agent */
#define WATCHES_BYTES (1024 * 1024)   /* of the file: WATCHES_MAX watches, and scripts that stand in some */
#define DOCUMENT_ID_BYTES 33

struct definition {
    char document[DOCUMENT_ID_BYTES];
    struct document_watched watch; /* texts are borrowed from the json */
    struct rule rule;
    struct hours windows;
    bool has_windows;
    int64_t every_ms;
    int depends_on; /* index of a definition before it; -1: on none */
};

struct definitions {
    json_t *json;
    size_t n;
    struct definition *items;
    size_t left_out; /* beyond WATCHES_MAX, or of a name that was taken */
};

/* *ret is untouched on failure, definitions_free's otherwise. */
int definitions_parse(const char *text, size_t bytes, struct definitions *ret, struct problem *);
/* The file; none there: nothing is watched. */
int definitions_load(const char *path, struct definitions *ret, struct problem *);
void definitions_free(struct definitions *);

#endif
