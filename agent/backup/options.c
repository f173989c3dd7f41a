#include "agent/backup/options.h"

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/backup/paths.h"
#include "agent/state.h"
#include "lib/calendar/civil.h"
#include "lib/message/message.h"
#include "lib/repository/retention.h"
#include "lib/target/conf.h"

/* Each reads one form of value into its place in the options, and returns what is wrong with it, or NULL. */

static const char *take_text(const char *text, void *place)
{
    *(const char **)place = text;
    return NULL;
}

static const char *take_flag(const char *text, void *place)
{
    (void)text;
    *(bool *)place = true;
    return NULL;
}

static const char *take_folder(const char *text, void *place)
{
    return realpath(text, place) ? NULL : "no folder that is there";
}

static const char *take_id(const char *text, void *place)
{
    if (strlen(text) != BACKUP_BYTES - 1 || strspn(text, "0123456789abcdef") != BACKUP_BYTES - 1)
        return "32 hexadecimal digits are wanted";
    memcpy(place, text, BACKUP_BYTES);
    return NULL;
}

static const char *take_date(const char *text, void *place)
{
    return civil_parse(text, place) ? "a date is wanted, as 2026-11-22" : NULL;
}

static const char *take_class(const char *text, void *place)
{
    int class = word_index(backup_class_words, text);
    if (class < 0)
        return "there is no such class";
    *(enum backup_class *)place = (enum backup_class) class;
    return NULL;
}

static const char *take_zone(const char *text, void *place)
{
    if (strlen(text) >= ZONE_NAME_BYTES)
        return "no name of a zone is so long";
    strcpy(place, text);
    return NULL;
}

static const char *read_number(const char *text, int64_t most, int64_t *ret)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || *text < '0' || *text > '9' || !value || value > most)
        return "a number is wanted, within its limits";
    *ret = value;
    return NULL;
}

static const char *take_number(const char *text, void *place)
{
    return read_number(text, INT64_C(1) << 40, place);
}

static const char *take_percent(const char *text, void *place)
{
    return read_number(text, 100, place);
}

/* Its name is that of a file in a folder of the owner's. */
static const char *add_dump(struct backup_options *ret, const char *name)
{
    if (ret->n_dumps == DUMPS_MAX || !*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        return "no name of a dump, or too many";
    ret->dumps[ret->n_dumps++] = name;
    return NULL;
}

#define PLACE(field) offsetof(struct backup_options, field)

static const struct option_row {
    const char *name, *value, *meaning; /* value NULL: the option is a flag */
    const char *(*take)(const char *text, void *place);
    size_t offset;                                                 /* of the place */
    const char *(*add)(struct backup_options *, const char *text); /* in place of take: one more of a list */
} rows[] = {
    { "state", "DIR", "the agent's state directory (default " STATE_DEFAULT ")", take_folder, PLACE(state) },
    { "home", "DIR", "where caches are kept (default: " WORK_INSTALLED ", or the state directory)", take_folder,
        PLACE(home) },
    { "targets", "FILE", "the owner's targets (default " TARGETS_DEFAULT ")", take_text, PLACE(targets) },
    { "target", "NAME", "which of them", take_text, PLACE(target) },
    { "exclude", "PATH", "leave this out; may be repeated", .add = paths_add_excluded },
    { "database", "PATH", "a SQLite database, copied whole while it is in use; may be repeated",
        .add = paths_add_database },
    { "dump", "NAME", "what the owner's command NAME writes, in the folder dumps beside the targets; may be repeated",
        .add = add_dump },
    { "anchor", NULL, "self-contained, and a tar archive to stock tools", take_flag, PLACE(anchor) },
    { "class", "CLASS", "daily, differential, weekly, server, access or manual (default)", take_class, PLACE(class) },
    { "slot", "DATE", "the date it stands for (default: today, UTC)", take_date, PLACE(slot) },
    { "kept-until", "DATE", "the last date on which it is kept (default: as its class is)", take_date,
        PLACE(kept_until) },
    { "zone", "NAME", "on whose walls these dates are", take_zone, PLACE(zone) },
    { "backup", "ID", "its 32 hexadecimal digits (default: random)", take_id, PLACE(backup) },
    { "base", "ID", "the backup that a differential needs", take_id, PLACE(base) },
    { "deployment", "ID", "the deployment's 32 hexadecimal digits (default: zeros)", take_id, PLACE(deployment) },
    { "bandwidth", "N", "at most so many bytes a second to the target and from it", take_number,
        PLACE(bandwidth_bytes_s) },
    { "cpu", "N", "at most so many percent of all processors", take_percent, PLACE(cpu_percent) },
    { "within", "PATH", "nothing that stands outside of it; may be repeated", .add = paths_add_within },
    { "ordered", NULL,
        "for an order: say how far it is; paths that are not there are told as unread; go on where it was cut off",
        take_flag, PLACE(ordered) },
    { "plan", "ID", "for an order: what backups of this plan have in common is looked up", take_id, PLACE(plan) },
    { "commit-to", "FILE", "for an order: where the commit goes as well", take_text, PLACE(commit_to) },
    { "commit-by", "SECONDS", "for an order: since 1970; after it there is no commit any more", take_number,
        PLACE(commit_by_s) },
    { "help", NULL, "print this" },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

static int say_usage(void)
{
    fputs("usage: vedette-agent-backup --target NAME [OPTION…] PATH…\n\n"
          "Back up what stands at the paths to a target of the owner's file.\n",
        stderr);
    for (size_t i = 0; i < ROWS; i++) {
        char option[64];
        snprintf(option, sizeof(option), "--%s %s", rows[i].name, rows[i].value ? rows[i].value : "");
        fprintf(stderr, "  %-19s %s\n", option, rows[i].meaning);
    }
    return -1;
}

static int parse_options(int argc, char **argv, struct backup_options *ret)
{
    struct option longs[ROWS + 1] = { 0 };
    int found, index = 0;
    for (size_t i = 0; i < ROWS; i++)
        longs[i] = (struct option){ rows[i].name, rows[i].value ? required_argument : no_argument, NULL, 0 };
    while ((found = getopt_long(argc, argv, "", longs, &index)) == 0) {
        const struct option_row *row = &rows[index];
        if (!row->take && !row->add)
            return say_usage();
        const char *what = row->add ? row->add(ret, optarg) : row->take(optarg, (char *)ret + row->offset);
        if (what) {
            fprintf(stderr, "vedette-agent-backup: --%s %s: %s\n", row->name, optarg, what);
            return -1;
        }
    }
    return found == -1 ? 0 : say_usage();
}

static void fill_in(struct backup_options *ret)
{
    uint8_t id[(BACKUP_BYTES - 1) / 2];
    if (!ret->backup[0]) {
        crypto_random(id, sizeof(id));
        crypto_hex(id, sizeof(id), ret->backup);
    }
    if (!ret->slot)
        ret->slot = civil_day_of(time(NULL));
    if (!ret->kept_until)
        ret->kept_until = retention_kept_until(&retention_rules.spans[ret->class], ret->slot);
    if (!ret->home[0])
        strcpy(ret->home, state_is_installed(ret->state) ? WORK_INSTALLED : ret->state);
}

int options_parse(int argc, char **argv, struct backup_options *ret)
{
    *ret = (struct backup_options){ .state = STATE_DEFAULT,
        .targets = TARGETS_DEFAULT,
        .class = BACKUP_CLASS_MANUAL,
        .deployment = "00000000000000000000000000000000" };
    if (parse_options(argc, argv, ret))
        return -1;
    for (; optind < argc; optind++) {
        const char *what = paths_add(ret, argv[optind]);
        if (what) {
            fprintf(stderr, "vedette-agent-backup: %s: %s\n", argv[optind], what);
            return -1;
        }
    }
    if (!ret->target || (!ret->n_paths && !ret->n_absent && !ret->n_databases && !ret->n_dumps))
        return say_usage();
    paths_order(ret);
    fill_in(ret);
    return 0;
}
