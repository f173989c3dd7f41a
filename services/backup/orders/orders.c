#include "services/backup/orders/orders.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/message/message.h"

#define COLUMNS                                                                                                        \
    "SELECT number, backup, agent, document, version, title, class, slot, kept_until, zone, base, ordered_ms,"         \
    " begin_by_ms, expires_ms, sha256, state, since_ms, started_ms, code, reason, sequence, receipt IS NOT NULL"       \
    " FROM ordered "

static void copy(char *ret, size_t room, const char *text)
{
    snprintf(ret, room, "%s", text ? text : "");
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static void read_row(struct db_rows *row, struct order *ret)
{
    *ret = (struct order){
        .number = db_int(row, 0),
        .agent = (uint32_t)db_int(row, 2),
        .version = (uint32_t)db_int(row, 4),
        .class = (enum backup_class)word_index(backup_class_words, db_text(row, 6)),
        .slot = db_int(row, 7),
        .kept_until = db_int(row, 8),
        .ordered_ms = db_int(row, 11),
        .begin_by_ms = db_int(row, 12),
        .expires_ms = db_int(row, 13),
        .state = (enum backup_state)word_index(backup_state_words, db_text(row, 15)),
        .since_ms = db_int(row, 16),
        .started_ms = db_int(row, 17),
        .sequence = db_text(row, 20) ? db_int(row, 20) : -1,
        .has_receipt = db_int(row, 21),
    };
    copy(ret->backup, sizeof(ret->backup), db_text(row, 1));
    copy(ret->document, sizeof(ret->document), db_text(row, 3));
    copy(ret->title, sizeof(ret->title), db_text(row, 5));
    copy(ret->zone, sizeof(ret->zone), db_text(row, 9));
    copy(ret->base, sizeof(ret->base), db_text(row, 10));
    copy(ret->sha256, sizeof(ret->sha256), db_text(row, 14));
    copy(ret->code, sizeof(ret->code), db_text(row, 18));
    copy(ret->reason, sizeof(ret->reason), db_text(row, 19));
}

void orders_add(struct records *records, struct order *order, const char *body)
{
    records_run(records,
        "INSERT INTO ordered (backup, agent, document, version, title, class, slot, kept_until, zone, base,"
        " ordered_ms, begin_by_ms, expires_ms, body, sha256, state, since_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "sisissiissiiisssi", order->backup, (int64_t)order->agent, order->document, (int64_t)order->version,
        order->title, backup_class_words[order->class], order->slot, order->kept_until, order->zone,
        or_null(order->base), order->ordered_ms, order->begin_by_ms, order->expires_ms, body, order->sha256,
        backup_state_words[order->state], order->since_ms);
    order->number = records_last_id(records);
}

static bool take_one(struct db_rows *rows, struct order *ret)
{
    bool found = db_next(rows);
    if (found)
        read_row(rows, ret);
    records_finish(rows);
    return found;
}

bool orders_get(struct records *records, int64_t number, struct order *ret)
{
    return take_one(records_query(records, COLUMNS "WHERE number = ?", "i", number), ret);
}

bool orders_find(struct records *records, const char *backup, struct order *ret)
{
    return take_one(records_query(records, COLUMNS "WHERE backup = ?", "s", backup), ret);
}

bool orders_newest(struct records *records, const char *document, uint32_t agent, struct order *ret)
{
    return take_one(records_query(records, COLUMNS "WHERE document = ? AND agent = ? ORDER BY number DESC LIMIT 1",
                        "si", document, (int64_t)agent),
        ret);
}

void orders_texts(struct records *records, int64_t number, struct order_texts *ret)
{
    struct db_rows *rows =
        records_query(records, "SELECT body, entry, receipt FROM ordered WHERE number = ?", "i", number);
    *ret = (struct order_texts){ 0 };
    if (db_next(rows))
        *ret = (struct order_texts){ records_copy(db_text(rows, 0)), records_copy(db_text(rows, 1)),
            records_copy(db_text(rows, 2)) };
    records_finish(rows);
}

void orders_texts_free(struct order_texts *texts)
{
    free(texts->body);
    free(texts->entry);
    free(texts->receipt);
    *texts = (struct order_texts){ 0 };
}

void orders_move(struct records *records, const struct order *order)
{
    records_run(records,
        "UPDATE ordered SET state = ?, since_ms = ?, started_ms = nullif(?, 0), code = ?, reason = ?"
        " WHERE number = ?",
        "siissi", backup_state_words[order->state], order->since_ms, order->started_ms, or_null(order->code),
        or_null(order->reason), order->number);
}

void orders_logged(struct records *records, int64_t number, uint64_t sequence)
{
    records_run(records, "UPDATE ordered SET sequence = ? WHERE number = ?", "ii", (int64_t)sequence, number);
}

void orders_receipt(struct records *records, int64_t number, const char *entry, const char *receipt)
{
    records_run(records, "UPDATE ordered SET entry = ?, receipt = ? WHERE number = ?", "ssi", entry, receipt, number);
}

bool orders_again(struct records *records, int64_t number, unsigned most)
{
    return records_run(records,
               "UPDATE ordered SET state = 'ordered', tries = tries + 1 WHERE number = ? AND tries < ?", "ii", number,
               (int64_t)most) > 0;
}

void orders_all_again(struct records *records)
{
    records_run(records, "UPDATE ordered SET state = 'ordered' WHERE state = 'sent'", "");
}

size_t orders_unlogged(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM ordered WHERE state = 'ordered' AND sequence IS NULL AND number > ? ORDER BY number"
            " LIMIT ?",
            "ii", after, (int64_t)n),
        ret);
}

size_t orders_unproved(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM ordered WHERE state = 'ordered' AND sequence IS NOT NULL AND receipt IS NULL"
            " AND number > ? ORDER BY number LIMIT ?",
            "ii", after, (int64_t)n),
        ret);
}

size_t orders_unsent(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM ordered WHERE state = 'ordered' AND receipt IS NOT NULL AND number > ? ORDER BY number"
            " LIMIT ?",
            "ii", after, (int64_t)n),
        ret);
}

size_t orders_late(struct records *records, int64_t now_ms, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM ordered WHERE state IN ('ordered', 'sent', 'taken', 'waiting') AND begin_by_ms <= ?"
            " ORDER BY number LIMIT ?",
            "ii", now_ms, (int64_t)n),
        ret);
}

size_t orders_expired(struct records *records, int64_t now_ms, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM ordered WHERE state = 'running' AND expires_ms <= ? ORDER BY number LIMIT ?", "ii",
            now_ms, (int64_t)n),
        ret);
}

int64_t orders_last(struct records *records)
{
    return records_number(records_query(records, "SELECT max(number) FROM ordered", ""));
}
