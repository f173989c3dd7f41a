/* Orders in backup.db: what is asked of an agent, and how far that is. */
#ifndef BACKUP_ORDERS_H
#define BACKUP_ORDERS_H

#include "contract.h"
#include "lib/calendar/civil.h"
#include "lib/exchange/agents.h"
#include "lib/repository/commit.h"

#define ORDER_TEXT_BYTES 4097 /* of `order` in fields.def, and NUL; so are the others */
#define ORDER_TITLE_BYTES 201
#define ORDER_CODE_BYTES 65
#define ORDER_REASON_BYTES 201

struct order {
    int64_t number; /* in the order in which they were made; 0: not stored yet */
    char backup[BACKUP_BYTES];
    uint32_t agent;
    char document[BACKUP_BYTES];
    uint32_t version;
    char title[ORDER_TITLE_BYTES];
    enum backup_class class;
    int64_t slot, kept_until; /* days since 1970 */
    char zone[ZONE_NAME_BYTES];
    char base[BACKUP_BYTES]; /* "": none */
    int64_t ordered_ms, begin_by_ms, expires_ms;
    char sha256[HEX_BYTES(SHA256_BYTES)]; /* of its text */
    enum backup_state state;
    int64_t since_ms, started_ms; /* started 0: it has not */
    char code[ORDER_CODE_BYTES], reason[ORDER_REASON_BYTES];
    int64_t sequence; /* of backup.ordered in class ops; -1: not known yet */
    bool has_receipt;
};

/* What goes to the agent; the caller's to free. */
struct order_texts {
    char *body, *entry, *receipt; /* the last two NULL: not there yet */
};

/* A new one, in state ordered; sets number. */
void orders_add(struct records *, struct order *, const char *body);
bool orders_get(struct records *, int64_t number, struct order *ret);
bool orders_find(struct records *, const char *backup, struct order *ret);
/* The newest of a plan and agent. */
bool orders_newest(struct records *, const char *document, uint32_t agent, struct order *ret);
void orders_texts(struct records *, int64_t number, struct order_texts *ret);
void orders_texts_free(struct order_texts *);

/* State, since, started, code and reason are as in the order. */
void orders_move(struct records *, const struct order *);
void orders_logged(struct records *, int64_t number, uint64_t sequence);
void orders_receipt(struct records *, int64_t number, const char *entry, const char *receipt);
/* Send it again; false: that was done `most` times already. */
bool orders_again(struct records *, int64_t number, unsigned most);
/* Send all again of which no agent has said that it has them. */
void orders_all_again(struct records *);

/* Numbers, oldest first, at most n, behind a number: of those that are not sent, which are not known to be in the log;
 * which are and have no receipt; which have one. */
size_t orders_unlogged(struct records *, int64_t after, int64_t *ret, size_t n);
size_t orders_unproved(struct records *, int64_t after, int64_t *ret, size_t n);
size_t orders_unsent(struct records *, int64_t after, int64_t *ret, size_t n);
/* Not begun, and begin_by was before; begun or not, and expires was before. */
size_t orders_late(struct records *, int64_t now_ms, int64_t *ret, size_t n);
size_t orders_expired(struct records *, int64_t now_ms, int64_t *ret, size_t n);
/* The highest number; 0: there is none. */
int64_t orders_last(struct records *);

#endif
