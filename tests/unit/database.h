/*
 * A service's database of the test's own: a fresh one for each case, closed and opened again as by a restart. The test
 * defines DATABASE_SCHEMA before it includes this.
 */
#ifndef VEDETTE_UNIT_DATABASE_H
#define VEDETTE_UNIT_DATABASE_H

#include "tests/unit/folder.h"

#include "lib/records.h"

extern const char DATABASE_SCHEMA[];

static struct records *records;
static char database_folder[FOLDER_BYTES], database_path[64];

static inline void database_restart(void)
{
    records_close(records);
    records = records_open(database_path, DATABASE_SCHEMA, NULL, NULL);
    assert_non_null(records);
}

static inline int database_begin(void **state)
{
    (void)state;
    static unsigned number;
    snprintf(database_path, sizeof(database_path), "%s/%u.db", database_folder, ++number);
    records = NULL;
    database_restart();
    return 0;
}

static inline int database_end(void **state)
{
    (void)state;
    records_close(records);
    return 0;
}

/* Around all cases. */
static inline int database_open(void **state)
{
    (void)state;
    folder_make(database_folder);
    return 0;
}

static inline int database_close(void **state)
{
    (void)state;
    folder_remove(database_folder);
    return 0;
}

#endif
