/* Checkpoints (c2sp.org/tlog-checkpoint): a note whose text is origin, size, root hash, one a line. */
#ifndef VEDETTE_TLOG_CHECKPOINT_H
#define VEDETTE_TLOG_CHECKPOINT_H

#include "lib/tlog/note.h"
#include "lib/tlog/tlog.h"

struct tlog_checkpoint {
    char origin[TLOG_NAME_BYTES];
    uint64_t size;
    uint8_t root[TLOG_HASH_BYTES];
};

/* The text of a note; extension lines are tolerated, and mean nothing here: they remain part of what is signed. */
int tlog_checkpoint_parse(const char *text, size_t bytes, struct tlog_checkpoint *ret, struct problem *);
/* Append the note: three lines, an empty one, the log's signature. The origin must be the signer's name. */
int tlog_checkpoint_sign(struct buf *, const struct tlog_checkpoint *, const struct tlog_signer *);
/* Parse a note and believe it: signed by the log, whose origin is the name of its key. ret_note may be NULL. */
int tlog_checkpoint_open(const char *data, size_t bytes, const struct tlog_vkey *log, struct tlog_checkpoint *ret,
    struct tlog_note *ret_note, struct problem *);

#endif
