/* Asking an S3 server, as the files of that kind share it. For lib/target/ alone; s3_http.c is the only user of
 * libcurl. */
#ifndef VEDETTE_TARGET_S3_H
#define VEDETTE_TARGET_S3_H

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/target/s3_xml.h"
#include "lib/target/transport.h"

#define S3_ANSWER_LIMIT_BYTES (8u << 20) /* a page of 1,000 names of the greatest length takes 4 MiB */
#define S3_KEY_BYTES (TARGET_PATH_BYTES + TARGET_NAME_BYTES)
#define S3_HEADERS_MAX 8
#define S3_HEADER_BYTES 192

struct s3 {
    void *curl;
    char access_key[160], secret_key[160];
    bool bucket_checked; /* it is there, and that of the pinned owner */
};

enum s3_method { S3_GET, S3_HEAD, S3_PUT, S3_DELETE };

struct s3_request {
    enum s3_method method;
    const char *key;                               /* of the object; "" for the bucket */
    const char *query;                             /* "" or in canonical order and form, as it is signed */
    char headers[S3_HEADERS_MAX][S3_HEADER_BYTES]; /* "name: value" */
    unsigned n_headers;
    struct cargo *cargo;       /* what is put */
    const uint8_t *hash;       /* SHA-256 of it; NULL: of nothing */
    struct fetching *fetching; /* where an object goes; NULL: into the answer */
};
/* It must fit; a programmer's error else. */
void s3_header(struct s3_request *, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct s3_answer {
    long status;
    bool tagged;    /* it has an ETag: an object server speaks, not some page between */
    bool versioned; /* what was put is a version among others */
    uint64_t bytes;
    int64_t modified_s;
    struct s3_error error; /* with a status that is none of success */
    struct buf body;       /* to be freed whatever the result is */
};

/* Ask, and say what the answer means: DONE with 2xx. EXISTS is a condition not met. what: "put", … for the problem. */
enum target_result s3_ask(
    struct target *, const struct s3_request *, struct s3_answer *, const char *what, struct problem *);

int s3_http_open(struct s3 *, const struct target_conf *, struct problem *);
void s3_http_close(struct s3 *);
/* Whatever status: DONE. Else why there was no whole answer. */
enum target_result s3_http(struct target *, const struct s3_request *, struct s3_answer *, struct problem *);

/* The object's key in the bucket. */
void s3_key(const struct target *, const char *name, char ret[S3_KEY_BYTES]);
/* Its name of the key as it was listed; NULL: none of ours. key is changed. */
const char *s3_name(const struct target *, char *key);
/* &name=value, percent-encoded. */
int s3_query(struct buf *, const char *name, const char *value);

enum target_result s3_put(struct target *, const char *name, struct cargo *, struct problem *);
enum target_result s3_find(struct target *, const char *name, struct target_object *ret, struct problem *);
enum target_result s3_list(struct target *, const char *folder, target_lister, void *arg, struct problem *);
enum target_result s3_remove(struct target *, const char *name, struct problem *);

/* Put over what is there, or try to on the condition that nothing is; make it seem gone. For rights.h. */
enum target_result s3_replace(
    struct target *, const char *name, const struct iovec *part, bool condition, bool *ret_versioned, struct problem *);
enum target_result s3_hide(struct target *, const char *name, struct problem *);

#endif
