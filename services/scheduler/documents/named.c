/* Which files documents name, for ingest, which keeps them no longer. */
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/signed/document.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/scheduler.h"

#define READ_AT_ONCE 500 /* documents, a quarter of a millisecond each */

static void note(struct records *records, int64_t number, const char *sha256)
{
    records_run(records, "INSERT OR IGNORE INTO named (sha256, number) VALUES (?, ?)", "si", sha256, number);
}

static void read_names(struct records *records, int64_t number)
{
    struct paper_texts texts;
    struct document document;
    documents_texts(records, number, &texts);
    bool read = !document_open(texts.dsse, &document, NULL);
    if (read && document.body.head.kind == DOCUMENT_KIND_TASK) {
        for (size_t i = 0; i < document.body.task.n_files; i++)
            note(records, number, document.body.task.files[i].sha256);
    } else if (read && document.body.head.kind == DOCUMENT_KIND_UPDATE) {
        note(records, number, document.body.update.package->sha256);
    }
    if (read)
        document_free(&document);
    documents_texts_free(&texts);
    records_run(records, "UPDATE document SET names_noted = 1 WHERE number = ?", "i", number);
}

/* Those that came since the last time. 0: all have been read. */
static size_t read_new(struct records *records)
{
    int64_t numbers[READ_AT_ONCE];
    size_t n = 0;
    struct db_rows *rows = records_query(records,
        "SELECT number FROM document WHERE NOT names_noted ORDER BY number LIMIT ?", "i", (int64_t)READ_AT_ONCE);
    while (db_next(rows))
        numbers[n++] = db_int(rows, 0);
    records_finish(rows);
    for (size_t i = 0; i < n; i++)
        read_names(records, numbers[i]);
    return n == READ_AT_ONCE;
}

/* By a draft too, and by what was stopped: its agents may have it. */
static bool is_named(struct records *records, const char *sha256)
{
    return records_number(records_query(records,
        "SELECT 1 FROM named AS n JOIN document AS d USING (number) WHERE n.sha256 = ? AND d.expires_ms > ?"
        " AND d.state IN ('draft', 'signed', 'logged', 'stopped') LIMIT 1",
        "si", sha256, clock_wall_ms()));
}

void serve_file_named(struct bus_request *request, const struct call_file_named *in)
{
    struct records *records = scheduler_of(request)->records;
    struct problem problem;
    struct call_file_named_reply reply = { .rows = calloc(in->n_rows + 1, sizeof(*reply.rows)) };
    if (!reply.rows || read_new(records)) {
        problem_set(&problem, "busy", "", "not all documents have been read yet");
        bus_refuse(request, &problem);
    } else {
        for (size_t i = 0; i < in->n_rows; i++) {
            if (is_named(records, in->rows[i].file_sha256))
                reply.rows[reply.n_rows++].file_sha256 = in->rows[i].file_sha256;
        }
        answer_file_named(request, &reply);
    }
    free(reply.rows);
}
