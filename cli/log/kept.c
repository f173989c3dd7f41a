#include "cli/log/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/log/entry.h"
#include "lib/class_numbers.h"
#include "lib/event/head.h"
#include "lib/message/message.h"

/* The component of an origin vedette/<deployment>/<class>[/<generation>]; -1: not ours. */
static int class_of(const char *origin)
{
    char word[16];
    const char *slash = strchr(origin, '/');
    slash = slash ? strchr(slash + 1, '/') : NULL;
    if (!slash)
        return -1;
    snprintf(word, sizeof(word), "%.*s", (int)strcspn(slash + 1, "/"), slash + 1);
    return word_index(class_words, word);
}

static int ops_path(const struct cli *cli, const struct command *command, const struct given *given,
    const struct opened_log *log, char ret[PATH_MAX], struct problem *problem)
{
    const char *ops = given_value(command, given, "--ops"), *slash = strrchr(log->path, '/');
    if (ops)
        return log_path(cli, ops, ret, problem);
    int length = slash ? (int)(slash + 1 - log->path) : 0;
    if (snprintf(ret, PATH_MAX, "%.*s%s", length, log->path, class_words[CLASS_OPS]) >= PATH_MAX)
        return problem_set(problem, "file", "--ops", "the path of the ops log is too long");
    return 0;
}

struct kept {
    int class;
    uint64_t from;
};

static void take(struct kept *kept, const struct bus_event *event)
{
    uint64_t all[CLASS_COUNT] = { 0 }, from = 0;
    if (event->event == EVENT_RETENTION_DELETING) {
        const struct event_retention_deleting *deleting = event->data;
        from = deleting->class == kept->class ? deleting->kept_from : 0;
    } else {
        const struct event_retention_rules *rules = event->data;
        from = class_numbers_parse(rules->kept, all) ? 0 : all[kept->class];
    }
    kept->from = from > kept->from ? from : kept->from;
}

static bool look(void *arg, uint64_t index, const struct tlog_entry *entry)
{
    const char *text = (const char *)entry->data;
    struct event_head head;
    struct event_read read;
    (void)index;
    if (event_head_read(text, entry->bytes, &head) ||
        (head.event != EVENT_RETENTION_RULES && head.event != EVENT_RETENTION_DELETING) ||
        event_read_stored(text, entry->bytes, &read, NULL))
        return true;
    if (read.event.data)
        take(arg, &read.event);
    event_free(&read);
    return true;
}

static int read_ops(struct opened_log *ops, struct kept *kept, struct problem *problem)
{
    const struct tlog_source unverified = log_source(ops);
    struct tlog_verified *verified = tlog_verified_new(&unverified, ops->checkpoint.root, problem);
    if (!verified)
        return -1;
    const struct tlog_source source = tlog_verified_source(verified);
    int error = log_entries(&source, 0, source.size, look, kept, problem);
    tlog_verified_free(verified);
    return error;
}

static bool has_first(struct opened_log *log)
{
    const struct tlog_source source = log_source(log);
    const struct tlog_tile first = { TLOG_BUNDLE, tlog_tile_width(source.size, TLOG_BUNDLE, 0), 0 };
    const uint8_t *data;
    size_t bytes;
    struct problem problem;
    return !source.size || !source.read(source.arg, &first, &data, &bytes, &problem) || strcmp(problem.code, "absent");
}

int log_kept_from(const struct cli *cli, const struct command *command, const struct given *given,
    struct opened_log *log, uint64_t *ret, struct problem *problem)
{
    struct kept kept = { .class = class_of(log->checkpoint.origin) };
    struct opened_log ops;
    struct problem found;
    char path[PATH_MAX];
    *ret = 0;
    if (has_first(log))
        return 0;
    if (kept.class < 0)
        return problem_set(problem, "absent", "tile/entries/000", "tile/entries/000 is missing");
    if (kept.class == CLASS_OPS) {
        if (read_ops(log, &kept, problem))
            return -1;
        *ret = kept.from;
        return 0;
    }
    if (ops_path(cli, command, given, log, path, problem))
        return -1;
    if (log_open_same_key(cli, path, &log->policy.log, &ops, &found))
        return problem_set(problem, "unexplained", "--ops",
            "tile/entries/000 is missing, and the ops log, which must explain it (--ops), cannot be read: %.130s",
            found.reason);
    int error = read_ops(&ops, &kept, problem);
    log_close(&ops);
    if (!error)
        *ret = kept.from;
    return error;
}
