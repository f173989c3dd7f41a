/* What is copied, by whom, and how. */
#include "tests/unit/unit.h"

#include "offsite/copy/manner.h"

static void each_set_has_what_is_its_own(void **state)
{
    (void)state;
    static const struct {
        enum server_set set;
        const char *path;
        bool folder;
        enum manner manner;
    } rows[] = {
        { SERVER_CONFIGURATION, "vedette.conf", false, MANNER_FILE },
        { SERVER_CONFIGURATION, "ca/ca.key", false, MANNER_FILE },
        { SERVER_CONFIGURATION, "offsite", true, MANNER_FILE },
        { SERVER_CONFIGURATION, "offsite/signers", false, MANNER_FILE },
        { SERVER_CONFIGURATION, "offsite/audit", true, MANNER_NONE },
        { SERVER_CONFIGURATION, "ingest", true, MANNER_NONE },
        { SERVER_INGEST, "ingest", true, MANNER_FILE },
        { SERVER_INGEST, "ingest/ingest.db", false, MANNER_DATABASE },
        { SERVER_INGEST, "ingest/ingest.db-wal", false, MANNER_NONE },
        { SERVER_INGEST, "ingest/ingest.db-shm", false, MANNER_NONE },
        { SERVER_INGEST, "ingest/master.key", false, MANNER_FILE },
        { SERVER_INGEST, "ingest/outbox.ops", false, MANNER_OUTBOX },
        { SERVER_INGEST, "ingest/pulses.1", false, MANNER_ONCE },
        { SERVER_INGEST, "ingest/recent.1", false, MANNER_NONE },
        { SERVER_INGEST, "portal/portal.db", false, MANNER_NONE },
        { SERVER_INGEST, "ingestion", true, MANNER_NONE },
        { SERVER_AUDIT, "audit/journal/00000007.segment", false, MANNER_JOURNAL },
        { SERVER_AUDIT, "audit/journal/retired", false, MANNER_NONE },
        { SERVER_AUDIT, "audit/journal", true, MANNER_FILE },
        { SERVER_AUDIT, "audit/index", true, MANNER_NONE },
        { SERVER_AUDIT, "audit/sealing/access/2026-11-22", false, MANNER_FILE },
        { SERVER_AUDIT, "log/ops/tile/entries/000", false, MANNER_ONCE },
        { SERVER_AUDIT, "log/access/tile/0/000", false, MANNER_ONCE },
        { SERVER_AUDIT, "log/access/tile/entries", true, MANNER_NONE },
        { SERVER_AUDIT, "log/access/tile/entries/000", false, MANNER_NONE },
        { SERVER_ACCESS, "log", true, MANNER_ONCE },
        { SERVER_ACCESS, "log/access/tile", true, MANNER_ONCE },
        { SERVER_ACCESS, "log/access/tile/entries/000.p/17", false, MANNER_ONCE },
        { SERVER_ACCESS, "log/access/tile/0", true, MANNER_NONE },
        { SERVER_ACCESS, "log/access/checkpoint", false, MANNER_NONE },
        { SERVER_ACCESS, "log/ops", true, MANNER_NONE },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (manner_of(rows[i].set, rows[i].path, rows[i].folder) != rows[i].manner)
            fail_msg("%s of %s", rows[i].path, server_set_words[rows[i].set]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_set_has_what_is_its_own) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
