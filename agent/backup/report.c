#include "agent/backup/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/commit.h"

#define REST_MOST_US 200000

static void say(const struct report *report, const char *line)
{
    if (!report->wanted)
        return;
    fputs(line, stdout);
    fflush(stdout); /* nobody listens: SIGPIPE ends us, so that no two work on one order */
}

void report_expect(const struct report *report, uint64_t content_bytes)
{
    char line[64];
    snprintf(line, sizeof(line), "expect 0 %" PRIu64 "\n", content_bytes);
    say(report, line);
}

static void say_numbers(
    const struct report *report, const char *word, uint64_t files, uint64_t content_bytes, uint64_t new_bytes)
{
    char line[96];
    snprintf(line, sizeof(line), "%s %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", word, files, content_bytes, new_bytes);
    say(report, line);
}

void report_progress(struct report *report, uint64_t files, uint64_t content_bytes, uint64_t new_bytes)
{
    report->files = files;
    report->content_bytes = content_bytes;
    report->new_bytes = new_bytes;
    report_tick(report);
}

void report_tick(struct report *report)
{
    int64_t now_ms = clock_mono_ms(), told_ms = report->told_ms;
    if (now_ms - told_ms >= REPORT_EVERY_MS && atomic_compare_exchange_strong(&report->told_ms, &told_ms, now_ms))
        say_numbers(report, "progress", report->files, report->content_bytes, report->new_bytes);
}

void report_done(const struct report *report, const struct commit *commit)
{
    say_numbers(report, "done", commit->files, commit->content_bytes, commit->new_bytes);
}

void report_failed(const struct report *report, const struct problem *problem)
{
    char line[400];
    int length = snprintf(line, sizeof(line) - 1, "failed %s %s", problem->code, problem->reason);
    for (int i = 0; i < length; i++) {
        if (line[i] == '\n')
            line[i] = ' ';
    }
    line[length] = '\n';
    line[length + 1] = '\0';
    say(report, line);
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

void effort_rest(struct effort *effort)
{
    if (!effort->percent)
        return;
    int64_t now_us = clock_us(CLOCK_MONOTONIC), taken_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    if (!effort->began_us)
        effort->began_us = now_us - taken_us;
    /* So long it should have been, for what was taken. */
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t due_us = taken_us * 100 / effort->percent / (processors > 0 ? processors : 1);
    int64_t rest_us = due_us - (now_us - effort->began_us);
    if (rest_us < 1000)
        return;
    if (rest_us > REST_MOST_US)
        rest_us = REST_MOST_US;
    nanosleep(&(struct timespec){ rest_us / 1000000, rest_us % 1000000 * 1000 }, NULL);
}
