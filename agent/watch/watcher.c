#include "agent/watch/watcher.h"

#include <stdlib.h>
#include <string.h>

#include "agent/watch/report.h"
#include "lib/buf.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define STANDING_FILE WATCH_DIR "/standing"

void watcher_row(const struct watcher *watcher, enum report_row what, int64_t time_ms, struct envelope_watches_row *ret)
{
    const struct definition *definition = watcher->definition;
    *ret = (struct envelope_watches_row){
        .report_row = what,
        .time = time_ms,
        .watch = definition->watch.name,
        .watch_kind = definition->watch.kind,
        .document = definition->document,
        .has_level = true,
        .level = watcher->condition.level,
        .has_held = true,
        .held = watcher->condition.held,
        .has_value = watcher->measured && watcher->last.has_value,
        .value = watcher->last.value,
        .has_every_s = true,
        .every_s = (uint32_t)(definition->every_ms / 1000),
        .reason = !watcher->measured ? "not measured yet" : *watcher->last.reason ? watcher->last.reason : NULL,
    };
}

void watcher_trend(const struct watcher *watcher, const struct aggregate *aggregate, struct envelope_watches_row *ret)
{
    *ret = (struct envelope_watches_row){
        .report_row = REPORT_ROW_TREND,
        .time = aggregate->slot_ms,
        .watch = watcher->definition->watch.name,
        .watch_kind = watcher->definition->watch.kind,
        .has_lowest = true,
        .lowest = aggregate->least,
        .has_mean = true,
        .mean = aggregate_mean(aggregate),
        .has_highest = true,
        .highest = aggregate->most,
        .has_every_s = true,
        .every_s = (uint32_t)(watcher->definition->every_ms / 1000),
    };
}

/* In the form of a report's rows: the same parser reads them. */
int standings_save(const struct watcher *watchers, size_t n, struct problem *problem)
{
    struct buf text = { .limit_bytes = REPORT_SPOOL_BYTES };
    int error = 0;
    for (size_t i = 0; i < n && !error; i++) {
        struct envelope_watches_row row;
        watcher_row(&watchers[i], REPORT_ROW_STANDING, watchers[i].condition.since_ms, &row);
        error = message_encode(envelope_watches_shape.row, &row, &text) || buf_append(&text, "\n", 1);
    }
    if (error)
        problem_set(problem, "no-memory", "", "no memory for how watches stand");
    else
        error = file_write(STANDING_FILE, text.data ? text.data : "", text.length, 0600, problem);
    buf_free(&text);
    return error ? -1 : 0;
}

static void restore(struct watcher *watchers, size_t n, const struct envelope_watches_row *row)
{
    for (size_t i = 0; i < n; i++) {
        const struct definition *definition = watchers[i].definition;
        if (!row->document || strcmp(definition->document, row->document) ||
            strcmp(definition->watch.name, row->watch) || (int)definition->watch.kind != row->watch_kind ||
            !row->has_level)
            continue;
        watchers[i].condition.level = (enum level)row->level;
        watchers[i].condition.since_ms = row->time;
    }
}

/* What cannot be read is found out anew. */
void standings_load(struct watcher *watchers, size_t n)
{
    char *text;
    size_t bytes;
    struct envelope_watches rows;
    json_t *lines;
    if (file_read(STANDING_FILE, REPORT_SPOOL_BYTES, &text, &bytes, NULL))
        return;
    if (!report_parse(text, bytes, &rows, &lines, NULL)) {
        for (size_t i = 0; i < rows.n_rows; i++)
            restore(watchers, n, &rows.rows[i]);
        report_free(&rows, lines);
    }
    free(text);
}
