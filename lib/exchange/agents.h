/*
 * Agents as ingest tells of them (roster.c): where they belong, and the public keys of their enrolment; and the keys that
 * they took in the place of those, as they told us themselves (table `agent_key`; decision 53).
 */
#ifndef VEDETTE_EXCHANGE_AGENTS_H
#define VEDETTE_EXCHANGE_AGENTS_H

#include "contract.h"
#include "lib/envelope/key.h"
#include "lib/envelope/stream.h"
#include "lib/records.h"

#define KEY_TEXT_BYTES 1025
#define SITE_BYTES 33
#define NAME_BYTES 65

struct problem;

struct agent_known {
    uint32_t agent;
    char fingerprint[FINGERPRINT_HEX_BYTES]; /* of the key that it was enrolled with: how documents name it, for good */
    char signer[FINGERPRINT_HEX_BYTES], sign_key[KEY_TEXT_BYTES];               /* told last */
    char signer_before[FINGERPRINT_HEX_BYTES], sign_key_before[KEY_TEXT_BYTES]; /* "": none */
    struct stream_place since; /* of the first envelope that was dealt with by `signer`; zeros: none was */
    char seal_key[KEY_TEXT_BYTES];
    char tenant[SITE_BYTES], site[SITE_BYTES], name[NAME_BYTES];
};

/* 1: it was not known, or not with this key. */
int agents_note(struct records *, const struct call_agent_keys_reply_row *);
void agents_rename(struct records *, uint32_t agent, const char *name);
/* It was retired: nothing is sent to it any more. */
void agents_forget(struct records *, uint32_t agent);
bool agents_get(struct records *, uint32_t agent, struct agent_known *ret);

/* The public key with this fingerprint that the agent signs by, or signed by before; NULL: none of its. */
const char *agents_sign_key(const struct agent_known *, const char *fingerprint);
/* May it have signed what stands there? By the key of before only what stands before the first by the next one. */
bool agents_may_sign(const struct agent_known *, const char *fingerprint, struct stream_place);
/* What it signed by that key was dealt with, there. */
void agents_signed(struct records *, const struct agent_known *, const char *fingerprint, struct stream_place);
/* It says, by the key `signer`, which keys come next. 0: they are known from now on, or were; -1 + problem: they are
 * none, or that is an old word. */
int agents_rekey(struct records *, const struct agent_known *, const char *signer, const char *sign_key,
    const char *seal_key, struct problem *);

/* Ids of those that a document is for. */
typedef void agents_each(void *arg, uint32_t agent);
/* false: an agent of this fingerprint is not known. */
bool agents_by_fingerprint(struct records *, const char *fingerprint, uint32_t *ret, char ret_tenant[SITE_BYTES]);
/* tenant NULL: all; site NULL: all of the tenant. By id. */
void agents_of(struct records *, const char *tenant, const char *site, agents_each *, void *arg);

#endif
