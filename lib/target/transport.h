/* How a kind of target is reached, one attempt each, and what all kinds share. For lib/target/ alone. */
#ifndef VEDETTE_TARGET_TRANSPORT_H
#define VEDETTE_TARGET_TRANSPORT_H

#include "lib/target/conf.h"
#include "lib/target/pace.h"
#include "lib/target/target.h"

#define TARGET_DEPTH_MAX 8             /* folders in a name: vedette1/<agent>/s needs three */
#define TARGET_PIECE_BYTES (256 << 10) /* moved between two looks at the clock and at `stopped` */

/* What a put carries. */
struct cargo {
    const struct iovec *parts;
    size_t n_parts, bytes;
    bool asked; /* an attempt of this call has asked to create it: an empty one under the name may be ours */
    bool sent;  /* and has begun to send it: what stands under the name may be ours */
};
/* Copy what stands from `from` on; how many bytes that were, 0 at the end. */
size_t cargo_read(const struct cargo *, size_t from, void *ret, size_t room);

/* What of a get is still to come. */
struct fetching {
    uint64_t from, left;
    target_sink sink; /* NULL: it is appended to */
    struct buf *whole;
    void *arg;
};

struct transport {
    /* Each is one attempt: UNREACHED is tried again. `at` keeps the connection from call to call. */
    enum target_result (*put)(struct target *, const char *name, struct cargo *, struct problem *);
    enum target_result (*get)(struct target *, const char *name, struct fetching *, struct problem *);
    enum target_result (*find)(struct target *, const char *name, struct target_object *ret, struct problem *);
    /* Tries again by itself (`tries`), since it knows from where. folder ends with '/' or is "". */
    enum target_result (*list)(struct target *, const char *folder, target_lister, void *arg, struct problem *);
    int (*open)(struct target *, struct problem *);
    void (*hang_up)(struct target *); /* after UNREACHED: what comes next begins anew */
    void (*close)(struct target *);
};
extern const struct transport transport_directory, transport_sftp, transport_s3;

struct target {
    const struct transport *transport;
    struct target_conf conf;
    struct target_manner manner;
    struct pace pace;
    int64_t ends_ms; /* of the call that is being made, monotonic */
    void *at;        /* the kind's own */
};

typedef enum target_result (*target_attempt)(struct target *, void *arg, struct problem *);
/* Until the result is another than UNREACHED, or time is up. */
enum target_result tries(struct target *, target_attempt, void *arg, struct problem *);

/* So many bytes more went over the wire: told, and slowed down to the limit. DONE: go on. */
enum target_result target_moved(struct target *, uint64_t bytes);
/* DONE, or why the call must end now: STOPPED, or UNREACHED once its time is up. */
enum target_result target_may_go_on(const struct target *);
/* A list goes on: its time begins anew with each object that is told. */
enum target_result target_heard(struct target *);
/* Where the next bytes may be read to, so that they need not be copied; NULL: anywhere, and
 * who gives them is told why. */
void *fetching_room(const struct fetching *, size_t bytes);
/* Hand on what was fetched: `from` and `left` move on. */
enum target_result fetching_give(struct target *, struct fetching *, const void *data, size_t bytes);

#endif
