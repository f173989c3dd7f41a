/*
 * A target: a place where repositories stand, be it a directory, an SFTP server or an S3 bucket. An object is put once
 * under its name and never changes; nothing here overwrites, renames or removes (remove.h does, for prune alone).
 *
 * Names are paths below the target, as "vedette1/<agent>/s/<sha256>.p7m". A call blocks until it is done, refused, or
 * out of time; what a network does in between (cuts, 5xx, slow-downs) is tried again with growing, jittered pauses, and
 * at most the one object on its way is sent or fetched again. Of one target one thread at a time may ask.
 */
#ifndef VEDETTE_TARGET_H
#define VEDETTE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct buf;
struct problem;
struct target;
struct target_conf; /* conf.h */

#define TARGET_OBJECT_BYTES_MAX ((16u << 20) + (1u << 20)) /* a segment, and what its envelope adds */
#define TARGET_NAME_BYTES 256                              /* of an object's name, with its NUL */

/* In all but the first case a problem tells people why. */
enum target_result {
    TARGET_DONE = 0,
    TARGET_EXISTS,    /* put: an object of this name and size is there; it was not touched */
    TARGET_BROKEN,    /* put: one of another size is there, as a cut upload's rest that the target lets nobody mend.
                         It is garbage: the content has to go under another name */
    TARGET_ABSENT,    /* there is no such object */
    TARGET_REFUSED,   /* credentials or rights do not allow it */
    TARGET_UNREACHED, /* no whole answer within the time */
    TARGET_FULL,      /* no room, or a quota */
    TARGET_CHANGED, /* it is another target than the one pinned (host key, CA, owner of the bucket): nothing was sent */
    TARGET_STOPPED, /* by the caller: `stopped`, a sink, a lister */
    TARGET_FAILED,  /* anything else: a disk's error, an answer that makes no sense, no memory */
};
const char *target_result_word(enum target_result); /* "done", "exists", … */

/* How calls are made. Zeroes are fine: no limits but the initial deadline. Callbacks run within a call, on its
 * thread. */
struct target_manner {
    int64_t deadline_ms;  /* of one call with its repetitions, of a list between two objects; 0: TARGET_DEADLINE_MS */
    uint64_t bytes_per_s; /* both ways together; 0: as fast as it goes */
    bool (*stopped)(void *arg); /* asked several times a second: whether to give up; NULL: never */
    void (*progress)(
        void *arg, uint64_t bytes); /* so many more went over the wire, those sent twice too; NULL: untold */
    void *arg;
};
#define TARGET_DEADLINE_MS (15 * 60 * 1000) /* a segment at 20 kB/s */

struct target_object {
    const char *name; /* good during the callback */
    uint64_t bytes;
    int64_t modified_s; /* by the target's clock, since 1970 */
};

/* Both structs are copied. Nothing is asked of the network yet. NULL + problem. */
struct target *target_open(const struct target_conf *, const struct target_manner *, struct problem *);
void target_close(struct target *);

/*
 * Put the parts, one after another, under a name that is not taken. DONE: the object is whole and durable, as far as
 * the target can be asked. On every other result nothing stands under the name that was not there before, but for SFTP:
 * there a cut may leave the first part of the object (see TARGET_BROKEN), so that whoever reads compares sizes or
 * hashes.
 */
enum target_result target_put(
    struct target *, const char *name, const struct iovec *parts, size_t n_parts, struct problem *);

/* Bytes in their order, none twice, however often the line is cut. Not 0 ends it: STOPPED. */
typedef int (*target_sink)(void *arg, const void *data, size_t bytes);
/* At most `bytes` from the byte `from` on; fewer where the object ends. UINT64_MAX: all that follows. */
enum target_result target_get(
    struct target *, const char *name, uint64_t from, uint64_t bytes, target_sink, void *arg, struct problem *);

/* Append all of it; STOPPED where the buffer takes no more. */
enum target_result target_fetch(struct target *, const char *name, struct buf *ret, struct problem *);

/* Size and time of one object; ret->name is the caller's own name. */
enum target_result target_find(struct target *, const char *name, struct target_object *ret, struct problem *);

/* Each object below the folder ("vedette1/<agent>/s/"; "": all), in no order, in memory that does not grow with their
 * number. After a cut it goes on; an object may be told twice, then. A folder that is not there has none: DONE. */
typedef int (*target_lister)(void *arg, const struct target_object *);
enum target_result target_list(struct target *, const char *folder, target_lister, void *arg, struct problem *);

/* Whether it is a name: words of [A-Za-z0-9._-] that begin with no dot, joined by '/'. */
bool target_is_name(const char *);

#endif
