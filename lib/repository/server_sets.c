#include "lib/repository/server_sets.h"

const char *const server_set_words[SERVER_SET_COUNT] = {
    [SERVER_CONFIGURATION] = "configuration",
    [SERVER_AUDIT] = "audit",
    [SERVER_INGEST] = "ingest",
    [SERVER_PORTAL] = "portal",
    [SERVER_SCHEDULER] = "scheduler",
    [SERVER_BACKUP] = "backup",
    [SERVER_ALERT] = "alert",
};
