/* A JSON object that stands in a small file (lib/files.h). */
#ifndef VEDETTE_JSON_FILE_H
#define VEDETTE_JSON_FILE_H

#include <jansson.h>
#include <sys/types.h>

struct problem;

/* Read as strictly as message_parse does; the caller's to json_decref. NULL + problem. */
json_t *json_file_read(const char *path, size_t limit_bytes, struct problem *);
/* Replace the file. flags: jansson's, for the layout. Takes the reference to the object; NULL (no memory) fails. */
int json_file_write(const char *path, json_t *, size_t flags, mode_t, struct problem *);

#endif
