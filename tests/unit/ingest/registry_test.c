#include "tests/unit/folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.h"
#include "lib/beat.h"
#include "lib/db.h"
#include "lib/problem.h"
#include "services/ingest/enrolment/tokens.h"
#include "services/ingest/memory/hot.h"
#include "services/ingest/presence/presence.h"
#include "services/ingest/presence/sites.h"
#include "services/ingest/registry/registry.h"

static struct registry registry;
static struct sites sites;
static struct problem problem;
static char folder[FOLDER_BYTES], key_path[64], db_path[64];

static void write_key(char digit)
{
    char hex[65];
    memset(hex, digit, 64);
    FILE *file = fopen(key_path, "w");
    fwrite(hex, 1, 64, file);
    fclose(file);
}

static int set_up(void **state)
{
    (void)state;
    crypto_open();
    umask(077);
    folder_make(folder);
    snprintf(key_path, sizeof(key_path), "%s/master.key", folder);
    snprintf(db_path, sizeof(db_path), "%s/ingest.db", folder);
    write_key('a');
    return registry_open(&registry, db_path, key_path, &problem) || sites_add(&sites, 0, "", "");
}

static int tear_down(void **state)
{
    (void)state;
    registry_close(&registry);
    sites_free(&sites);
    folder_remove(folder);
    return 0;
}

static void add(uint32_t agent, uint32_t site, uint8_t first)
{
    const uint8_t secret[SECRET_BYTES] = { first };
    const struct agent_row row = { .agent = agent, .site = site, .name = "n", .fingerprint = NULL, .enrolled_at = 5 };
    assert_int_equal(registry_add(&registry, &row, secret, &problem), 0);
}

static void load(struct hot *hot, uint32_t room)
{
    assert_int_equal(hot_reserve(hot, room, &problem), 0);
    hot->cold = calloc(room + 1, sizeof(*hot->cold));
    sites_free(&sites);
    assert_int_equal(registry_load(&registry, hot, &sites, &problem), 0);
}

static void test_loads_what_was_registered(void **state)
{
    (void)state;
    uint32_t hq = registry_site(&registry, &sites, "acme", "hq", &problem);
    uint32_t lab = registry_site(&registry, &sites, "acme", "lab", &problem);
    assert_int_equal(registry_site(&registry, &sites, "acme", "hq", &problem), hq);
    add(1, hq, 1);
    add(2, lab, 2);
    add(3, lab, 3);
    assert_int_equal(registry_retire(&registry, 2, 9, &problem), 0);
    assert_int_equal(registry_set_maintenance(&registry, 3, MAINTENANCE_OPEN, &problem), 0);
    struct hot hot;
    load(&hot, 1024);
    uint8_t key[BEAT_KEY_BYTES];
    const uint8_t secret[SECRET_BYTES] = { 1 };
    crypto_hkdf(secret, BEAT_KEY_LABEL, key, sizeof(key));
    assert_int_equal(hot.highest, 3);
    assert_memory_equal(hot.pulse[1].key, key, sizeof(key));
    assert_int_equal(presence_shown(hot.pulse[2].state), STATE_RETIRED);
    assert_int_equal(presence_shown(hot.pulse[3].state), STATE_MAINTENANCE);
    assert_string_equal(sites.all[hot.site[3]].name, "lab");
    free(hot.cold);
}

static void test_a_fleet_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    uint32_t site = registry_site(&registry, &sites, "acme", "hq", &problem);
    struct hot hot;
    for (uint32_t agent = 1; agent <= 3; agent++)
        add(agent, site, 1);
    assert_int_equal(hot_reserve(&hot, 1024, &problem), 0);
    hot.cold = calloc(1025, sizeof(*hot.cold));
    hot.room = 2;
    assert_int_equal(registry_load(&registry, &hot, &sites, &problem), -1);
    assert_string_equal(problem.field, "agents_max");
    free(hot.cold);
}

static void test_secrets_open_only_under_the_same_master_key(void **state)
{
    (void)state;
    add(1, registry_site(&registry, &sites, "acme", "hq", &problem), 7);
    uint8_t secret[SECRET_BYTES];
    assert_int_equal(registry_secret(&registry, 1, secret, &problem), 0);
    assert_int_equal(secret[0], 7);
    registry_close(&registry);
    write_key('b');
    assert_int_equal(registry_open(&registry, db_path, key_path, &problem), 0);
    assert_int_equal(registry_secret(&registry, 1, secret, &problem), -1);
    assert_string_equal(problem.code, "bad-secret");
    struct hot hot;
    load(&hot, 1024); /* the agent is there, and nobody can beat for it */
    assert_int_equal(hot.highest, 1);
    free(hot.cold);
}

static void test_maintenance_ends_at_its_time(void **state)
{
    (void)state;
    uint32_t site = registry_site(&registry, &sites, "acme", "hq", &problem);
    add(1, site, 1);
    add(2, site, 1);
    registry_set_maintenance(&registry, 1, 1000, &problem);
    registry_set_maintenance(&registry, 2, MAINTENANCE_OPEN, &problem);
    assert_int_equal(registry_maintenance_over(&registry, 999), 0);
    assert_int_equal(registry_maintenance_over(&registry, 1000), 1);
    registry_set_maintenance(&registry, 1, MAINTENANCE_NONE, &problem);
    assert_int_equal(registry_maintenance_over(&registry, INT64_MAX), 0);
}

static void test_a_report_is_written_only_when_it_tells_something_new(void **state)
{
    (void)state;
    add(1, registry_site(&registry, &sites, "acme", "hq", &problem), 1);
    const struct agent_row row = { .agent = 1, .hostname = "tower", .inventory = "{}" };
    assert_int_equal(registry_report(&registry, &row, &problem), 1);
    assert_int_equal(registry_report(&registry, &row, &problem), 0);
    assert_int_equal(registry_report(&registry, &(struct agent_row){ .agent = 1, .os = "Debian" }, &problem), 1);
}

static void test_a_token_is_counted(void **state)
{
    (void)state;
    char text[TOKEN_BYTES];
    uint32_t id;
    struct token token;
    struct call_token_list_reply list;
    uint32_t site = registry_site(&registry, &sites, "acme", "hq", &problem);
    assert_int_equal(token_make(&registry, site, 2, 5000, text, &id, &problem), 0);
    assert_int_equal(token_find(&registry, "no such token at all", &token, &problem), 0);
    assert_int_equal(token_find(&registry, text, &token, &problem), 1);
    assert_int_equal(token.site, site);
    assert_int_equal(token_spend(&registry, id, &problem), 0);
    assert_int_equal(tokens_list(&registry, "acme", 4999, 10, &list, &problem), 0);
    assert_int_equal(list.n_rows, 1);
    assert_int_equal(list.rows[0].uses_left, 1);
    tokens_free(&list);
    assert_int_equal(tokens_list(&registry, NULL, 5000, 10, &list, &problem), 0);
    assert_int_equal(list.n_rows, 0);
    assert_int_equal(token_spend(&registry, id, &problem), 0);
    assert_int_equal(token_spend(&registry, id, &problem), -1);
    assert_string_equal(problem.code, "token-used-up");
    assert_int_equal(token_revoke(&registry, id, 77, &problem), 1);
    assert_int_equal(token_revoke(&registry, id + 1, 77, &problem), 0);
    token_find(&registry, text, &token, &problem);
    assert_int_equal(token.revoked_at, 77);
}

static void test_keeps_single_values(void **state)
{
    (void)state;
    uint64_t value = 0, wanted = 12345;
    assert_int_equal(registry_kept(&registry, "wake_counter", &value, sizeof(value)), -1);
    assert_int_equal(registry_keep(&registry, "wake_counter", &wanted, sizeof(wanted), &problem), 0);
    assert_int_equal(registry_kept(&registry, "wake_counter", &value, 4), -1);
    assert_int_equal(registry_kept(&registry, "wake_counter", &value, sizeof(value)), 0);
    assert_int_equal(value, wanted);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_loads_what_was_registered),
        TEST(test_a_fleet_that_does_not_fit_is_refused),
        TEST(test_secrets_open_only_under_the_same_master_key),
        TEST(test_maintenance_ends_at_its_time),
        TEST(test_a_report_is_written_only_when_it_tells_something_new),
        TEST(test_a_token_is_counted),
        TEST(test_keeps_single_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
