#include "lib/records.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

struct told {
    struct told *next;
    records_durable *durable;
    void *arg;
};

struct records {
    struct db *db;
    struct loop *loop;
    bool writing;
    struct told *told, **end;
};

void records_fail(const struct problem *problem)
{
    log_last("records.failed", problem);
}

struct records *records_open(const char *path, const char *schema, struct loop *loop, struct problem *problem)
{
    struct records *records = calloc(1, sizeof(*records));
    if (!records) {
        problem_set(problem, "no-memory", path, "no memory");
        return NULL;
    }
    records->end = &records->told;
    records->loop = loop;
    records->db = db_open(path, schema, problem);
    if (!records->db) {
        free(records);
        return NULL;
    }
    if (loop)
        loop_before_wait(loop, records_settle, records);
    return records;
}

void records_close(struct records *records)
{
    if (!records)
        return;
    records_settle(records);
    db_close(records->db);
    free(records);
}

struct db *records_db(struct records *records)
{
    return records->db;
}

struct db *records_write(struct records *records)
{
    struct problem problem;
    if (!records->writing && db_begin(records->db, &problem))
        records_fail(&problem);
    records->writing = true;
    return records->db;
}

int records_then(struct records *records, records_durable *durable, void *arg)
{
    struct told *told = calloc(1, sizeof(*told));
    if (!told)
        return -1;
    *told = (struct told){ .durable = durable, .arg = arg };
    *records->end = told;
    records->end = &told->next;
    return 0;
}

/* Whoever is told may write again, and be told of that, too; and ask the bus, which has had its turn already. */
void records_settle(void *arg)
{
    struct records *records = arg;
    struct problem problem;
    while (records->writing || records->told) {
        struct told *told = records->told;
        records->told = NULL;
        records->end = &records->told;
        if (told && records->loop)
            loop_again(records->loop);
        if (records->writing && db_commit(records->db, &problem))
            records_fail(&problem);
        records->writing = false;
        while (told) {
            struct told *next = told->next;
            told->durable(told->arg);
            free(told);
            told = next;
        }
    }
}

int records_run(struct records *records, const char *sql, const char *types, ...)
{
    struct problem problem;
    va_list values;
    va_start(values, types);
    int changed = db_run_values(records_write(records), &problem, sql, types, values);
    va_end(values);
    if (changed < 0)
        records_fail(&problem);
    return changed;
}

struct db_rows *records_query(struct records *records, const char *sql, const char *types, ...)
{
    struct problem problem;
    va_list values;
    va_start(values, types);
    struct db_rows *rows = db_query_values(records->db, &problem, sql, types, values);
    va_end(values);
    if (!rows)
        records_fail(&problem);
    return rows;
}

void records_finish(struct db_rows *rows)
{
    const struct problem problem = { .code = "db", .reason = "a query of the database failed" };
    if (db_rows_free(rows))
        records_fail(&problem);
}

int64_t records_number(struct db_rows *rows)
{
    int64_t number = db_next(rows) ? db_int(rows, 0) : 0;
    records_finish(rows);
    return number;
}

size_t records_numbers(struct db_rows *rows, int64_t *ret)
{
    size_t n = 0;
    while (db_next(rows))
        ret[n++] = db_int(rows, 0);
    records_finish(rows);
    return n;
}

int64_t records_last_id(struct records *records)
{
    return db_last_id(records->db);
}

char *records_text(struct db_rows *rows)
{
    char *text = db_next(rows) ? records_copy(db_text(rows, 0)) : NULL;
    records_finish(rows);
    return text;
}

char *records_copy(const char *text)
{
    const struct problem problem = { .code = "no-memory", .reason = "no memory for a text of the database" };
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        records_fail(&problem);
    return copy;
}
