/* A JSON object that stands in a small file (lib/files.h). */
#ifndef VEDETTE_JSON_FILE_H
#define VEDETTE_JSON_FILE_H

#include <jansson.h>
#include <sys/types.h>

struct problem;

/* As message_parse reads it: the caller's. NULL + problem. */
json_t *json_file_read(const char *path, size_t limit_bytes, struct problem *);
/* In the place of what stood there; flags say how jansson lays it out. The object is given away; NULL: no memory. */
int json_file_write(const char *path, json_t *, size_t flags, mode_t, struct problem *);

#endif
