#include "services/backup/catalogue/snapshots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/repository/commit.h"

void snapshot_of(const struct commit *commit, const void *object, size_t bytes, struct snapshot *ret)
{
    uint8_t hash[SHA256_BYTES];
    *ret = (struct snapshot){
        .agent = commit->agent,
        .class = commit->class,
        .slot = commit->slot,
        .kept_until = commit->kept_until,
        .anchor = commit->anchor,
        .began_ms = commit->began_ms,
        .ended_ms = commit->ended_ms,
        .files = commit->files,
        .changed_files = commit->changed_files,
        .content_bytes = commit->content_bytes,
        .new_bytes = commit->new_bytes,
        .unsteady_files = commit->unsteady_files,
        .unread_files = commit->unread_files,
        .segments = (uint32_t)commit->n_segments,
        .commit_bytes = (uint32_t)bytes,
    };
    memcpy(ret->backup, commit->backup, sizeof(ret->backup));
    memcpy(ret->base, commit->base, sizeof(ret->base));
    memcpy(ret->zone, commit->zone, sizeof(ret->zone));
    for (size_t i = 0; i < commit->n_segments; i++) {
        ret->stored_bytes += commit->segments[i].bytes;
        ret->live_bytes += commit->segments[i].live_bytes;
    }
    if (commit->has_previous)
        crypto_hex(commit->previous, SHA256_BYTES, ret->previous_sha256);
    crypto_sha256(object, bytes, hash);
    crypto_hex(hash, sizeof(hash), ret->commit_sha256);
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

int snapshots_add(struct records *records, const struct snapshot *one)
{
    return records_run(records,
        "INSERT OR IGNORE INTO snapshot (agent, backup, class, slot, kept_until, zone, base, anchor, began_ms,"
        " ended_ms, files, changed_files, content_bytes, new_bytes, unsteady_files, unread_files, segments,"
        " stored_bytes, live_bytes, previous_sha256, commit_sha256, commit_bytes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "issiissiiiiiiiiiiiissi", (int64_t)one->agent, one->backup, backup_class_words[one->class], one->slot,
        one->kept_until, one->zone, or_null(one->base), (int64_t)one->anchor, one->began_ms, one->ended_ms,
        (int64_t)one->files, (int64_t)one->changed_files, (int64_t)one->content_bytes, (int64_t)one->new_bytes,
        (int64_t)one->unsteady_files, (int64_t)one->unread_files, (int64_t)one->segments, (int64_t)one->stored_bytes,
        (int64_t)one->live_bytes, or_null(one->previous_sha256), one->commit_sha256, (int64_t)one->commit_bytes);
}

static void copy(char *ret, size_t room, const char *text)
{
    snprintf(ret, room, "%s", text ? text : "");
}

static void read_row(struct db_rows *row, struct snapshot *ret)
{
    *ret = (struct snapshot){
        .agent = (uint32_t)db_int(row, 0),
        .class = (enum backup_class)word_index(backup_class_words, db_text(row, 2)),
        .slot = db_int(row, 3),
        .kept_until = db_int(row, 4),
        .anchor = db_int(row, 7),
        .began_ms = db_int(row, 8),
        .ended_ms = db_int(row, 9),
        .files = (uint64_t)db_int(row, 10),
        .changed_files = (uint64_t)db_int(row, 11),
        .content_bytes = (uint64_t)db_int(row, 12),
        .new_bytes = (uint64_t)db_int(row, 13),
        .unsteady_files = (uint64_t)db_int(row, 14),
        .unread_files = (uint64_t)db_int(row, 15),
        .segments = (uint32_t)db_int(row, 16),
        .stored_bytes = (uint64_t)db_int(row, 17),
        .live_bytes = (uint64_t)db_int(row, 18),
        .commit_bytes = (uint32_t)db_int(row, 21),
    };
    copy(ret->backup, sizeof(ret->backup), db_text(row, 1));
    copy(ret->zone, sizeof(ret->zone), db_text(row, 5));
    copy(ret->base, sizeof(ret->base), db_text(row, 6));
    copy(ret->previous_sha256, sizeof(ret->previous_sha256), db_text(row, 19));
    copy(ret->commit_sha256, sizeof(ret->commit_sha256), db_text(row, 20));
}

#define COLUMNS                                                                                                        \
    "SELECT s.agent, s.backup, s.class, s.slot, s.kept_until, s.zone, s.base, anchor, began_ms, ended_ms, files,"      \
    " changed_files, content_bytes, new_bytes, unsteady_files, unread_files, segments, stored_bytes, live_bytes,"      \
    " previous_sha256, commit_sha256, commit_bytes FROM snapshot AS s "

static bool take_one(struct db_rows *rows, struct snapshot *ret)
{
    bool found = db_next(rows);
    if (found)
        read_row(rows, ret);
    records_finish(rows);
    return found;
}

bool snapshots_find(struct records *records, uint32_t agent, const char *backup, struct snapshot *ret)
{
    return take_one(records_query(records, COLUMNS "WHERE s.backup = ?1 AND (?2 = 0 OR s.agent = ?2) LIMIT 1", "si",
                        backup, (int64_t)agent),
        ret);
}

bool snapshots_newest(struct records *records, const char *document, uint32_t agent, struct snapshot *ret)
{
    return take_one(records_query(records,
                        COLUMNS "JOIN ordered AS o ON o.backup = s.backup AND o.agent = s.agent"
                                " WHERE o.document = ? AND o.agent = ? ORDER BY o.number DESC LIMIT 1",
                        "si", document, (int64_t)agent),
        ret);
}

static void retain(struct db_rows *row, struct zones *zones, struct retention_backup *ret)
{
    const char *name = db_text(row, 4);
    const struct zone *zone = NULL;
    struct problem problem;
    if (*name && zones_find(zones, name, &zone, &problem))
        records_fail(&problem);
    *ret = (struct retention_backup){
        .class = (enum backup_class)word_index(backup_class_words, db_text(row, 1)),
        .slot = db_int(row, 2),
        .kept_until = db_int(row, 3),
        .zone = zone,
        .anchor = db_int(row, 6),
        .content_bytes = (uint64_t)db_int(row, 7),
        .files = (uint64_t)db_int(row, 8),
        .changed_files = (uint64_t)db_int(row, 9),
        .verified = true,
        .stored_s = db_int(row, 10) / 1000,
        .live_bytes = (uint64_t)db_int(row, 11),
    };
    copy(ret->backup, sizeof(ret->backup), db_text(row, 0));
    copy(ret->base, sizeof(ret->base), db_text(row, 5));
}

size_t snapshots_retained(
    struct records *records, uint32_t agent, const char *document, struct zones *zones, struct retention_backup **ret)
{
    struct retention_backup *all = NULL;
    size_t n = 0, room = 0;
    struct db_rows *rows = records_query(records,
        "SELECT backup, s.class, s.slot, s.kept_until, s.zone, s.base, anchor, content_bytes, files, changed_files,"
        " ended_ms, live_bytes FROM snapshot AS s LEFT JOIN ordered AS o USING (backup)"
        " WHERE s.agent = ?1 AND (?2 IS NULL OR ifnull(o.document, ?2) = ?2) ORDER BY backup LIMIT ?3",
        "isi", (int64_t)agent, document, (int64_t)RETENTION_BACKUPS_MAX);
    while (db_next(rows)) {
        if (n == room) {
            room = room ? room * 2 : 64;
            all = reallocarray(all, room, sizeof(*all));
        }
        if (!all)
            records_fail(&(struct problem){ .code = "no-memory", .reason = "no memory for a catalogue" });
        retain(rows, zones, &all[n++]);
    }
    records_finish(rows);
    *ret = all;
    return n;
}
