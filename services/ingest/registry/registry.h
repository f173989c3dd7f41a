/* The registry of agents and sites, ingest.db: who they are and their secrets, wrapped. Tokens are in tokens.h. */
#ifndef INGEST_REGISTRY_H
#define INGEST_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypto.h"

struct db;
struct hot;
struct problem;
struct sites;

struct registry {
    struct db *db;
    uint8_t wrap_key[SECRET_BYTES];     /* HKDF of the master key */
};

int registry_open(struct registry *, const char *path, const char *master_key_file, struct problem *);
void registry_close(struct registry *);
/* All agents and sites into memory: ids, keys, sites, who is retired or in maintenance. */
int registry_load(struct registry *, struct hot *, struct sites *, struct problem *);

/* The id of a site, which is made if it is new; 0 + problem. */
uint32_t registry_site(struct registry *, struct sites *, const char *tenant, const char *name, struct problem *);

/* Texts may be NULL but for name. */
struct agent_row {
    uint32_t agent, site, token;
    const char *name, *sign_key, *seal_key, *fingerprint, *hostname, *os, *kernel, *version, *inventory;
    int64_t enrolled_at, maintenance_until;
};

/* Each agent in from … to; texts are valid during the call. -1 + problem. */
int registry_each(struct registry *, uint32_t from, uint32_t to, void (*each)(void *arg, const struct agent_row *),
                  void *arg, struct problem *);
/* The agent with this fingerprint that is not retired: 1 found, 0 none, -1 + problem. */
int registry_find(struct registry *, const char *fingerprint, uint32_t *ret_agent, struct problem *);

int registry_add(struct registry *, const struct agent_row *, const uint8_t secret[SECRET_BYTES], struct problem *);
int registry_secret(struct registry *, uint32_t agent, uint8_t ret[SECRET_BYTES], struct problem *);
int registry_rename(struct registry *, uint32_t agent, const char *name, struct problem *);
int registry_move(struct registry *, uint32_t agent, uint32_t site, struct problem *);
int registry_retire(struct registry *, uint32_t agent, int64_t now_ms, struct problem *);

#define MAINTENANCE_NONE (-1)
#define MAINTENANCE_OPEN 0              /* until somebody ends it */
int registry_set_maintenance(struct registry *, uint32_t agent, int64_t until_ms, struct problem *);
/* An agent whose maintenance is over at now_ms; 0: none. */
uint32_t registry_maintenance_over(struct registry *, int64_t now_ms);

/* What the agent reported of its machine; NULL leaves a column. 1 if that changed anything, 0 if not, -1 + problem. */
int registry_report(struct registry *, const struct agent_row *, struct problem *);

/* Single values. get: -1 if there is none of this length. */
int registry_kept(struct registry *, const char *name, void *ret, size_t bytes);
int registry_keep(struct registry *, const char *name, const void *value, size_t bytes, struct problem *);

#endif
