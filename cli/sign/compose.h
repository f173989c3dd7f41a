/* Payloads, written by the commands that make documents: JSON for people to read, checked before it is a file. */
#ifndef VEDETTE_CLI_SIGN_COMPOSE_H
#define VEDETTE_CLI_SIGN_COMPOSE_H

#include <jansson.h>

#include "cli/cli.h"
#include "contract.h"

#define ID_BYTES 33 /* of a deployment, a document */
void compose_id(char ret[ID_BYTES]);

struct head {
    enum document_kind kind;
    const char *deployment, *document;
    uint32_t version;
    const char *title;
    int64_t not_before_ms, expires_ms; /* 0: now, and in default_days */
    int default_days;
};

/* A new object that begins with the head. NULL: no memory. */
json_t *compose_head(const struct head *);

/* Write it, if it is a document that could be signed. The object is consumed. */
int compose_write(json_t *payload, const char *path, struct problem *);

/* The same, and signed at once, for what one person may sign: the envelope goes to the argument FILE. */
int compose_and_sign(struct cli *, const struct command *, const struct given *, json_t *payload, struct problem *);

/* The version that follows that of a file (--replaces), signed or not, which must be of the head's kind; NULL: the
 * first. */
int compose_follow(struct cli *, const char *file, struct head *, char id[ID_BYTES], struct problem *);

/* --not-before and --expires (a time, or a duration from now), where they were given. */
int compose_times(const struct command *, const struct given *, struct head *, struct problem *);

/* --agent ID|FINGERPRINT[=NAME], --tenant, --site into the members targets, or tenant and site. An agent by its id is
 * asked of the server, whose word for its fingerprint is shown before anything is signed. */
int compose_scope(struct cli *, const struct command *, const struct given *, json_t *payload, struct problem *);

/* Adds what a kind has of its own to a payload that has head and scope. */
typedef int compose_members(
    struct cli *, json_t *payload, const struct command *, const struct given *, struct problem *);

/* A member out of an option's text, where it was given. */
int compose_number(json_t *payload, const char *member, const char *option, const char *text, struct problem *);
int compose_duration(json_t *payload, const char *member, const char *option, const char *text, struct problem *);
/* --canary, --ring, --stop-failures, --fresh-within: who goes first, and how fresh the status must be. */
int compose_rollout(json_t *payload, const struct command *, const struct given *, struct problem *);

/* A subcommand that writes a payload for people to sign: its title, its times, whom it is for and which version it
 * follows by the options above, into the argument FILE. */
enum outcome compose_new(struct cli *, const struct command *, const struct given *, enum document_kind,
    int default_days, compose_members *);

#endif
