/* What S3 answers in XML, read by expat: no document types, no entities of its own, nothing deep, nothing long.
 * Pure. */
#ifndef VEDETTE_TARGET_S3_XML_H
#define VEDETTE_TARGET_S3_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define S3_TEXT_BYTES 3073 /* of one element: a key of 1,024 bytes, percent-encoded, and NUL */

struct s3_error {
    char code[64], message[160];
};
/* -1: it is none. */
int s3_xml_error(const char *data, size_t bytes, struct s3_error *ret);

/* What ends a page of ListObjectsV2 or ListObjectVersions. */
struct s3_page {
    bool more;
    char token[S3_TEXT_BYTES];                                     /* where the next one begins, of objects */
    char key_marker[S3_TEXT_BYTES], version_marker[S3_TEXT_BYTES]; /* the same, of versions */
};

struct s3_entry {
    const char *key;     /* percent-encoded as the server sends it when it is asked to */
    const char *version; /* "" among objects */
    uint64_t bytes;
    int64_t modified_s;
};
/* Each entry as it comes; not 0 ends it with -2. -1: it is no such page, even if some entries were told. */
int s3_xml_list(
    const char *data, size_t bytes, int (*each)(void *arg, const struct s3_entry *), void *arg, struct s3_page *ret);

/* %XX resolved, in place. -1: stray %, or a NUL. */
int s3_decode(char *text);

#endif
