/* Documents in scheduler.db: each version of each, how far it is, and its texts. */
#ifndef SCHEDULER_DOCUMENTS_H
#define SCHEDULER_DOCUMENTS_H

#include "contract.h"
#include "lib/records.h"

#define DOCUMENT_ID_BYTES 33 /* of fields.def, and NUL; so are the others */
#define DOCUMENT_HASH_BYTES 65
#define TITLE_BYTES 201
#define TENANT_BYTES 33
#define ACTOR_BYTES 97
#define SIGNERS_BYTES 1025
#define MAY_SIGN_BYTES 4097

struct paper {
    int64_t number; /* in the order in which they came; 0: not stored yet */
    char document[DOCUMENT_ID_BYTES];
    uint32_t version;
    enum document_kind kind;
    enum document_state state;
    char title[TITLE_BYTES];
    char sha256[DOCUMENT_HASH_BYTES];
    char tenant[TENANT_BYTES]; /* "": several, or the whole deployment */
    char maker[ACTOR_BYTES];
    int64_t made_ms, not_before_ms, expires_ms;
    bool recurring;
    char signers[SIGNERS_BYTES], may_sign[MAY_SIGN_BYTES];
    uint32_t signatures, threshold;
    uint32_t stop_failures; /* of its rollout; 0: none stop it */
    bool wants_receipt;     /* agents do nothing of it without one */
    int64_t sequence;       /* of document.logged in class ops; -1: not known yet */
    bool has_receipt, resolved;
};

/* Texts of one; the caller's to free. NULL: it has none. */
struct paper_texts {
    char *dsse, *entry, *receipt;
};

/* A new version; sets number. */
void documents_add(struct records *, struct paper *, const char *dsse);
/* A draft has another signature: signers, may_sign, signatures, state and dsse are replaced. */
void documents_sign(struct records *, const struct paper *, const char *dsse);
void documents_state(struct records *, int64_t number, enum document_state);
void documents_logged(struct records *, int64_t number, uint64_t sequence);
void documents_receipt(struct records *, int64_t number, const char *entry, const char *receipt);
/* Its deliveries are made. */
void documents_resolved(struct records *, int64_t number);

/* Trust, status and revocation of a deployment have its id, each with versions of its own; freeze and unfreeze are
 * versions of one document. The kind to look for: -1, any. */
int documents_series(enum document_kind);
/* false: there is none. kind -1: any; version 0: the newest. */
bool documents_find(struct records *, const char *document, int kind, uint32_t version, struct paper *ret);
/* Have people signed a newer version of it, as many as it took? kind as above. */
bool documents_is_passed(struct records *, const char *document, int kind, uint32_t version);
/* Of a tenant ("": several, or all), how many have not the signatures that they need: those that wait for them, and
 * those that were put down since and came to nothing. */
int64_t documents_incomplete(struct records *, const char *tenant, int64_t since_ms);
/* Is any version of it, of whatever kind, not of this tenant alone? */
bool documents_is_of_others(struct records *, const char *document, const char *tenant);
/* The version that people mean: the one they name; if none (0), the newest that was signed; without such, the
 * newest. */
bool documents_meant(struct records *, const char *document, uint32_t version, struct paper *ret);
/* Versions of it (0: all), of whatever kind, by which something may go on or begin, newest first, at most n. */
size_t documents_going_on(struct records *, const char *document, uint32_t version, int64_t *ret, size_t n);
bool documents_get(struct records *, int64_t number, struct paper *ret);
/* The newest of a kind that is in force. */
bool documents_newest(struct records *, enum document_kind, struct paper *ret);
void documents_texts(struct records *, int64_t number, struct paper_texts *ret);
void documents_texts_free(struct paper_texts *);

/* Numbers of documents behind a number, oldest first, at most n: signed ones that the log is not known to have; logged
 * ones that want a receipt and have none; those that can go to their agents now and have not. */
size_t documents_unlogged(struct records *, int64_t after, int64_t *ret, size_t n);
size_t documents_unproved(struct records *, int64_t after, int64_t *ret, size_t n);
size_t documents_unresolved(struct records *, int64_t now_ms, int64_t *ret, size_t n);
/* Those that may have come to their end, which documents/state.h says. */
size_t documents_ending(struct records *, int64_t now_ms, int64_t *ret, size_t n);
/* The highest number; 0: there is none. */
int64_t documents_last(struct records *);
/* That went to their agents and are good still. */
size_t documents_in_force(struct records *, int64_t now_ms, int64_t *ret, size_t n);

/* Newest first, of those that a tenant may see (NULL: all), of a kind and state (-1: any). */
void documents_each(struct records *, const char *tenant, int kind, int state, uint32_t limit,
    void (*each)(void *arg, const struct paper *), void *arg);

#endif
