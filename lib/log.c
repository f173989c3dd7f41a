#include "lib/log.h"

#include <string.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define LINE_LIMIT_BYTES 8192 /* a log line: enough for every problem, too little to be a channel for data */

static const char *const level_words[] = { "debug", "info", "warning", "error" };
static const char *log_service = "vedette";
static enum log_level log_least = LOG_LEVEL_INFO;

void log_open(const char *service, enum log_level least)
{
    log_service = service;
    log_least = least;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if (level < log_least)
        return;
    char time[RFC3339_BYTES];
    clock_rfc3339(time, clock_wall_ms());
    struct buf line = { .limit_bytes = LINE_LIMIT_BYTES };
    buf_format(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"service\":\"%s\",\"event\":", time, level_words[level],
        log_service);
    buf_json_string(&line, event, strlen(event));
    for (; fields->name; fields++) {
        size_t before = line.length;
        buf_format(&line, ",\"%s\":", fields->name);
        int error = fields->text ? buf_json_string(&line, fields->text, strlen(fields->text))
                                 : buf_format(&line, "%lld", (long long)fields->number);
        if (error) {
            /* A field that does not fit is left out; the line stays whole. */
            line.failed = false;
            line.length = before;
        }
    }
    line.limit_bytes += 2;
    line.failed = false;
    buf_append(&line, "}\n", 2);
    /* Nothing can be said of a log that cannot be written. */
    ssize_t written = write(STDERR_FILENO, line.data, line.length);
    (void)written;
    buf_free(&line);
}

void log_problem(enum log_level level, const char *event, const struct problem *problem)
{
    log_write(level, event, (const struct log_field[]){ LOG_TEXT("code", problem->code),
        LOG_TEXT("field", problem->field), LOG_TEXT("reason", problem->reason), { 0 } });
}

void log_last(const char *event, const struct problem *problem)
{
    log_problem(LOG_LEVEL_ERROR, event, problem);
    _exit(1);
}
