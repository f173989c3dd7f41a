/*
 * The log as a whole: entries are staged and committed in the journal, signed for while the disk writes them, and posted to
 * the trees soon after. Needs no loop and no sockets.
 *
 *     journal_stage … → ledger_commit: one frame, write begun → hash, sign checkpoints → fdatasync → acknowledge
 *                                                      later: tiles, bundles, checkpoint files (tiler)
 */
#ifndef VEDETTE_LEDGER_H
#define VEDETTE_LEDGER_H

#include "lib/tlog/growth.h"
#include "services/audit/tiles/tiler.h"

/* Of the journal not posted yet; a restart has to post it first, too. */
#define LEDGER_BEHIND_BYTES_MAX (256u << 20)
#define LEDGER_RESERVE_BYTES (16u << 20) /* and so much beyond that of entries that may use the reserve */

struct ledger;

struct ledger_options {
    const char *journal, *log, *second_place; /* directories; log and second_place must be there */
    size_t segment_bytes;
    const char *deployment;
    const uint8_t *seed;       /* ED25519_SEED_BYTES, for all classes */
    void (*posted)(void *arg); /* called in another thread after each round of posting; NULL: not */
    void *arg;
};

/* Brings journal and trees together, or refuses: where one contradicts the other, a checkpoint or the second place.
 * Texts of the options are the caller's while the ledger lives, the seed is copied. */
struct ledger *ledger_open(const struct ledger_options *, struct problem *);
void ledger_free(struct ledger *); /* posts what is committed */

/* To stage in, and to keep marks in. Commit is ledger_commit alone. */
struct journal *ledger_journal(struct ledger *);
/* journal_room, or JOURNAL_FULL while posting is too far behind. */
enum journal_room ledger_room(struct ledger *, size_t entry_bytes);
/* The same for an entry that may use the reserve: of the journal, and of what may wait to be posted. */
enum journal_room ledger_room_with_reserve(struct ledger *, size_t entry_bytes);
/* All staged entries are durable, and signed checkpoints cover them. -1 + problem: see journal.h. */
int ledger_commit(struct ledger *, struct problem *);

/* Visit committed entries as journal_read does, those that the journal has dropped from their bundles. */
int ledger_read(struct ledger *, enum class, uint64_t from, journal_visit *, void *arg, struct problem *);

/* The newest checkpoint that tiles in the directory stand behind, and the key that it is signed with. */
void ledger_checkpoint(struct ledger *, enum class, struct signed_checkpoint *ret);
const struct tlog_vkey *ledger_key(const struct ledger *, enum class);
/* Where the class's tree stands. */
const char *ledger_directory(const struct ledger *, enum class);

/* A posted checkpoint with what witnesses wrote under it; size 0: none. */
struct cosigned_checkpoint {
    uint64_t size;
    const char *text;
    size_t bytes;
};
/* Entry and receipt (tlog-proof@v1) appended: under the cosigned checkpoint if the entry is in its tree, else under the
 * newest. 1: its tiles are on their way; ask again after posted(). */
int ledger_prove(struct ledger *, enum class, uint64_t sequence, const struct cosigned_checkpoint *, struct buf *entry,
    struct buf *receipt, struct problem *);

/* The proof between two sizes of the tree, the larger at most that of the posted checkpoint: see lib/tlog/growth.h. */
int ledger_prove_growth(
    struct ledger *, enum class, uint64_t old_size, uint64_t size, struct tlog_growth *ret, struct problem *);

/* Delete from the journal what was posted. */
void ledger_trim(struct ledger *);
uint64_t ledger_behind(struct ledger *);
bool ledger_second_place_fails(struct ledger *);

#endif
