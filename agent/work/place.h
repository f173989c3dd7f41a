/*
 * What vedette-agent-work keeps (0700, its own user's), apart from what the resident and the carrier may touch:
 *
 *     home             what root typed when it began to trust: deployment, pin, tenant, site
 *     trust/N          versions of the trust file, from the pinned one on, as signed
 *     status           the newest signed status         revocation      the newest revocation
 *     time             that it is at least, by the newest status and the machine's running since (lib/time_floor.h)
 *     checkpoint.LOG   newest signed checkpoint of a log
 *     fork.C.N         two checkpoints that cannot both be true: evidence, and no more work is taken (log_memory.h)
 *     documents/ID     documents held, with entry and receipt           progress/ID   how far each is
 *     orders/ID        orders of backups, and the commits of those that the server has not heard of (ordered.h)
 *     untold/ID        ends of its runs that the mail had no room for
 *     streams          places of envelopes sent and dealt with          reported        SHA-256 of what was told last
 *     keys/            of envelopes, that took the place of the enrolment's (post_keys.h)
 *     lock             held by the one that runs
 *     update           an update under way              version         highest version of the agent that was ever well
 *     programs/        versions of the agent, where it is not installed; guard.lock is held by the one that tries one
 *     answers/         of people who were asked, and activity.log: where the agent is not installed
 *
 * The program works inside this directory; paths are the names below.
 */
#ifndef VEDETTE_AGENT_WORK_PLACE_H
#define VEDETTE_AGENT_WORK_PLACE_H

struct options;
struct problem;

#define HOME_FILE "home"
#define TRUST_DIR "trust"
#define STATUS_FILE "status"
#define TIME_FILE "time"
#define REVOCATION_FILE "revocation"
#define CHECKPOINT_FILE "checkpoint."
#define UNPROVEN_FILE "unproven."
#define FORK_FILE "fork."
#define EVIDENCE_FILE "evidence."
#define PARDONED_FILE "pardoned" /* root has ended a fork, and the server was not told yet */
#define DOCUMENTS_DIR "documents"
#define PROGRESS_DIR "progress"
#define UNTOLD_DIR "untold"
#define ORDERS_DIR "orders"
#define STREAMS_FILE "streams"
#define KEYS_DIR "keys"
#define REPORTED_FILE "reported"
#define WORK_LOCK_FILE "lock"
#define ANSWERS_DIR "answers"
/* Where the people of the machine reach it; on the disk, for /run is memory that nobody else may fill. */
#define ANSWERS_INSTALLED "/var/lib/vedette-agent-answers"

/* Enter it, making it if need be; *ret_state is the state directory, opened, where mail is. Installed, it is
 * WORK_INSTALLED, root's; else `work` in the state directory, and root works as the user whom that belongs to. */
int place_enter(const struct options *, int *ret_state, struct problem *);
/* The folder of answers, made if need be, by who asks people: nobody else need be able to write there. */
int place_answers(const struct options *, struct problem *);
/* Wait for a predecessor that is still ending what it started; -1 + "already-running" if it does not within 20 s. */
int place_lock(struct problem *);

#endif
