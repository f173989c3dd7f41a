/*
 * The endpoint owner's policy: what this machine allows, whatever the server asks. Lines of `key = value`, # comments.
 * A key that this agent does not know is an error: a policy that is not understood is not one that is kept.
 */
#ifndef VEDETTE_AGENT_POLICY_H
#define VEDETTE_AGENT_POLICY_H

#include <stdbool.h>
#include <stddef.h>

struct problem;

#define POLICY_DEFAULT "/etc/vedette/policy.conf"
#define POLICY_LIMIT_BYTES 65536

struct policy {
    bool inventory;       /* report the machine (what-i-send lists the fields) */
    bool server_may_wake; /* follow the server's wakes; else mail is only polled */
};

/* One row a key: the parser, `status` and the example are of one mind. */
struct policy_key {
    const char *name;
    size_t offset; /* of its bool in struct policy */
    bool initial;
    const char *meaning;
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
