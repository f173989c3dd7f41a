#include "lib/repository/server_sets.h"

const char *const server_set_words[SERVER_SET_COUNT] = {
    [SERVER_CONFIGURATION] = "configuration",
    [SERVER_AUDIT] = "audit",
    [SERVER_INGEST] = "ingest",
    [SERVER_PORTAL] = "portal",
    [SERVER_SCHEDULER] = "scheduler",
    [SERVER_BACKUP] = "backup",
    [SERVER_ALERT] = "alert",
    [SERVER_ACCESS] = "access",
};

const char *const server_set_keys[SERVER_SET_COUNT] = {
    [SERVER_CONFIGURATION] = "cli/copy.key",
    [SERVER_AUDIT] = "audit/copy.key",
    [SERVER_INGEST] = "ingest/copy.key",
    [SERVER_PORTAL] = "portal/copy.key",
    [SERVER_SCHEDULER] = "scheduler/copy.key",
    [SERVER_BACKUP] = "backup/copy.key",
    [SERVER_ALERT] = "alert/copy.key",
    [SERVER_ACCESS] = "audit/copy.key",
};
