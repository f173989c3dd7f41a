#include "offsite/ship/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/files.h"

#define COPIED_WITHIN_MS 5000 /* a copier looks each second */

void line_begin(struct line_status *line, const char *target, int64_t now_ms)
{
    *line = (struct line_status){ 0 };
    snprintf(line->target, sizeof(line->target), "%s", target);
    for (int set = 0; set < SERVER_SET_COUNT; set++)
        line->sets[set].copied_s = now_ms / 1000;
}

void line_note(struct line_status *line, enum server_set set, const struct waiting *found,
    const struct problem *problem, int64_t now_ms)
{
    struct waiting *one = &line->sets[set];
    int64_t copied_s = found->copied_s ? found->copied_s : one->copied_s;
    *one = problem ? *found : (struct waiting){ 0 };
    one->copied_s = copied_s;
    snprintf(line->problem, sizeof(line->problem), "%s", problem ? problem->reason : "");
    line->looked_ms = now_ms;
}

struct waiting line_waiting(const struct line_status *line)
{
    struct waiting all = { 0 };
    for (int set = 0; set < SERVER_SET_COUNT; set++) {
        const struct waiting *one = &line->sets[set];
        all.objects += one->objects;
        all.bytes += one->bytes;
    }
    return all;
}

int64_t line_behind_ms(const struct line_status *line, int64_t now_ms)
{
    int64_t behind_ms = 0;
    for (int set = 0; set < SERVER_SET_COUNT; set++) {
        const struct waiting *one = &line->sets[set];
        int64_t since_ms = one->oldest_s ? now_ms - one->oldest_s * 1000 : 0, copied_ms = now_ms - one->copied_s * 1000;
        since_ms = copied_ms > COPIED_WITHIN_MS && copied_ms > since_ms ? copied_ms : since_ms;
        behind_ms = since_ms > behind_ms ? since_ms : behind_ms;
    }
    return behind_ms;
}

int ship_status_write(const struct ship_status *status, struct problem *problem)
{
    struct buf text = { 0 };
    int error = buf_format(&text, "%" PRId64 "\n", status->time_ms);
    for (unsigned i = 0; i < status->n && !error; i++) {
        const struct line_status *line = &status->lines[i];
        struct waiting all = line_waiting(line);
        error = buf_format(&text, "%s %" PRId64 " %" PRIu64 " %" PRIu64 " %s\n", line->target,
            line_behind_ms(line, status->time_ms), all.objects, all.bytes, line->problem);
    }
    error = error ? problem_set(problem, "no-memory", "", "no memory")
                  : file_write(SERVER_COPIES_STATUS, text.data, text.length, 0644, problem);
    buf_free(&text);
    return error;
}
