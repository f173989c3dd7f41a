#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/db.h"
#include "lib/problem.h"

static char path[64];
static struct problem problem;

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "/tmp/vedette-db-%d.db", getpid());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    char beside[80];
    unlink(path);
    snprintf(beside, sizeof(beside), "%s-wal", path);
    unlink(beside);
    snprintf(beside, sizeof(beside), "%s-shm", path);
    unlink(beside);
    return 0;
}

static const char schema_1[] = "-- version 1\nCREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;\n";
static const char schema_2[] = "-- version 1\nCREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;\n"
                               "-- version 2\nALTER TABLE t ADD COLUMN data BLOB;\n";
static const char schema_broken[] = "-- version 1\nCREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE) STRICT;\n"
                                    "-- version 2\nALTER TABLE t ADD COLUMN data BLOB;\n"
                                    "-- version 3\nALTER TABLE t ADD COLUMN more BLOB; ALTER TABLE nothing ADD a;\n";

static void migrations_are_applied_once_and_in_order(void **state)
{
    (void)state;
    struct db *db = db_open(path, schema_1, &problem);
    assert_non_null(db);
    assert_int_equal(db_run(db, &problem, "INSERT INTO t (name) VALUES (?)", "s", "a"), 1);
    db_close(db);
    db = db_open(path, schema_2, &problem);
    assert_non_null(db);
    assert_int_equal(db_run(db, &problem, "UPDATE t SET data = ?", "b", "\0\1", (size_t)2), 1);
    db_close(db);
}

static void a_migration_that_fails_leaves_the_database_as_it_was(void **state)
{
    (void)state;
    db_close(db_open(path, schema_2, &problem));
    assert_null(db_open(path, schema_broken, &problem));
    struct db *db = db_open(path, schema_2, &problem);
    assert_non_null(db);
    db_close(db);
}

static void a_newer_database_is_refused(void **state)
{
    (void)state;
    db_close(db_open(path, schema_2, &problem));
    assert_null(db_open(path, schema_1, &problem));
    assert_non_null(strstr(problem.reason, "version 2"));
}

static void values_come_back_and_transactions_roll_back(void **state)
{
    (void)state;
    struct db *db = db_open(path, schema_2, &problem);
    assert_int_equal(db_begin(db, &problem), 0);
    assert_int_equal(db_run(db, &problem, "INSERT INTO t (name, data) VALUES (?, ?)", "sb", NULL, "xyz", (size_t)3), 1);
    assert_int_equal(db_last_id(db), 1);
    assert_int_equal(db_commit(db, &problem), 0);
    assert_int_equal(db_begin(db, &problem), 0);
    db_run(db, &problem, "DELETE FROM t", "");
    db_rollback(db);
    struct db_rows *rows = db_query(db, &problem, "SELECT name, data, id FROM t", "");
    size_t bytes;
    assert_true(db_next(rows));
    assert_null(db_text(rows, 0));
    assert_memory_equal(db_blob(rows, 1, &bytes), "xyz", 3);
    assert_int_equal(bytes, 3);
    assert_int_equal(db_int(rows, 2), 1);
    assert_false(db_next(rows));
    assert_int_equal(db_rows_free(rows), 0);
    db_close(db);
}

static void a_broken_rule_is_named(void **state)
{
    (void)state;
    struct db *db = db_open(path, schema_1, &problem);
    static const char sql[] = "INSERT INTO t (name) VALUES (?)";
    assert_int_equal(db_run(db, &problem, sql, "s", "a"), 1);
    assert_int_equal(db_run(db, &problem, sql, "s", "a"), -1);
    assert_string_equal(problem.code, "constraint");
    assert_int_equal(db_run(db, &problem, sql, "s", "b"), 1);
    db_close(db);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(migrations_are_applied_once_and_in_order),
        TEST(a_migration_that_fails_leaves_the_database_as_it_was),
        TEST(a_newer_database_is_refused),
        TEST(values_come_back_and_transactions_roll_back),
        TEST(a_broken_rule_is_named),
    };
    return cmocka_run_group_tests_name("db", tests, NULL, NULL);
}
