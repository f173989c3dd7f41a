#include "agent/watch/report.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define NAME_DIGITS 20

static const struct shape *row_shape(void)
{
    return envelope_watches_shape.row;
}

int report_open(struct report *report, struct problem *problem)
{
    struct stat spool;
    *report = (struct report){ .rows.limit_bytes = REPORT_SPOOL_BYTES };
    if (dir_make(WATCH_DIR, 0700, problem) || dir_make(REPORT_DIR, 0700, problem))
        return -1;
    report->spool_bytes = stat(REPORT_SPOOL_FILE, &spool) ? 0 : (size_t)spool.st_size;
    return 0;
}

void report_close(struct report *report)
{
    buf_free(&report->rows);
}

void report_add(struct report *report, const struct envelope_watches_row *row)
{
    size_t before = report->rows.length;
    if (message_encode(row_shape(), row, &report->rows) || buf_append(&report->rows, "\n", 1)) {
        report->rows.length = before;
        report->given_up++;
    }
}

/* The newer half stays. */
static int shorten(struct report *report, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read(REPORT_SPOOL_FILE, 2 * REPORT_SPOOL_BYTES, &text, &bytes, problem))
        return -1;
    char *half = memchr(text + bytes / 2, '\n', bytes - bytes / 2);
    half = half ? half + 1 : text + bytes;
    for (const char *line = text; line < half; line++)
        report->given_up += *line == '\n';
    size_t left = bytes - (size_t)(half - text);
    int error = file_write(REPORT_SPOOL_FILE, half, left, 0600, problem);
    if (!error)
        report->spool_bytes = left;
    free(text);
    return error;
}

static int append(const struct buf *rows, struct problem *problem)
{
    int fd = open(REPORT_SPOOL_FILE, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_errno(problem, "disk", REPORT_SPOOL_FILE, "cannot open %s", REPORT_SPOOL_FILE);
    off_t before = lseek(fd, 0, SEEK_END);
    ssize_t written = write(fd, rows->data, rows->length);
    int error = written != (ssize_t)rows->length || fdatasync(fd);
    if (error) {
        problem_errno(problem, "disk", REPORT_SPOOL_FILE, "cannot write %s", REPORT_SPOOL_FILE);
        /* Whole lines or none. */
        if (before < 0 || ftruncate(fd, before))
            unlink(REPORT_SPOOL_FILE);
    }
    close(fd);
    return error ? -1 : 0;
}

int report_keep(struct report *report, struct problem *problem)
{
    if (!report->rows.length)
        return 0;
    if (report->spool_bytes + report->rows.length > REPORT_SPOOL_BYTES && shorten(report, problem))
        return -1;
    if (append(&report->rows, problem))
        return -1;
    report->spool_bytes += report->rows.length;
    buf_clear(&report->rows);
    return 0;
}

/* How many reports wait, and the greatest number of one. */
static size_t waiting(uint64_t *ret_last)
{
    size_t n = 0;
    DIR *dir = opendir(REPORT_DIR);
    *ret_last = 0;
    for (const struct dirent *one = dir ? readdir(dir) : NULL; one; one = readdir(dir)) {
        uint64_t number = strtoull(one->d_name, NULL, 10);
        n += *one->d_name != '.';
        if (number > *ret_last)
            *ret_last = number;
    }
    if (dir)
        closedir(dir);
    return n;
}

int report_finish(struct report *report, struct problem *problem)
{
    char path[sizeof(REPORT_DIR) + NAME_DIGITS + 1];
    uint64_t last, number = (uint64_t)clock_wall_ms();
    if (report_keep(report, problem))
        return -1;
    if (waiting(&last) >= REPORTS_WAITING)
        return problem_set(problem, "report-waits", "", "%d reports wait to be taken", REPORTS_WAITING);
    /* In their order, whatever the clock does. */
    if (number <= last)
        number = last + 1;
    snprintf(path, sizeof(path), REPORT_DIR "/%0*" PRIu64, NAME_DIGITS, number);
    int error = report->spool_bytes ? rename(REPORT_SPOOL_FILE, path) : file_write(path, "", 0, 0600, problem);
    if (error)
        return problem_errno(problem, "disk", path, "cannot make a report");
    report->spool_bytes = 0;
    return 0;
}

static int take_line(
    const char *line, size_t bytes, struct envelope_watches *all, json_t *lines, struct problem *problem)
{
    if (all->n_rows == REPORT_ROWS)
        return problem_set(problem, "bad-report", "", "more than %d rows", REPORT_ROWS);
    json_t *json = message_parse(line, bytes, problem);
    if (!json || json_array_append_new(lines, json))
        return -1;
    if (message_decode(row_shape(), json, &all->rows[all->n_rows], problem))
        return -1;
    all->n_rows++;
    return 0;
}

int report_parse(const char *text, size_t bytes, struct envelope_watches *ret, struct json_t **ret_lines,
    struct problem *problem)
{
    struct envelope_watches all = { .rows = calloc(REPORT_ROWS, sizeof(*all.rows)) };
    json_t *lines = json_array();
    int error = all.rows && lines ? 0 : problem_set(problem, "no-memory", "", "no memory for a report");
    for (const char *line = text, *end; !error && line < text + bytes; line = end + 1) {
        end = memchr(line, '\n', bytes - (size_t)(line - text));
        if (!end)
            error = problem_set(problem, "bad-report", "", "its last line does not end");
        else
            error = take_line(line, (size_t)(end - line), &all, lines, problem);
        if (!end)
            break;
    }
    if (error) {
        report_free(&all, lines);
        return -1;
    }
    *ret = all;
    *ret_lines = lines;
    return 0;
}

void report_free(struct envelope_watches *all, struct json_t *lines)
{
    free(all->rows);
    all->rows = NULL;
    json_decref(lines);
}
