/*
 * The endpoint owner's policy: what this machine allows, whatever the server asks and whoever signed. Lines of
 * `key = value`, # comments. A key that this agent does not know is an error: a policy that is not understood is not
 * one that is kept.
 */
#ifndef VEDETTE_AGENT_POLICY_H
#define VEDETTE_AGENT_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/hours.h"

struct problem;

#define POLICY_DEFAULT "/etc/vedette/policy.conf"
#define POLICY_LIMIT_BYTES 65536
#define POLICY_USERS 16
#define POLICY_NAME_BYTES 33 /* useradd's limit for a name, and NUL */

/* What may be asked of this machine: kinds of documents, as bits 1 << enum document_kind. What only stops something or
 * renews trust (revocation, freeze, status, …) needs no leave. */
extern const unsigned policy_kinds;

struct policy_users {
    bool others; /* `*`: whoever is not root and not the agent */
    size_t count;
    char names[POLICY_USERS][POLICY_NAME_BYTES];
};

#define POLICY_PATHS 16
#define POLICY_PATH_BYTES 256 /* a line of the file has no more */

struct policy_paths {
    size_t count;
    char paths[POLICY_PATHS][POLICY_PATH_BYTES]; /* in one form; with all that stands in them */
};

struct policy {
    bool inventory;       /* report the machine (what-i-send lists the fields) */
    bool server_may_wake; /* follow the server's wakes; else mail is only polled */
    bool scripts, freeze;
    unsigned kinds; /* of policy_kinds */
    struct policy_users users;
    struct hours hours;
    struct policy_paths backup_paths;
    struct policy_users backup_targets, backup_dumps; /* others: all that there are */
    struct hours backup_hours;
    int consent; /* enum consent: a floor */
    int64_t consent_wait_s, longest_life_s, fresh_within_s, time_limit_s;
    int64_t memory_limit_bytes, output_limit_bytes, processes_limit;
};

struct policy_form; /* how values of a key are written */

/* One row a key: the parser, `status` and the example are of one mind. */
struct policy_key {
    const char *name;
    const struct policy_form *form;
    size_t offset; /* in struct policy */
    const char *initial;
    int64_t min, max; /* of a number, in its own unit: seconds, bytes, a count */
    const char *meaning;
    bool settable; /* by a signed setting, which can only be stricter (policy_settings.h) */
};
extern const struct policy_key policy_keys[]; /* ended by name NULL */

/* The policy that holds: that of the named file, which must be there; path NULL: that of POLICY_DEFAULT, or without one
 * the initial values. */
int policy_find(const char *path, struct policy *ret, struct problem *);

/* The file must belong to root (or to us, where we are not root) and be writable by its owner only. */
int policy_load(const char *path, struct policy *ret, struct problem *);
/* The text alone; path is for the problem's sentence, text is ended by NUL. */
int policy_parse(const char *path, const char *text, struct policy *ret, struct problem *);

#endif
