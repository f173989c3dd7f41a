#include "agent/work/watches.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/definitions.h"
#include "agent/watch/report.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/problem.h"

/* What is watched already goes on while no fresh status comes: it is nothing new, and not being watched helps
 * nobody. */
static bool may_be_watched(struct work *work, struct held *held)
{
    struct problem problem;
    if (held_head(held)->kind != DOCUMENT_KIND_WATCH || held->progress.over)
        return false;
    bool allowed = !judging_judge(work, held, NULL, &problem);
    if (!allowed)
        return held->progress.begun && !strcmp(problem.code, "stale-status");
    if (!held->progress.begun) {
        held->progress.begun = true;
        if (progress_save(&held->progress, &problem))
            log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
    }
    return true;
}

static json_t *definitions_of(struct work *work)
{
    json_t *documents = json_array();
    for (size_t i = 0; i < work->n_held; i++) {
        const struct document_head *head = held_head(work->held[i]);
        if (may_be_watched(work, work->held[i]))
            json_array_append_new(documents,
                json_pack("{s:s, s:I, s:O}", "document", head->document, "version", (json_int_t)head->version,
                    "watches", json_object_get(work->held[i]->document.json, "watches")));
    }
    return json_pack("{s:o}", "documents", documents);
}

static int write_definitions(void *arg, struct problem *problem)
{
    const char *text = arg;
    char *there = NULL;
    size_t bytes;
    bool found = !file_read(WATCHES_FILE, WATCHES_BYTES, &there, &bytes, NULL);
    bool same = found ? !strcmp(there, text) : !strcmp(text, "{\"documents\":[]}");
    free(there);
    if (same)
        return 0;
    if (file_write(WATCHES_FILE, text, strlen(text), 0600, problem))
        return -1;
    /* The resident looks at it anyway, some seconds later. */
    if (write(STDOUT_FILENO, "out\n", 4) != 4)
        log_debug("work.nobody-listens");
    return 0;
}

void watches_keep(struct work *work)
{
    struct problem problem;
    json_t *all = definitions_of(work);
    char *text = all ? message_text(all, JSON_COMPACT) : NULL;
    json_decref(all);
    if (!text)
        log_error("work.no-watches", LOG_TEXT("reason", "no memory"));
    else if (post_outside(work->post, write_definitions, text, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.no-watches", &problem);
    free(text);
}

struct lying {
    char path[sizeof(REPORT_DIR) + 32];
    char *text;
    size_t bytes;
};

static int is_report(const struct dirent *one)
{
    size_t digits = strspn(one->d_name, "0123456789");
    return digits && digits < 30 && !one->d_name[digits];
}

/* The oldest; path "" if there is none. */
static int read_oldest(void *arg, struct problem *problem)
{
    struct lying *lying = arg;
    struct dirent **names;
    int n = scandir(REPORT_DIR, &names, is_report, alphasort);
    *lying = (struct lying){ 0 };
    if (n > 0)
        snprintf(lying->path, sizeof(lying->path), REPORT_DIR "/%.30s", names[0]->d_name);
    for (int i = 0; i < n; i++)
        free(names[i]);
    if (n >= 0)
        free(names);
    return *lying->path ? file_read(lying->path, REPORT_SPOOL_BYTES * 2, &lying->text, &lying->bytes, problem) : 0;
}

static int remove_one(void *arg, struct problem *problem)
{
    struct lying *lying = arg;
    return unlink(lying->path) ? problem_errno(problem, "disk", lying->path, "cannot remove %s", lying->path) : 0;
}

/* false: it stays for later. What is no message is thrown away. */
static bool send_one(struct work *work, const struct lying *lying)
{
    struct envelope_watches report;
    struct problem problem;
    json_t *lines;
    if (report_parse(lying->text, lying->bytes, &report, &lines, &problem)) {
        log_problem(LOG_LEVEL_WARNING, "work.no-report", &problem);
        return true;
    }
    report.now = clock_wall_ms();
    bool sent = !telling_send(work, ENVELOPE_WATCHES, &report);
    report_free(&report, lines);
    return sent;
}

void watches_send(struct work *work)
{
    struct problem problem;
    bool failed = false;
    for (int i = 0; i < REPORTS_WAITING && !failed; i++) {
        struct lying lying = { 0 };
        failed = post_outside(work->post, read_oldest, &lying, &problem);
        if (failed)
            log_problem(LOG_LEVEL_WARNING, "work.no-report", &problem);
        if (!*lying.path)
            return;
        /* A crash between the two has it sent again, which the scheduler takes for the same. */
        failed = failed || !send_one(work, &lying) || post_outside(work->post, remove_one, &lying, &problem);
        free(lying.text);
    }
}
