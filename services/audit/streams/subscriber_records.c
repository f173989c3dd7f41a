#include "services/audit/streams/subscriber_records.h"

#include <stdio.h>

#include "lib/log.h"
#include "lib/message/message.h"

static const char schema[] =
#include "schema.inc"
    ;

struct db *subscriber_records_open(const char *path, struct problem *problem)
{
    return db_open(path, schema, problem);
}

static void read_row(struct db_rows *rows, struct subscriber *ret)
{
    struct problem problem;
    const char *types = db_text(rows, 6);
    *ret = (struct subscriber){
        .number = (uint32_t)db_int(rows, 0),
        .created_ms = db_int(rows, 7),
        .revoked_ms = db_int(rows, 8),
        .contact_ms = db_int(rows, 9),
    };
    snprintf(ret->name, sizeof(ret->name), "%s", db_text(rows, 1));
    snprintf(ret->key, sizeof(ret->key), "%s", db_text(rows, 2));
    /* A type that this version does not know: it gets less than it was granted, never more. */
    if (grant_read(db_text(rows, 3), db_text(rows, 4), (int)db_int(rows, 5), types, &ret->grant, &problem)) {
        log_warning("subscriber.grant-unreadable", LOG_TEXT("name", ret->name), LOG_TEXT("reason", problem.reason));
        ret->grant = (struct grant){ 0 };
    }
}

static int load_cursors(struct db *db, struct subscriber *subscribers, size_t n, struct problem *problem)
{
    size_t i = 0;
    struct db_rows *rows =
        db_query(db, problem, "SELECT subscriber, class, next FROM subscriber_cursor ORDER BY subscriber", "");
    if (!rows)
        return -1;
    while (db_next(rows)) {
        int class = word_index(class_words, db_text(rows, 1));
        while (i < n && subscribers[i].number < db_int(rows, 0))
            i++;
        if (i < n && subscribers[i].number == db_int(rows, 0) && class >= 0)
            subscribers[i].cursor[class] = (uint64_t)db_int(rows, 2);
    }
    return db_rows_free(rows) ? problem_set(problem, "db", "", "cannot read the subscribers' cursors") : 0;
}

int subscriber_records_load(struct db *db, struct subscriber *ret, size_t most, size_t *ret_n, struct problem *problem)
{
    size_t n = 0;
    struct db_rows *rows = db_query(db, problem,
        "SELECT subscriber, name, public_key, classes, tenant, sev, types, created_ms, revoked_ms, contact_ms FROM"
        " (SELECT * FROM subscriber ORDER BY subscriber DESC LIMIT ?) ORDER BY subscriber",
        "i", (int64_t)most);
    if (!rows)
        return -1;
    while (n < most && db_next(rows))
        read_row(rows, &ret[n++]);
    if (db_rows_free(rows))
        return problem_set(problem, "db", "", "cannot read the subscribers");
    *ret_n = n;
    return load_cursors(db, ret, n, problem);
}

static int write_cursors(struct db *db, const struct subscriber *subscriber, struct problem *problem)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (subscriber->grant.classes & 1u << class &&
            db_run(db, problem, "INSERT OR REPLACE INTO subscriber_cursor (subscriber, class, next) VALUES (?, ?, ?)",
                "isi", (int64_t)subscriber->number, class_words[class], (int64_t)subscriber->cursor[class]) < 0)
            return -1;
    }
    return 0;
}

static int add(struct db *db, struct subscriber *subscriber, const char *types, struct problem *problem)
{
    char classes[GRANT_CLASSES_BYTES];
    const struct grant *grant = &subscriber->grant;
    word_set_text(class_words, grant->classes, classes, sizeof(classes));
    if (db_run(db, problem,
            "INSERT INTO subscriber (name, public_key, classes, tenant, sev, types, created_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            "ssssisi", subscriber->name, subscriber->key, classes, *grant->tenant ? grant->tenant : NULL,
            (int64_t)grant->least_sev, types, subscriber->created_ms) < 0)
        return -1;
    subscriber->number = (uint32_t)db_last_id(db);
    return write_cursors(db, subscriber, problem);
}

int subscriber_records_add(struct db *db, struct subscriber *subscriber, struct problem *problem)
{
    struct buf types = { 0 };
    int error = resume_types_write(&subscriber->grant.types, &types)
                    ? problem_set(problem, "no-memory", "", "no memory")
                    : db_begin(db, problem);
    if (!error) {
        error = add(db, subscriber, types.length ? types.data : NULL, problem) || db_commit(db, problem) ? -1 : 0;
        if (error)
            db_rollback(db);
    }
    buf_free(&types);
    return error;
}

int subscriber_records_forget(struct db *db, uint32_t number, struct problem *problem)
{
    return db_run(db, problem, "DELETE FROM subscriber WHERE subscriber = ?", "i", (int64_t)number) < 0 ? -1 : 0;
}

static int write_row(struct db *db, const struct subscriber *subscriber, struct problem *problem)
{
    int64_t number = subscriber->number;
    if (db_run(db, problem,
            "UPDATE subscriber SET contact_ms = nullif(?, 0), revoked_ms = nullif(?, 0) WHERE subscriber = ?", "iii",
            subscriber->contact_ms, subscriber->revoked_ms, number) < 0)
        return -1;
    return write_cursors(db, subscriber, problem);
}

static int write_moved(struct db *db, const struct subscriber *rows, size_t n, struct problem *problem)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].moved && write_row(db, &rows[i], problem))
            return -1;
    }
    return 0;
}

int subscriber_records_write(struct db *db, struct subscriber *rows, size_t n, struct problem *problem)
{
    bool moved = false;
    for (size_t i = 0; i < n; i++)
        moved |= rows[i].moved;
    if (!moved)
        return 0;
    if (db_begin(db, problem))
        return -1;
    if (write_moved(db, rows, n, problem) || db_commit(db, problem)) {
        db_rollback(db);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        rows[i].moved = false;
    return 0;
}
