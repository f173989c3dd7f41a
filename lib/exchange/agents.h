/* Agents as ingest tells of them (roster.c): where they belong, and the public keys by which they are written to. */
#ifndef VEDETTE_EXCHANGE_AGENTS_H
#define VEDETTE_EXCHANGE_AGENTS_H

#include "contract.h"
#include "lib/envelope_key.h"
#include "lib/records.h"

#define KEY_TEXT_BYTES 1025
#define SITE_BYTES 33
#define NAME_BYTES 65

struct agent_known {
    uint32_t agent;
    char fingerprint[FINGERPRINT_HEX_BYTES];
    char sign_key[KEY_TEXT_BYTES], seal_key[KEY_TEXT_BYTES];
    char tenant[SITE_BYTES], site[SITE_BYTES], name[NAME_BYTES];
};

/* 1: it was not known, or not with this key. */
int agents_note(struct records *, const struct call_agent_keys_reply_row *);
void agents_rename(struct records *, uint32_t agent, const char *name);
/* It was retired: nothing is sent to it any more. */
void agents_forget(struct records *, uint32_t agent);
bool agents_get(struct records *, uint32_t agent, struct agent_known *ret);

/* Ids of those that a document is for. */
typedef void agents_each(void *arg, uint32_t agent);
/* false: an agent of this fingerprint is not known. */
bool agents_by_fingerprint(struct records *, const char *fingerprint, uint32_t *ret, char ret_tenant[SITE_BYTES]);
/* tenant NULL: all; site NULL: all of the tenant. By id. */
void agents_of(struct records *, const char *tenant, const char *site, agents_each *, void *arg);

#endif
