#include "services/alert/output/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/keywrap.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/records.h"

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

static void copy(char *ret, size_t bytes, const char *text)
{
    snprintf(ret, bytes, "%s", text ? text : "");
}

/* A column that may be NULL. 0, or -1: no memory. */
static int take_text(struct db_rows *row, int column, char **ret)
{
    const char *text = db_text(row, column);
    *ret = text ? strdup(text) : NULL;
    return text && !*ret ? -1 : 0;
}

static int take(struct db_rows *row, const uint8_t key[SECRET_BYTES], struct output *ret, struct problem *problem)
{
    struct output output = {
        .id = db_int(row, 0),
        .kind = (enum output_kind)word_index(output_kind_words, db_text(row, 2)),
        .least_sev = (int)db_int(row, 5),
        .format = (enum format)word_index(format_words, db_text(row, 7)),
        .enabled = db_int(row, 10),
        .told_failing = db_int(row, 11),
    };
    size_t bytes;
    const void *wrapped = db_blob(row, 9, &bytes);
    copy(output.name, sizeof(output.name), db_text(row, 1));
    copy(output.destination, sizeof(output.destination), db_text(row, 3));
    copy(output.tenant, sizeof(output.tenant), db_text(row, 4));
    /* The others go on, and so do alerts. */
    if (wrapped && (bytes != WRAPPED_BYTES || keyunwrap(key, wrapped, output.secret))) {
        log_error("output.secret_lost", LOG_TEXT("output", output.name),
            LOG_TEXT("reason", "its secret does not open under this master key: remove it and add it again"));
        output.enabled = false;
    }
    if (take_text(row, 6, &output.types) || take_text(row, 8, &output.ca))
        return problem_set(problem, "no-memory", "", "no memory");
    *ret = output;
    return 0;
}

static void load_cursors(struct records *records, struct output *output)
{
    struct db_rows *rows =
        records_query(records, "SELECT class, next FROM output_cursor WHERE output = ?", "i", output->id);
    while (db_next(rows)) {
        int class = word_index(class_words, db_text(rows, 0));
        if (class < 0)
            continue;
        output->classes |= 1u << class;
        output->next[class] = (uint64_t)db_int(rows, 1);
    }
    records_finish(rows);
}

int rows_load(
    struct records *records, const uint8_t key[SECRET_BYTES], struct output ret[OUTPUTS_MAX], struct problem *problem)
{
    int n = 0, error = 0;
    struct db_rows *rows = records_query(records,
        "SELECT output, name, kind, destination, tenant, least_sev, types, format, ca, secret, enabled, told_failing"
        " FROM output ORDER BY name",
        "");
    while (n < OUTPUTS_MAX && !error && db_next(rows)) {
        error = take(rows, key, &ret[n], problem);
        n += !error;
    }
    records_finish(rows);
    for (int i = 0; i < n; i++)
        load_cursors(records, &ret[i]);
    return error ? -1 : n;
}

void rows_set_cursor(struct records *records, int64_t id, enum class class, uint64_t next)
{
    records_run(records, "INSERT OR REPLACE INTO output_cursor (output, class, next) VALUES (?, ?, ?)", "isi", id,
        class_words[class], (int64_t)next);
}

void rows_add(struct records *records, const uint8_t key[SECRET_BYTES], struct output *output)
{
    uint8_t wrapped[WRAPPED_BYTES];
    bool webhook = output->kind == OUTPUT_KIND_WEBHOOK;
    keywrap(key, output->secret, wrapped);
    records_run(records,
        "INSERT INTO output (name, kind, destination, tenant, least_sev, types, format, ca, secret)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "ssssisssb", output->name, output_kind_words[output->kind], output->destination, or_null(output->tenant),
        (int64_t)output->least_sev, output->types, format_words[output->format], output->ca, webhook ? wrapped : NULL,
        webhook ? sizeof(wrapped) : (size_t)0);
    output->id = records_last_id(records);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (output->classes & 1u << class)
            rows_set_cursor(records, output->id, (enum class) class, output->next[class]);
    }
}

void rows_remove(struct records *records, int64_t id)
{
    records_run(records, "DELETE FROM output_cursor WHERE output = ?", "i", id);
    records_run(records, "DELETE FROM output WHERE output = ?", "i", id);
}

void rows_enable(struct records *records, int64_t id, bool enabled)
{
    records_run(records, "UPDATE output SET enabled = ? WHERE output = ?", "ii", (int64_t)enabled, id);
}

void rows_told_failing(struct records *records, int64_t id, bool told)
{
    records_run(records, "UPDATE output SET told_failing = ? WHERE output = ?", "ii", (int64_t)told, id);
}

void output_release(struct output *output)
{
    free(output->types);
    free(output->ca);
    output->types = output->ca = NULL;
    crypto_forget(output->secret, sizeof(output->secret));
}
