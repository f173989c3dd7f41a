/*
 * A server's own backups (docs/decisions/0047): what belongs together because one user may read it is a set, with a
 * repository of its own. Their numbers are none that an agent gets.
 */
#ifndef VEDETTE_REPOSITORY_SERVER_SETS_H
#define VEDETTE_REPOSITORY_SERVER_SETS_H

#include <stdint.h>

enum server_set {
    SERVER_CONFIGURATION, /* root's: settings, the CA, the command line's key */
    SERVER_AUDIT,         /* with the log */
    SERVER_INGEST,
    SERVER_PORTAL,
    SERVER_SCHEDULER,
    SERVER_BACKUP,
    SERVER_ALERT,
    SERVER_ACCESS, /* what the log has of class `access`: each backup what came since the one before, kept for its days
                    */
    SERVER_SET_COUNT,
};
/* "configuration", "access", and otherwise the service's name, which is that of its folder. */
extern const char *const server_set_words[SERVER_SET_COUNT];

/* Of the set's repository: vedette1/<number>/. */
static inline uint32_t server_set_number(enum server_set set)
{
    return UINT32_C(4294967040) + (uint32_t)set;
}

/* With what its commits are signed: "ingest/copy.key". It is copied with the set, so that what a restored server writes is
 * by the same hand. Access logs are copied with the rest of the log. */
extern const char *const server_set_keys[SERVER_SET_COUNT];

/* In the state directory: the folders of sets, and whose signature is good for which, in lines of set and
 * fingerprint. */
#define SERVER_COPIES "offsite"
#define SERVER_SIGNERS "offsite/signers"
#define SERVER_COPIED "copied"                     /* in a set's folder; its time says when all was copied last */
#define SERVER_COPIES_STATUS "offsite/ship/status" /* offsite/ship/status.h */

#endif
