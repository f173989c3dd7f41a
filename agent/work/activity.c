#include "agent/work/activity.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/utf8.h"

static char file[PATH_MAX];

void activity_open(const char *path)
{
    snprintf(file, sizeof(file), "%s", path);
}

/* Text from outside: nothing that a terminal would obey, and nothing that reads as something else. Documents' texts have
 * no control characters, but sentences may quote what is not yet known to be one. */
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

static void turn_over(int fd)
{
    struct stat found;
    char older[PATH_MAX + 2];
    snprintf(older, sizeof(older), "%s.1", file);
    if (!fstat(fd, &found) && found.st_size > ACTIVITY_LIMIT_BYTES)
        rename(file, older);
}

void activity_write(const char *what, const struct activity *activity)
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
    put(&line, ": ", activity->detail, "");
    buf_text(&line, "\n");
    int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (line.failed || fd < 0 || write(fd, line.data, line.length) != (ssize_t)line.length) {
        problem_errno(&problem, "no-activity", file, "cannot write the activity log");
        log_problem(LOG_LEVEL_ERROR, "work.no-activity", &problem);
    }
    if (fd >= 0) {
        turn_over(fd);
        close(fd);
    }
    buf_free(&line);
}
