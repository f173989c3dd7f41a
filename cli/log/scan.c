#include "cli/log/scan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/event.h"
#include "cli/log/entry.h"
#include "lib/message/message.h"
#include "lib/seal/seal.h"
#include "lib/seal/text.h"

struct scanning {
    enum class class;
    struct seal *seal; /* NULL: there are no keys */
    uint64_t sealed;   /* entries that were shown with sealed fields */
    struct log_scan *scan;
    struct problem *problem;
    bool failed;
};

static bool same(const char *wanted, const char *has)
{
    return !wanted || (has && !strcmp(wanted, has));
}

/* As in events.def, or as it stands on the wire. */
static bool is_of_type(const char *wanted, int event)
{
    return !wanted || (event >= 0 && (!strcmp(wanted, event_rows[event].type) || event_by_type(wanted) == event));
}

static bool matches(const struct log_wanted *wanted, const struct bus_event *event)
{
    return is_of_type(wanted->type, event->event) && same(wanted->tenant, event->tenant) &&
           same(wanted->subject, event->subject) && same(wanted->actor, event->actor) &&
           event->sev <= wanted->least_sev && event->time_ms >= wanted->from_ms && event->time_ms <= wanted->to_ms &&
           (!wanted->phrase || phrase_in(wanted->phrase, event->json, event->json_bytes));
}

void log_print(const struct bus_event *event, bool json)
{
    if (!json) {
        event_print(event);
        return;
    }
    fwrite(event->json, 1, event->json_bytes, stdout);
    putchar('\n');
}

static bool look(void *arg, uint64_t index, const struct tlog_entry *entry)
{
    struct scanning *scanning = arg;
    struct log_scan *scan = scanning->scan;
    struct event_read read;
    const char *text = (const char *)entry->data;
    size_t bytes = entry->bytes;
    (void)index;
    if ((scanning->seal && seal_open(scanning->seal, scanning->class, text, bytes, &text, &bytes)) ||
        event_read_stored(text, bytes, &read, scanning->problem)) {
        scanning->failed = true;
        return false;
    }
    if (matches(&scan->wanted, &read.event)) {
        struct seal_text found;
        log_print(&read.event, scan->json);
        scanning->sealed += !seal_text_find(text, bytes, &found);
        scan->left--;
    }
    event_free(&read);
    return scan->left > 0 && !ferror(stdout);
}

/* On the server's host its keys open what is sealed, if this user may read them. Else, and of a copy, it stays
 * sealed. */
static struct seal_keys *open_keys(const struct cli *cli, const char *name)
{
    static char folder[PATH_MAX];
    char master[PATH_MAX], inside[PATH_MAX];
    struct problem ignored;
    if (word_index(class_words, name) < 0 || cli->options.url ||
        snprintf(inside, sizeof(inside), "%s/" SEAL_KEYS_MASTER, cli->options.state) >= (int)sizeof(inside) ||
        cli_path(cli, inside, master, &ignored) ||
        snprintf(inside, sizeof(inside), "%s/" SEAL_KEYS_FOLDER, cli->options.state) >= (int)sizeof(inside) ||
        cli_path(cli, inside, folder, &ignored))
        return NULL;
    return seal_keys_open(folder, master, false, &ignored);
}

static void say_sealed(const struct scanning *scanning)
{
    if (scanning->sealed)
        fprintf(stderr,
            "vedette: personal fields of %" PRIu64 " entries are sealed: only the server can open them, while it keeps "
            "their keys\n",
            scanning->sealed);
}

int log_scan(struct cli *cli, const struct command *command, const struct given *given, const char *name,
    struct log_scan *scan, struct problem *problem)
{
    char path[PATH_MAX];
    struct opened_log log;
    if (log_path(cli, name, path, problem) || log_open_at(cli, command, given, path, &log, problem))
        return -1;
    struct seal_keys *keys = open_keys(cli, name);
    struct scanning scanning = {
        .class = (enum class)(keys ? word_index(class_words, name) : 0),
        .seal = keys ? seal_new(keys) : NULL,
        .scan = scan,
        .problem = problem,
    };
    struct tlog_source source = log_source(&log);
    int error = scan->left ? log_entries(&source, scan->from, source.size, look, &scanning, problem) : 0;
    say_sealed(&scanning);
    seal_free(scanning.seal);
    seal_keys_free(keys);
    log_close(&log);
    return error || scanning.failed ? -1 : 0;
}

int log_number(
    const struct command *command, const struct given *given, const char *name, uint64_t *ret, struct problem *problem)
{
    const char *text = given_value(command, given, name);
    char *end;
    if (!text)
        return 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || number > TLOG_SIZE_MAX)
        return problem_set(problem, "usage", name, "%s is a number", name);
    *ret = number;
    return 0;
}
