#include "services/backup/orders.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message.h"
#include "lib/problem.h"

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
    struct problem problem;
    struct db *db = records_write(records);
    records_ran(db_run(db, &problem,
                    "INSERT INTO ordered (backup, agent, document, version, title, class, slot, kept_until, zone, base,"
                    " ordered_ms, begin_by_ms, expires_ms, body, sha256, state, since_ms)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    "sisissiissiiisssi", order->backup, (int64_t)order->agent, order->document, (int64_t)order->version,
                    order->title, backup_class_words[order->class], order->slot, order->kept_until, order->zone,
                    or_null(order->base), order->ordered_ms, order->begin_by_ms, order->expires_ms, body, order->sha256,
                    backup_state_words[order->state], order->since_ms),
        &problem);
    order->number = db_last_id(db);
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
    struct problem problem;
    return take_one(
        records_checked(db_query(records_db(records), &problem, COLUMNS "WHERE number = ?", "i", number), &problem),
        ret);
}

bool orders_find(struct records *records, const char *backup, struct order *ret)
{
    struct problem problem;
    return take_one(
        records_checked(db_query(records_db(records), &problem, COLUMNS "WHERE backup = ?", "s", backup), &problem),
        ret);
}

bool orders_newest(struct records *records, const char *document, uint32_t agent, struct order *ret)
{
    struct problem problem;
    return take_one(records_checked(db_query(records_db(records), &problem,
                                        COLUMNS "WHERE document = ? AND agent = ? ORDER BY number DESC LIMIT 1", "si",
                                        document, (int64_t)agent),
                        &problem),
        ret);
}

static char *duplicate(const char *text)
{
    const struct problem problem = { .code = "no-memory", .reason = "no memory for an order" };
    char *copied = text ? strdup(text) : NULL;
    if (text && !copied)
        records_fail(&problem);
    return copied;
}

void orders_texts(struct records *records, int64_t number, struct order_texts *ret)
{
    struct problem problem;
    struct db_rows *rows =
        records_checked(db_query(records_db(records), &problem,
                            "SELECT body, entry, receipt FROM ordered WHERE number = ?", "i", number),
            &problem);
    *ret = (struct order_texts){ 0 };
    if (db_next(rows))
        *ret = (struct order_texts){ duplicate(db_text(rows, 0)), duplicate(db_text(rows, 1)),
            duplicate(db_text(rows, 2)) };
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
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "UPDATE ordered SET state = ?, since_ms = ?, started_ms = nullif(?, 0), code = ?, reason = ?"
                    " WHERE number = ?",
                    "siissi", backup_state_words[order->state], order->since_ms, order->started_ms,
                    or_null(order->code), or_null(order->reason), order->number),
        &problem);
}

void orders_logged(struct records *records, int64_t number, uint64_t sequence)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem, "UPDATE ordered SET sequence = ? WHERE number = ?", "ii",
                    (int64_t)sequence, number),
        &problem);
}

void orders_receipt(struct records *records, int64_t number, const char *entry, const char *receipt)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem, "UPDATE ordered SET entry = ?, receipt = ? WHERE number = ?",
                    "ssi", entry, receipt, number),
        &problem);
}

bool orders_again(struct records *records, int64_t number, unsigned most)
{
    struct problem problem;
    return records_ran(db_run(records_write(records), &problem,
                           "UPDATE ordered SET state = 'ordered', tries = tries + 1 WHERE number = ? AND tries < ?",
                           "ii", number, (int64_t)most),
               &problem) > 0;
}

void orders_all_again(struct records *records)
{
    struct problem problem;
    records_ran(db_run(records_write(records), &problem,
                    "UPDATE ordered SET state = 'ordered' WHERE state = 'sent'", ""),
        &problem);
}

static size_t take_numbers(struct db_rows *rows, const struct problem *problem, int64_t *ret)
{
    size_t found = 0;
    records_checked(rows, problem);
    while (db_next(rows))
        ret[found++] = db_int(rows, 0);
    records_finish(rows);
    return found;
}

size_t orders_unlogged(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    struct problem problem;
    return take_numbers(
        db_query(records_db(records), &problem,
            "SELECT number FROM ordered WHERE state = 'ordered' AND sequence IS NULL AND number > ? ORDER BY number"
            " LIMIT ?",
            "ii", after, (int64_t)n),
        &problem, ret);
}

size_t orders_unproved(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    struct problem problem;
    return take_numbers(
        db_query(records_db(records), &problem,
            "SELECT number FROM ordered WHERE state = 'ordered' AND sequence IS NOT NULL AND receipt IS NULL"
            " AND number > ? ORDER BY number LIMIT ?",
            "ii", after, (int64_t)n),
        &problem, ret);
}

size_t orders_unsent(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    struct problem problem;
    return take_numbers(
        db_query(records_db(records), &problem,
            "SELECT number FROM ordered WHERE state = 'ordered' AND receipt IS NOT NULL AND number > ? ORDER BY number"
            " LIMIT ?",
            "ii", after, (int64_t)n),
        &problem, ret);
}

size_t orders_late(struct records *records, int64_t now_ms, int64_t *ret, size_t n)
{
    struct problem problem;
    return take_numbers(
        db_query(records_db(records), &problem,
            "SELECT number FROM ordered WHERE state IN ('ordered', 'sent', 'taken', 'waiting') AND begin_by_ms <= ?"
            " ORDER BY number LIMIT ?",
            "ii", now_ms, (int64_t)n),
        &problem, ret);
}

size_t orders_expired(struct records *records, int64_t now_ms, int64_t *ret, size_t n)
{
    struct problem problem;
    return take_numbers(
        db_query(records_db(records), &problem,
            "SELECT number FROM ordered WHERE state = 'running' AND expires_ms <= ? ORDER BY number LIMIT ?", "ii",
            now_ms, (int64_t)n),
        &problem, ret);
}

int64_t orders_last(struct records *records)
{
    struct problem problem;
    struct db_rows *rows =
        records_checked(db_query(records_db(records), &problem, "SELECT max(number) FROM ordered", ""), &problem);
    int64_t last = db_next(rows) ? db_int(rows, 0) : 0;
    records_finish(rows);
    return last;
}
