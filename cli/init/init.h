/* `vedette init` in its parts; each may be done again and keeps what is there. Working directory: the state
 * directory. */
#ifndef VEDETTE_CLI_INIT_H
#define VEDETTE_CLI_INIT_H

#include "cli/keep.h"
#include "contract.h"
#include "lib/certificate.h"

/* A process with a folder of its own. */
enum folder { FOLDER_INGEST, FOLDER_PORTAL, FOLDER_SCHEDULER, FOLDER_BACKUP, FOLDER_AUDIT, FOLDER_ALERT, FOLDER_COUNT };
extern const char *const folder_names[FOLDER_COUNT];

struct layout {
    struct settings settings;
    struct owner us, redis, ship, owners[FOLDER_COUNT];
};

/* vedette.conf: made or kept, then the n assignments ("section.key=value") and the services' users set in it. */
int init_conf(const char *const *assignments, size_t n, struct layout *ret, struct problem *);
int init_folders(const struct layout *, struct problem *);
/* A CURVE key for each role, and the table of the public ones. */
int init_bus_keys(const struct layout *, struct problem *);
/* The private CA, and certificates for ingest and the portal; renewed when due or when the names changed. */
int init_certificates(const struct layout *, char ret_fingerprint[FINGERPRINT_BYTES], struct problem *);
/* The pairs by which services sign and open sealed messages; their public halves go into the trust file. */
int init_envelope_keys(const struct layout *, struct problem *);
/* One of them; kept where it is there, for agents know it from the trust file, and a rotation of that replaces it. */
int init_envelope_key(const char *path, const struct owner *, struct problem *);
/* Spools of the server's own backup, where the settings name targets for it. */
int init_offsite(const struct layout *, struct problem *);
/* Master keys, the log's key; Redis with its users. */
int init_secrets(const struct layout *, struct problem *);

#endif
