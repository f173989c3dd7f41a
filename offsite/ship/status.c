#include "offsite/ship/status.h"

#include <inttypes.h>
#include <string.h>

#include "lib/files.h"

#define STATUS_FILE SERVER_COPIES "/ship/status"

struct waiting line_waiting(const struct line_status *line)
{
    struct waiting all = { 0 };
    for (int set = 0; set < SERVER_SET_COUNT; set++) {
        const struct waiting *one = &line->sets[set];
        all.objects += one->objects;
        all.bytes += one->bytes;
        if (one->oldest_s && (!all.oldest_s || one->oldest_s < all.oldest_s))
            all.oldest_s = one->oldest_s;
    }
    return all;
}

int64_t line_behind_ms(const struct line_status *line, int64_t now_ms)
{
    const int64_t oldest_s = line_waiting(line).oldest_s;
    return oldest_s && now_ms > oldest_s * 1000 ? now_ms - oldest_s * 1000 : 0;
}

int ship_status_write(const struct ship_status *status, struct problem *problem)
{
    struct buf text = { 0 };
    int error = buf_format(&text, "{\"time_ms\":%" PRId64 ",\"targets\":[", status->time_ms);
    for (unsigned i = 0; i < status->n && !error; i++) {
        const struct line_status *line = &status->lines[i];
        struct waiting all = line_waiting(line);
        error = buf_format(&text,
                    "%s{\"target\":\"%s\",\"behind_ms\":%" PRId64 ",\"objects\":%" PRIu64 ",\"bytes\":%" PRIu64
                    ",\"looked_ms\":%" PRId64 ",\"problem\":",
                    i ? "," : "", line->target, line_behind_ms(line, status->time_ms), all.objects, all.bytes,
                    line->looked_ms) ||
                buf_json_string(&text, line->problem, strlen(line->problem)) || buf_text(&text, "}");
    }
    error = error || buf_text(&text, "]}\n");
    error = error ? problem_set(problem, "no-memory", "", "no memory")
                  : file_write(STATUS_FILE, text.data, text.length, 0644, problem);
    buf_free(&text);
    return error;
}
