/* A growing byte buffer with a limit. After a failed append (limit or memory) it stays as it was and says so. */
#ifndef VEDETTE_BUF_H
#define VEDETTE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;             /* length bytes, always followed by a NUL once anything was appended */
    size_t length, room;
    size_t limit_bytes; /* 0: 16 MiB */
    bool failed;        /* an append did not fit: what is here is incomplete */
    bool no_memory;     /* because there was none */
};

int buf_append(struct buf *, const void *bytes, size_t count);
int buf_text(struct buf *, const char *text);
int buf_format(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Append text as a JSON string with its quotes (RFC 8259); text must be valid UTF-8. */
int buf_json_string(struct buf *, const char *text, size_t count);
/* Make room for count more bytes and return where they go; the caller then adds what it wrote to length. */
char *buf_reserve(struct buf *, size_t count);
void buf_clear(struct buf *);
void buf_free(struct buf *);

#endif
