#include "services/scheduler/documents/documents.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/message/message.h"

#define COLUMNS                                                                                                        \
    "number, document, version, kind, state, title, sha256, ifnull(tenant, ''), maker, made_ms, not_before_ms,"        \
    " expires_ms, recurring, signers, may_sign, signatures, threshold, ifnull(sequence, -1), receipt IS NOT NULL,"     \
    " resolved, stop_failures, wants_receipt"

static void copy(char *to, size_t room, const char *from)
{
    snprintf(to, room, "%s", from ? from : "");
}

static void read_row(struct db_rows *row, struct paper *ret)
{
    *ret = (struct paper){
        .number = db_int(row, 0),
        .version = (uint32_t)db_int(row, 2),
        .kind = (enum document_kind)word_index(document_kind_words, db_text(row, 3)),
        .state = (enum document_state)word_index(document_state_words, db_text(row, 4)),
        .made_ms = db_int(row, 9),
        .not_before_ms = db_int(row, 10),
        .expires_ms = db_int(row, 11),
        .recurring = db_int(row, 12),
        .signatures = (uint32_t)db_int(row, 15),
        .threshold = (uint32_t)db_int(row, 16),
        .sequence = db_int(row, 17),
        .has_receipt = db_int(row, 18),
        .resolved = db_int(row, 19),
        .stop_failures = (uint32_t)db_int(row, 20),
        .wants_receipt = db_int(row, 21),
    };
    copy(ret->document, sizeof(ret->document), db_text(row, 1));
    copy(ret->title, sizeof(ret->title), db_text(row, 5));
    copy(ret->sha256, sizeof(ret->sha256), db_text(row, 6));
    copy(ret->tenant, sizeof(ret->tenant), db_text(row, 7));
    copy(ret->maker, sizeof(ret->maker), db_text(row, 8));
    copy(ret->signers, sizeof(ret->signers), db_text(row, 13));
    copy(ret->may_sign, sizeof(ret->may_sign), db_text(row, 14));
}

void documents_add(struct records *records, struct paper *paper, const char *dsse)
{
    records_run(records,
        "INSERT INTO document (document, version, kind, state, title, sha256, tenant, maker, made_ms, not_before_ms,"
        " expires_ms, recurring, signers, may_sign, signatures, threshold, stop_failures, wants_receipt, dsse)"
        " VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "sissssssiiiissiiiis", paper->document, (int64_t)paper->version, document_kind_words[paper->kind],
        document_state_words[paper->state], paper->title, paper->sha256, paper->tenant, paper->maker, paper->made_ms,
        paper->not_before_ms, paper->expires_ms, (int64_t)paper->recurring, paper->signers, paper->may_sign,
        (int64_t)paper->signatures, (int64_t)paper->threshold, (int64_t)paper->stop_failures,
        (int64_t)paper->wants_receipt, dsse);
    paper->number = records_last_id(records);
}

void documents_sign(struct records *records, const struct paper *paper, const char *dsse)
{
    records_run(records,
        "UPDATE document SET state = ?, signers = ?, may_sign = ?, signatures = ?, threshold = ?, dsse = ?"
        " WHERE number = ?",
        "sssiisi", document_state_words[paper->state], paper->signers, paper->may_sign, (int64_t)paper->signatures,
        (int64_t)paper->threshold, dsse, paper->number);
}

void documents_state(struct records *records, int64_t number, enum document_state state)
{
    records_run(records, "UPDATE document SET state = ? WHERE number = ?", "si", document_state_words[state], number);
}

void documents_logged(struct records *records, int64_t number, uint64_t sequence)
{
    records_run(records,
        "UPDATE document SET sequence = ?, state = iif(state = 'signed', 'logged', state) WHERE number = ?", "ii",
        (int64_t)sequence, number);
}

void documents_receipt(struct records *records, int64_t number, const char *entry, const char *receipt)
{
    records_run(records, "UPDATE document SET entry = ?, receipt = ? WHERE number = ?", "ssi", entry, receipt, number);
}

void documents_resolved(struct records *records, int64_t number)
{
    records_run(records, "UPDATE document SET resolved = 1 WHERE number = ?", "i", number);
}

static bool read_one(struct db_rows *rows, struct paper *ret)
{
    bool found = db_next(rows);
    if (found)
        read_row(rows, ret);
    records_finish(rows);
    return found;
}

int documents_series(enum document_kind kind)
{
    return kind == DOCUMENT_KIND_FREEZE || kind == DOCUMENT_KIND_UNFREEZE ? -1 : (int)kind;
}

bool documents_find(struct records *records, const char *document, int kind, uint32_t version, struct paper *ret)
{
    return read_one(records_query(records,
                        "SELECT " COLUMNS " FROM document WHERE document = ?1 AND ?2 IN (0, version)"
                        " AND (?3 IS NULL OR kind = ?3) ORDER BY version DESC LIMIT 1",
                        "sis", document, (int64_t)version, kind < 0 ? NULL : document_kind_words[kind]),
        ret);
}

bool documents_is_passed(struct records *records, const char *document, int kind, uint32_t version)
{
    return records_number(records_query(records,
               "SELECT EXISTS (SELECT 1 FROM document WHERE document = ?1 AND version > ?2 AND (?3 IS NULL OR kind = ?3)"
               " AND signatures >= threshold)",
               "sis", document, (int64_t)version, kind < 0 ? NULL : document_kind_words[kind])) == 1;
}

int64_t documents_incomplete(struct records *records, const char *tenant, int64_t since_ms)
{
    return records_number(records_query(records,
        "SELECT count(*) FROM document WHERE tenant IS nullif(?, '') AND signatures < threshold"
        " AND (state = 'draft' OR made_ms >= ?)",
        "si", tenant, since_ms));
}

bool documents_is_of_others(struct records *records, const char *document, const char *tenant)
{
    return records_number(records_query(records,
               "SELECT EXISTS (SELECT 1 FROM document WHERE document = ? AND tenant IS NOT ?)", "ss", document,
               tenant)) == 1;
}

bool documents_meant(struct records *records, const char *document, uint32_t version, struct paper *ret)
{
    return read_one(
        records_query(records,
            "SELECT " COLUMNS " FROM document WHERE document = ?1 AND ?2 IN (0, version)"
            " ORDER BY sequence IS NULL AND state IN ('draft', 'cancelled', 'expired'), version DESC LIMIT 1",
            "si", document, (int64_t)version),
        ret);
}

bool documents_get(struct records *records, int64_t number, struct paper *ret)
{
    return read_one(records_query(records, "SELECT " COLUMNS " FROM document WHERE number = ?", "i", number), ret);
}

bool documents_newest(struct records *records, enum document_kind kind, struct paper *ret)
{
    return read_one(records_query(records,
                        "SELECT " COLUMNS " FROM document WHERE kind = ? AND state = 'logged'"
                        " ORDER BY number DESC LIMIT 1",
                        "s", document_kind_words[kind]),
        ret);
}

void documents_texts(struct records *records, int64_t number, struct paper_texts *ret)
{
    struct db_rows *rows =
        records_query(records, "SELECT dsse, entry, receipt FROM document WHERE number = ?", "i", number);
    *ret = (struct paper_texts){ 0 };
    if (db_next(rows))
        *ret = (struct paper_texts){ records_copy(db_text(rows, 0)), records_copy(db_text(rows, 1)),
            records_copy(db_text(rows, 2)) };
    records_finish(rows);
}

void documents_texts_free(struct paper_texts *texts)
{
    free(texts->dsse);
    free(texts->entry);
    free(texts->receipt);
}

size_t documents_unlogged(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    return records_numbers(records_query(records,
                            "SELECT number FROM document WHERE state = 'signed' AND number > ? ORDER BY number LIMIT ?",
                            "ii", after, (int64_t)n),
        ret);
}

size_t documents_going_on(struct records *records, const char *document, uint32_t version, int64_t *ret, size_t n)
{
    return records_numbers(records_query(records,
                            "SELECT number FROM document WHERE document = ?1 AND ?2 IN (0, version)"
                            " AND state NOT IN ('cancelled', 'replaced') ORDER BY version DESC LIMIT ?3",
                            "sii", document, (int64_t)version, (int64_t)n),
        ret);
}

size_t documents_unproved(struct records *records, int64_t after, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM document WHERE state = 'logged' AND resolved = 0 AND wants_receipt AND receipt IS NULL"
            " AND sequence IS NOT NULL AND number > ? ORDER BY number LIMIT ?",
            "ii", after, (int64_t)n),
        ret);
}

size_t documents_unresolved(struct records *records, int64_t now_ms, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM document WHERE state = 'logged' AND resolved = 0"
            " AND (receipt IS NOT NULL OR NOT wants_receipt) AND not_before_ms <= ? ORDER BY number LIMIT ?",
            "ii", now_ms, (int64_t)n),
        ret);
}

size_t documents_ending(struct records *records, int64_t now_ms, int64_t *ret, size_t n)
{
    return records_numbers(
        records_query(records,
            "SELECT number FROM document WHERE state IN ('draft', 'signed', 'logged') AND expires_ms <= ?"
            " AND (state <> 'logged' OR kind NOT IN"
            " ('freeze', 'unfreeze', 'revocation', 'trust', 'status', 'succession'))"
            " ORDER BY expires_ms LIMIT ?",
            "ii", now_ms, (int64_t)n),
        ret);
}

int64_t documents_last(struct records *records)
{
    return records_number(records_query(records, "SELECT max(number) FROM document", ""));
}

size_t documents_in_force(struct records *records, int64_t now_ms, int64_t *ret, size_t n)
{
    return records_numbers(records_query(records,
                            "SELECT number FROM document WHERE state = 'logged' AND resolved AND expires_ms > ?"
                            " ORDER BY number LIMIT ?",
                            "ii", now_ms, (int64_t)n),
        ret);
}

void documents_each(struct records *records, const char *tenant, int kind, int state, uint32_t limit,
    void (*each)(void *arg, const struct paper *), void *arg)
{
    struct paper paper;
    struct db_rows *rows = records_query(records,
        "SELECT " COLUMNS " FROM document WHERE (?1 IS NULL OR tenant = ?1) AND (?2 IS NULL OR kind = ?2)"
        " AND (?3 IS NULL OR state = ?3) ORDER BY number DESC LIMIT ?4",
        "sssi", tenant, kind < 0 ? NULL : document_kind_words[kind], state < 0 ? NULL : document_state_words[state],
        (int64_t)limit);
    while (db_next(rows)) {
        read_row(rows, &paper);
        each(arg, &paper);
    }
    records_finish(rows);
}
