/* A document: what people signed, parsed wholly. Kinds and members stand in contract/documents.def. */
#ifndef VEDETTE_SIGNED_DOCUMENT_H
#define VEDETTE_SIGNED_DOCUMENT_H

#include <stdbool.h>

#include "lib/signed/dsse.h"

struct document {
    union document_body body; /* body.head.kind says which; texts are borrowed from json */
    json_t *json;
};

/* The payload of an envelope, whose type must be that of the kind it says. Every limit is kept, and every rule that
 * can be judged from the document alone. *ret is untouched on failure, document_free's otherwise. */
int document_parse(const struct dsse *, struct document *ret, struct problem *);
/* The same of an envelope as it was stored, when its signatures were verified before; and of one that is of this kind. */
int document_open(const char *envelope, struct document *ret, struct problem *);
int document_open_kind(const char *envelope, enum document_kind, struct document *ret, struct problem *);
/* A payload that nobody signed yet; its kind is what it says. */
int document_read(const char *payload, size_t bytes, struct document *ret, struct problem *);
void document_free(struct document *);

/* For whom a document is: agents by name, or all of a tenant, or of one of its sites; none of these: everybody. */
struct document_scope {
    size_t n_targets;
    const struct document_target *targets;
    const char *tenant, *site; /* NULL: not said */
    uint32_t fresh_within_s;   /* 0: not said */
};
void document_scope(const struct document *, struct document_scope *ret);
/* tenant, site: where the agent was enrolled; NULL: nowhere. */
bool document_is_for(const struct document *, const char *fingerprint, const char *tenant, const char *site);

/* Freeze and unfreeze are versions of one document; other kinds share a document's id with nobody. Of trust, status and
 * revocation a deployment has one each. True: a version of the one replaces a version of the other. */
bool document_same(const struct document_head *a, const struct document_head *b);

#endif
