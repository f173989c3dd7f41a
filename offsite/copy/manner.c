#include "offsite/copy/manner.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#define ACCESS_ENTRIES "log/access/tile/entries"

/* The first that fits counts; `*` goes over slashes. */
struct rule {
    const char *pattern;
    enum manner manner;
};

static const struct rule of_services[] = {
    { "*-wal", MANNER_NONE }, /* the database's, which is read with it */
    { "*-shm", MANNER_NONE },
    { "*.new", MANNER_NONE }, /* drafts */
    { "*.draft", MANNER_NONE },
    { "audit/index", MANNER_NONE }, /* made again from the log */
    { "audit/journal/*.segment", MANNER_JOURNAL },
    { "audit/journal/*", MANNER_NONE }, /* room for the next one */
    { "ingest/recent.*", MANNER_NONE }, /* beats since the snapshot */
    { "ingest/pulses.*", MANNER_ONCE },
    { "*/outbox", MANNER_OUTBOX },
    { "*/outbox.ops", MANNER_OUTBOX },
    { "*.db", MANNER_DATABASE },
    { "*", MANNER_FILE },
};

static const struct rule of_configuration[] = {
    { "vedette.conf", MANNER_FILE },
    { "bus.keys", MANNER_FILE },
    { "ca.pem", MANNER_FILE },
    { "ca", MANNER_FILE },
    { "ca/*", MANNER_FILE },
    { "cli", MANNER_FILE },
    { "cli/bus.key", MANNER_FILE },
    { "cli/copy.key", MANNER_FILE },
    { SERVER_COPIES, MANNER_FILE },
    { SERVER_SIGNERS, MANNER_FILE },
    { "*", MANNER_NONE },
};

static enum manner first(const struct rule *rules, const char *path)
{
    while (fnmatch(rules->pattern, path, 0))
        rules++;
    return rules->manner;
}

static bool is_within(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return !strncmp(path, folder, length) && (!path[length] || path[length] == '/');
}

enum manner manner_of(enum server_set set, const char *path, bool folder)
{
    if (set == SERVER_CONFIGURATION)
        return first(of_configuration, path);
    if (set == SERVER_ACCESS)
        return is_within(path, ACCESS_ENTRIES) || (folder && is_within(ACCESS_ENTRIES, path)) ? MANNER_ONCE
                                                                                              : MANNER_NONE;
    if (set == SERVER_AUDIT && is_within(path, ACCESS_ENTRIES))
        return MANNER_NONE;
    if (set == SERVER_AUDIT && (is_within(path, "log") || is_within(path, "checkpoints")))
        return MANNER_ONCE;
    if (!is_within(path, server_set_words[set]))
        return MANNER_NONE;
    return folder && first(of_services, path) ? MANNER_FILE : first(of_services, path);
}
