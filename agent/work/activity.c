#include "agent/work/activity.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/activity.h"
#include "agent/work/refusals.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/utf8.h"

#define SETTLE_MS 60000
#define REFUSALS_FILE "refusals" /* in our own folder */

static char file[PATH_MAX], refused_file[PATH_MAX];
static struct refusals refusals;
static bool refusals_known; /* they were read */
static int64_t settled_ms;

void activity_open(const char *path)
{
    const char *name = strrchr(path, '/');
    snprintf(file, sizeof(file), "%s", path);
    snprintf(refused_file, sizeof(refused_file), "%.*s" REFUSED_FILE, name ? (int)(name + 1 - path) : 0, path);
    refusals_known = false;
}

/* Text from outside: nothing that a terminal would obey, and nothing that reads as something else. Documents' texts
 * have no control characters, but sentences may quote what is not yet known to be one. */
static void put(struct buf *line, const char *before, const char *text, const char *after)
{
    if (!text || !*text)
        return;
    const char *end = text + strlen(text);
    buf_text(line, before);
    while (text < end) {
        const char *start = text;
        int32_t c = utf8_next(&text, end);
        if (c < 0)
            buf_format(line, "<%02X>", (unsigned char)*text++);
        else if (c < ' ' || utf8_is_hidden(c))
            buf_format(line, "<U+%04X>", (unsigned)c);
        else
            buf_append(line, start, (size_t)(text - start));
    }
    buf_text(line, after);
}

static void turn_over(const char *path, int fd, off_t limit_bytes)
{
    struct stat found;
    char older[PATH_MAX + 2];
    snprintf(older, sizeof(older), "%s.1", path);
    if (!fstat(fd, &found) && found.st_size > limit_bytes)
        rename(path, older);
}

static void write_line(const char *path, off_t limit_bytes, const char *what, const struct activity *activity)
{
    char time[RFC3339_BYTES];
    struct problem problem;
    struct buf line = { 0 };
    clock_rfc3339(time, clock_wall_ms());
    buf_format(&line, "%.19sZ  %-11s", time, what);
    put(&line, " ", activity->kind, "");
    if (activity->document && *activity->document)
        buf_format(&line, " %.8s v%u", activity->document, activity->version);
    put(&line, " \"", activity->title, "\"");
    put(&line, ", signed by ", activity->signers, "");
    put(&line, activity->kind ? ": " : " ", activity->detail, "");
    buf_text(&line, "\n");
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (line.failed || fd < 0 || write(fd, line.data, line.length) != (ssize_t)line.length) {
        problem_errno(&problem, "no-activity", path, "cannot write the activity log");
        log_problem(LOG_LEVEL_ERROR, "work.no-activity", &problem);
    }
    if (fd >= 0) {
        turn_over(path, fd, limit_bytes);
        close(fd);
    }
    buf_free(&line);
}

void activity_write(const char *what, const struct activity *activity)
{
    write_line(file, ACTIVITY_LIMIT_BYTES, what, activity);
}

static void know_refusals(void)
{
    char *text;
    size_t bytes;
    if (refusals_known)
        return;
    refusals_known = true;
    refusals = (struct refusals){ 0 };
    if (file_read_secret(REFUSALS_FILE, sizeof(refusals), &text, &bytes, NULL))
        return;
    refusals_parse(text, bytes, &refusals);
    free(text);
}

void activity_refused(const struct activity *activity, const char *code)
{
    know_refusals();
    if (refusals_take(&refusals, activity->kind ? activity->kind : "", code, clock_wall_ms()))
        write_line(refused_file, ACTIVITY_REFUSED_BYTES, "refused", activity);
}

static void settle(void)
{
    const struct refusal *row;
    struct problem problem;
    uint64_t more;
    while ((row = refusals_counted(&refusals, &more))) {
        char detail[160];
        snprintf(detail, sizeof(detail), "%" PRIu64 " more like it (%s)", more, row->code);
        write_line(
            refused_file, ACTIVITY_REFUSED_BYTES, "refused", &(struct activity){ .kind = row->kind, .detail = detail });
    }
    settled_ms = clock_mono_ms();
    if (refusals_save(&refusals, REFUSALS_FILE, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.no-activity", &problem);
}

void activity_settle(void)
{
    if (refusals_known && clock_mono_ms() - settled_ms >= SETTLE_MS)
        settle();
}

void activity_close(void)
{
    if (refusals_known)
        settle();
}
