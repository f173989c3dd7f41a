#define DATABASE_SCHEMA alert_schema
#include "tests/unit/database.h"

#include "lib/bus/bus.h"
#include "lib/problem.h"
#include "services/alert/output/rows.h"

static const uint8_t key[SECRET_BYTES] = { 1 }, other_key[SECRET_BYTES] = { 2 };

static struct output add_webhook(const char *name)
{
    struct output output = {
        .kind = OUTPUT_KIND_WEBHOOK,
        .classes = 1u << CLASS_OPS | 1u << CLASS_FLEET,
        .least_sev = 2,
        .types = strdup("vedette.agent.offline.v1"),
        .ca = strdup("a certificate"),
        .secret = { 7, 8, 9 },
        .next = { [CLASS_OPS] = 0, [CLASS_FLEET] = BUS_FROM_NOW },
    };
    snprintf(output.name, sizeof(output.name), "%s", name);
    snprintf(output.destination, sizeof(output.destination), "https://example.org/");
    rows_add(records, key, &output);
    return output;
}

static void an_output_survives_with_its_secret_and_its_place(void **state)
{
    (void)state;
    struct output added = add_webhook("hook"), found[OUTPUTS_MAX];
    rows_set_cursor(records, added.id, CLASS_OPS, 41);
    rows_enable(records, added.id, false);
    rows_told_failing(records, added.id, true);
    database_restart();
    assert_int_equal(rows_load(records, key, found, NULL), 1);
    assert_string_equal(found[0].name, "hook");
    assert_string_equal(found[0].types, "vedette.agent.offline.v1");
    assert_string_equal(found[0].ca, "a certificate");
    assert_memory_equal(found[0].secret, added.secret, SECRET_BYTES);
    assert_int_equal(found[0].classes, 1u << CLASS_OPS | 1u << CLASS_FLEET);
    assert_int_equal(found[0].least_sev, 2);
    assert_true(found[0].next[CLASS_OPS] == 41 && found[0].next[CLASS_FLEET] == BUS_FROM_NOW);
    assert_false(found[0].enabled);
    assert_true(found[0].told_failing);
    output_release(&found[0]);
    output_release(&added);
}

static void a_secret_of_another_master_key_disables_its_output(void **state)
{
    (void)state;
    struct output added = add_webhook("hook"), found[OUTPUTS_MAX];
    assert_int_equal(rows_load(records, other_key, found, NULL), 1);
    assert_false(found[0].enabled);
    output_release(&found[0]);
    output_release(&added);
}

static void a_removed_output_leaves_nothing_to_one_of_its_name(void **state)
{
    (void)state;
    struct output first = add_webhook("hook"), found[OUTPUTS_MAX];
    rows_set_cursor(records, first.id, CLASS_OPS, 41);
    rows_remove(records, first.id);
    assert_int_equal(rows_load(records, key, found, NULL), 0);
    struct output second = add_webhook("hook");
    assert_int_equal(rows_load(records, key, found, NULL), 1);
    assert_true(found[0].id != first.id && found[0].next[CLASS_OPS] == 0);
    output_release(&found[0]);
    output_release(&first);
    output_release(&second);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, database_begin, database_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_output_survives_with_its_secret_and_its_place),
        CASE(a_secret_of_another_master_key_disables_its_output),
        CASE(a_removed_output_leaves_nothing_to_one_of_its_name),
    };
    return cmocka_run_group_tests(tests, database_open, database_close);
}
