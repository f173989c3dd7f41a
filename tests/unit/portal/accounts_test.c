#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/db.h"
#include "lib/problem.h"
#include "services/portal/accounts/accounts.h"
#include "services/portal/portal.h"

#define NOW 1700000000000LL
#define HERE "192.0.2.1"

static char path[] = "/tmp/accounts-XXXXXX";
static struct db *db;
static struct problem problem;

static int begin(void **state)
{
    (void)state;
    strcpy(path, "/tmp/accounts-XXXXXX");
    close(mkstemp(path));
    db = portal_database(path, &problem);
    const struct account alice = { .user = "alice", .role = 3, .password_hash = "hash", .otp_step = 100 };
    return db && account_create(db, &alice, NOW, &problem) == 0 ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    db_close(db);
    char name[64];
    for (const char *const *more = (const char *const[]){ "", "-wal", "-shm", NULL }; *more; more++) {
        snprintf(name, sizeof(name), "%s%s", path, *more);
        unlink(name);
    }
    return 0;
}

static int64_t fail_times(const char *user, bool known, enum factor factor, int times, int64_t now_ms)
{
    int64_t until = 0;
    for (int i = 0; i < times; i++)
        until = account_failed(db, user, known, factor, now_ms, &problem);
    return until;
}

static void five_failures_lock_for_half_an_hour(void **state)
{
    (void)state;
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 4, NOW), 0);
    assert_int_equal(account_locked_until(db, "alice", false, NOW, &problem), 0);
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 1, NOW), NOW + LOCK_MS);
    assert_int_equal(account_locked_until(db, "alice", false, NOW + LOCK_MS - 1, &problem), NOW + LOCK_MS);
    assert_int_equal(account_locked_until(db, "alice", false, NOW + LOCK_MS, &problem), 0);
    /* Then the count begins anew. */
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 4, NOW + LOCK_MS), 0);
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 1, NOW + LOCK_MS), NOW + 2 * LOCK_MS);
}

static void password_and_key_count_apart(void **state)
{
    (void)state;
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 4, NOW), 0);
    assert_int_equal(fail_times("alice", false, FACTOR_KEY, 4, NOW), 0);
    assert_true(fail_times("alice", false, FACTOR_KEY, 1, NOW) > NOW);
}

static void a_success_resets(void **state)
{
    (void)state;
    fail_times("alice", false, FACTOR_PASSWORD, 4, NOW);
    assert_int_equal(account_succeeded(db, "alice", HERE, false, 101, NOW, &problem), 0);
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 4, NOW), 0);
}

/* Else a session and a phone would be good for as many guesses at the password as one likes. */
static void a_proven_key_resets_the_key_alone(void **state)
{
    (void)state;
    struct account account;
    fail_times("alice", false, FACTOR_PASSWORD, 4, NOW);
    fail_times("alice", false, FACTOR_KEY, 4, NOW);
    assert_int_equal(account_proven(db, "alice", false, 101, &problem), 0);
    assert_int_equal(account_find(db, "alice", &account, &problem), 1);
    assert_int_equal(account.otp_step, 101);
    assert_false(account_knows(db, "alice", HERE, NOW));
    assert_int_equal(fail_times("alice", false, FACTOR_KEY, 4, NOW), 0);
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 1, NOW), NOW + LOCK_MS);
}

static void strangers_do_not_lock_a_known_device(void **state)
{
    (void)state;
    assert_false(account_knows(db, "alice", HERE, NOW));
    account_succeeded(db, "alice", HERE, false, 101, NOW, &problem);
    assert_true(account_knows(db, "alice", HERE, NOW + 1));
    assert_false(account_knows(db, "alice", "198.51.100.9", NOW));
    assert_false(account_knows(db, "alice", HERE, NOW + 91 * 86400000LL));
    fail_times("alice", false, FACTOR_PASSWORD, 5, NOW);
    assert_true(account_locked_until(db, "alice", false, NOW, &problem) > 0);
    assert_int_equal(account_locked_until(db, "alice", true, NOW, &problem), 0);
}

/* Or the answer would tell which names exist. */
static void unknown_names_lock_too(void **state)
{
    (void)state;
    assert_true(fail_times("nobody", false, FACTOR_PASSWORD, 5, NOW) > NOW);
    assert_true(account_locked_until(db, "nobody", false, NOW, &problem) > 0);
    account_forget(db, NOW + 2 * 86400000LL);
    assert_int_equal(account_locked_until(db, "nobody", false, NOW, &problem), 0);
}

static void store_failures(int64_t count, int64_t first_ms)
{
    assert_true(db_run(db, &problem,
                    "INSERT INTO failures WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) "
                    "SELECT 'stranger-' || i, 0, 1, 0, 0, ?2 + i FROM n",
                    "ii", count, first_ms) == count);
}

/* However many names were tried before: one that is ours and one that is not are answered alike. */
static void a_crowd_of_names_tells_nothing(void **state)
{
    (void)state;
    store_failures(20000, NOW);
    assert_int_equal(fail_times("alice", false, FACTOR_PASSWORD, 5, NOW), NOW + LOCK_MS);
    assert_int_equal(fail_times("nobody", false, FACTOR_PASSWORD, 5, NOW), NOW + LOCK_MS);
}

static void the_newest_failures_are_kept(void **state)
{
    (void)state;
    store_failures(400000, NOW);
    fail_times("alice", false, FACTOR_PASSWORD, 5, NOW);
    fail_times("nobody", false, FACTOR_PASSWORD, 5, NOW + 400001);
    account_forget(db, NOW + 400001);
    assert_int_equal(account_locked_until(db, "alice", false, NOW, &problem), 0);
    assert_true(account_locked_until(db, "nobody", false, NOW, &problem) > 0);
    struct db_rows *rows = db_query(db, &problem, "SELECT count(*) FROM failures", "");
    assert_true(db_next(rows));
    assert_int_equal(db_int(rows, 0), 400000);
    assert_int_equal(db_rows_free(rows), 0);
}

static void a_reset_ends_sessions(void **state)
{
    (void)state;
    struct account account;
    uint8_t wrapped[WRAPPED_BYTES] = { 7 };
    assert_int_equal(account_find(db, "alice", &account, &problem), 1);
    int64_t epoch = account.session_epoch;
    fail_times("alice", false, FACTOR_PASSWORD, 5, NOW);
    assert_int_equal(account_reset(db, "alice", "other", wrapped, 200, &problem), 0);
    assert_int_equal(account_find(db, "alice", &account, &problem), 1);
    assert_true(account.session_epoch > epoch);
    assert_string_equal(account.password_hash, "other");
    assert_int_equal(account.otp_wrapped[0], 7);
    assert_int_equal(account_locked_until(db, "alice", false, NOW, &problem), 0);
    assert_int_equal(account_reset(db, "bob", "other", wrapped, 200, &problem), -1);
    assert_int_equal(account_find(db, "bob", &account, &problem), 0);
}

static void names(void **state)
{
    (void)state;
    assert_int_equal(account_name_check("alice.smith+ops@example.com", &problem), 0);
    for (const char *const *bad = (const char *const[]){ "a b", "a:b", "ä", "\"", "<b>", "a/b", NULL }; *bad; bad++)
        assert_int_equal(account_name_check(*bad, &problem), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(five_failures_lock_for_half_an_hour, begin, end),
        cmocka_unit_test_setup_teardown(password_and_key_count_apart, begin, end),
        cmocka_unit_test_setup_teardown(a_success_resets, begin, end),
        cmocka_unit_test_setup_teardown(a_proven_key_resets_the_key_alone, begin, end),
        cmocka_unit_test_setup_teardown(strangers_do_not_lock_a_known_device, begin, end),
        cmocka_unit_test_setup_teardown(unknown_names_lock_too, begin, end),
        cmocka_unit_test_setup_teardown(a_crowd_of_names_tells_nothing, begin, end),
        cmocka_unit_test_setup_teardown(the_newest_failures_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_reset_ends_sessions, begin, end),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
