/*
 * Mail on the agent's disk, where vedette-agent-carry (which has the network) and vedette-agent-work (which has the
 * keys) meet. Paths are relative to the state directory; what root makes there is given to the directory's owner.
 *
 *     mail/in/<SHA-256 of it>                           an envelope as it came, until work has dealt with it
 *     mail/out/<addressee>.<incarnation>.<counter>      an envelope of ours, until the server has it
 *
 *     mail/carried                                      the carrier (carriers.h) that worked last
 *
 * Addressees are words; numbers have 20 digits. A file is whole or not there. The same envelope that comes twice, by
 * any carriers, is one file.
 */
#ifndef VEDETTE_AGENT_MAIL_H
#define VEDETTE_AGENT_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract.h"
#include "lib/envelope/stream.h"

struct problem;

#define MAIL_DIR "mail"
#define MAIL_IN_DIR MAIL_DIR "/in"
#define MAIL_OUT_DIR MAIL_DIR "/out"
#define MAIL_NAME_BYTES 80
#define MAIL_IN_MAX 1024                /* envelopes: more are fetched when work has dealt with some */
#define MAIL_OUT_MAX 8192               /* envelopes: the folder is looked through for each that is added, 8 ms then */
#define MAIL_OUT_BYTES_MAX (256u << 20) /* what waits while the server is away: output beyond it is cut off */

/* Make the folders. Each program, at its start. */
int mail_open(struct problem *);

/* Keep an envelope that came. It is durable when this returns. "mail-full": MAIL_IN_MAX are here already. */
int mail_keep(const void *envelope, size_t bytes, struct problem *);
/* The same of one in base64, as carriers bring it; refused with the carrier's code if it is none. */
int mail_keep_text(const char *base64, const char *code, struct problem *);

/* Give an envelope to carry, in three steps, so that a crash neither loses it nor uses its place twice: mail_draft;
 * write down durably that the place is used (struct stream_sender); mail_send. "mail-full": so much waits
 * already. */
int mail_draft(enum addressee, struct stream_place, const void *envelope, size_t bytes, struct problem *);
int mail_send(enum addressee, struct stream_place, struct problem *);
/* After a start, with the last place that was written down: sends what a crash left as a draft up to there, and forgets
 * a draft beyond it. */
int mail_settle(enum addressee, struct stream_place last, struct problem *);

/* The state directory was restored from a copy, which does not know all the places that were used: noted by the
 * resident when the server shows it, until work has begun a new incarnation of each stream (stream_restored). */
int mail_note_restored(struct problem *);
bool mail_was_restored(void);
void mail_begun_anew(void);

/* Which carrier worked last, and whether it was one that brings parcels: such a one fetches no files. */
void mail_note_carrier(const char *carrier);
bool mail_comes_by_parcel(void);

/* Is there an envelope in the folder? */
bool mail_waits(const char *folder);
/* What is in a folder, in the order of names: in mail/out/ each stream's in its order. *ret is the caller's to free. */
struct mail_name {
    char text[MAIL_NAME_BYTES];
};
int mail_list(const char *folder, struct mail_name **ret, size_t *ret_n, struct problem *);
/* *ret is the caller's to free. "gone": somebody else removed it; "too-large": nothing that mail_keep keeps. */
int mail_read(const char *folder, const char *name, char **ret, size_t *ret_bytes, struct problem *);
/* It was dealt with, or the server has it. Not synced: what comes back after a power cut is a repeat. */
void mail_remove(const char *folder, const char *name);
/* Of a name in mail/out/; -1: it is none of ours. */
int mail_addressee(const char *name, enum addressee *ret);

#endif
