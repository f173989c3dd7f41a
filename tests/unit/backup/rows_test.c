/* What stands in backup.db: orders on their way, duties, the catalogue; an order's text; what people see of both. */
#define DATABASE_SCHEMA backup_schema
#include "tests/unit/database.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/commits.h"
#include "services/backup/catalogue/listing.h"
#include "services/backup/orders/text.h"
#include "services/backup/plans/duties.h"

#define NOW INT64_C(1800000000000)
#define HOUR INT64_C(3600000)
#define DOCUMENT "ffeeddccbbaa99887766554433221100"
#define DEPLOYMENT "00112233445566778899aabbccddeeff"
#define FINGERPRINT "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* main.c's, which no test is linked with. */
void backup_look(struct backup *backup)
{
    (void)backup;
}

static struct order add_order(unsigned number, uint32_t agent)
{
    struct order order = { .agent = agent,
        .version = 2,
        .class = BACKUP_CLASS_DAILY,
        .slot = 20000,
        .kept_until = 20006,
        .ordered_ms = NOW + number,
        .begin_by_ms = NOW + 6 * HOUR,
        .expires_ms = NOW + 48 * HOUR,
        .state = BACKUP_STATE_ORDERED,
        .since_ms = NOW,
        .sequence = -1 };
    struct buf text = { 0 };
    snprintf(order.backup, sizeof(order.backup), "%032x", number);
    snprintf(order.document, sizeof(order.document), DOCUMENT);
    snprintf(order.title, sizeof(order.title), "files");
    snprintf(order.zone, sizeof(order.zone), "Europe/Oslo");
    assert_int_equal(order_text(&order, DEPLOYMENT, FINGERPRINT, false, &text), 0);
    orders_add(records, &order, text.data);
    buf_free(&text);
    return order;
}

static void test_an_order_says_all_that_an_agent_wants(void **state)
{
    (void)state;
    struct order order = add_order(1, 7);
    struct order_texts texts;
    struct backup_order said;
    struct problem problem;
    uint8_t hash[SHA256_BYTES];
    char hex[HEX_BYTES(SHA256_BYTES)];
    orders_texts(records, order.number, &texts);
    json_t *json = message_parse(texts.body, strlen(texts.body), &problem);
    assert_non_null(json);
    assert_int_equal(message_decode(&backup_order_shape, json, &said, &problem), 0);
    assert_string_equal(said.backup, order.backup);
    assert_string_equal(said.fingerprint, FINGERPRINT);
    assert_string_equal(said.slot, "2024-10-04");
    assert_string_equal(said.kept_until, "2024-10-10");
    assert_null(said.base);
    assert_true(said.expires == order.expires_ms);
    crypto_sha256(texts.body, strlen(texts.body), hash);
    crypto_hex(hash, sizeof(hash), hex);
    assert_string_equal(hex, order.sha256);
    json_decref(json);
    orders_texts_free(&texts);
}

static void test_an_order_goes_on_after_a_kill_where_it_was(void **state)
{
    (void)state;
    int64_t numbers[4];
    struct order order = add_order(1, 7), found;
    add_order(2, 8);
    database_restart();
    assert_int_equal(orders_unlogged(records, 0, numbers, 4), 2);
    orders_logged(records, order.number, 41);
    database_restart();
    assert_int_equal(orders_unlogged(records, 0, numbers, 4), 1);
    assert_int_equal(orders_unproved(records, 0, numbers, 4), 1);
    assert_int_equal(orders_unsent(records, 0, numbers, 4), 0);
    orders_receipt(records, order.number, "entry", "receipt");
    database_restart();
    assert_int_equal(orders_unproved(records, 0, numbers, 4), 0);
    assert_int_equal(orders_unsent(records, 0, numbers, 4), 1);
    assert_int_equal(numbers[0], order.number);
    assert_true(orders_find(records, order.backup, &found));
    assert_true(found.has_receipt && found.sequence == 41);
    found.state = BACKUP_STATE_SENT;
    orders_move(records, &found);
    assert_int_equal(orders_unsent(records, 0, numbers, 4), 0);
    /* Again, but not for ever. */
    assert_true(orders_again(records, order.number, 2));
    assert_int_equal(orders_unsent(records, 0, numbers, 4), 1);
    assert_true(orders_again(records, order.number, 2));
    assert_false(orders_again(records, order.number, 2));
}

static void test_only_what_was_not_begun_is_late(void **state)
{
    (void)state;
    int64_t numbers[4];
    struct order waits = add_order(1, 7), runs = add_order(2, 8);
    runs.state = BACKUP_STATE_RUNNING;
    runs.started_ms = NOW;
    orders_move(records, &runs);
    assert_int_equal(orders_late(records, NOW + 6 * HOUR - 1, numbers, 4), 0);
    assert_int_equal(orders_late(records, NOW + 6 * HOUR, numbers, 4), 1);
    assert_int_equal(numbers[0], waits.number);
    assert_int_equal(orders_expired(records, NOW + 48 * HOUR - 1, numbers, 4), 0);
    assert_int_equal(orders_expired(records, NOW + 48 * HOUR, numbers, 4), 1);
    assert_int_equal(numbers[0], runs.number);
}

static struct snapshot add_snapshot(unsigned number, uint32_t agent)
{
    struct snapshot one = { .agent = agent,
        .class = BACKUP_CLASS_DAILY,
        .slot = 20000,
        .kept_until = 20006,
        .ended_ms = NOW + 500,
        .files = 10,
        .content_bytes = 1000,
        .segments = 1,
        .commit_bytes = 1200 };
    snprintf(one.backup, sizeof(one.backup), "%032x", number);
    snprintf(one.commit_sha256, sizeof(one.commit_sha256), FINGERPRINT);
    snapshots_add(records, &one);
    return one;
}

static void test_a_commit_that_comes_twice_is_there_once(void **state)
{
    (void)state;
    struct snapshot one = add_snapshot(1, 7), found;
    assert_int_equal(snapshots_add(records, &one), 0);
    assert_true(snapshots_find(records, 0, one.backup, &found));
    assert_int_equal(found.agent, 7);
    assert_int_equal(found.content_bytes, 1000);
    assert_false(snapshots_find(records, 8, one.backup, &found));
}

static void test_of_a_plan_its_own_and_those_that_nobody_knows_count(void **state)
{
    (void)state;
    struct zones zones = { 0 };
    struct retention_backup *all;
    add_order(1, 7);
    add_snapshot(1, 7); /* by the plan */
    add_snapshot(2, 7); /* by hand, or from before the database was lost */
    add_snapshot(3, 8); /* another machine's */
    assert_int_equal(snapshots_retained(records, 7, NULL, &zones, &all), 2);
    free(all);
    assert_int_equal(snapshots_retained(records, 7, DOCUMENT, &zones, &all), 2);
    assert_true(all[0].verified);
    free(all);
    assert_int_equal(snapshots_retained(records, 7, DEPLOYMENT, &zones, &all), 1); /* another plan */
    free(all);
    zones_free(&zones);
}

struct seen {
    unsigned n, ordered, done;
    char first[BACKUP_BYTES];
};

static void see(void *arg, const struct listed *listed)
{
    struct seen *seen = arg;
    if (!seen->n++)
        snprintf(
            seen->first, sizeof(seen->first), "%s", listed->is_done ? listed->snapshot.backup : listed->order.backup);
    seen->ordered += listed->is_ordered;
    seen->done += listed->is_done;
}

static void test_people_see_orders_and_the_catalogue_together(void **state)
{
    (void)state;
    struct listing_wants wants = { .state = -1, .limit = 10 };
    struct seen seen = { 0 };
    add_order(1, 7);
    add_order(2, 7);
    add_snapshot(1, 7);
    add_snapshot(3, 7);
    listing_read(records, &wants, see, &seen);
    assert_int_equal(seen.n, 3);
    assert_int_equal(seen.ordered, 2);
    assert_int_equal(seen.done, 2);
    assert_string_equal(seen.first, "00000000000000000000000000000003"); /* the newest */
    seen = (struct seen){ 0 };
    wants.state = BACKUP_STATE_DONE;
    listing_read(records, &wants, see, &seen);
    assert_int_equal(seen.n, 1);
    seen = (struct seen){ 0 };
    wants = (struct listing_wants){ .state = -1, .limit = 10, .agent = 8 };
    listing_read(records, &wants, see, &seen);
    assert_int_equal(seen.n, 0);
}

static void test_a_duty_is_looked_at_when_it_is_due(void **state)
{
    (void)state;
    struct document_backup_plan *body;
    struct document_target target = { .fingerprint = FINGERPRINT };
    struct plan plan = { 0 };
    struct duty duties[4];
    const struct call_agent_keys_reply_row agent = { .agent = 7,
        .fingerprint = FINGERPRINT,
        .sign_key = "a",
        .seal_key = "b",
        .tenant = "acme",
        .site = "oslo",
        .name = "web-1" };
    plan.document.body.head.kind = DOCUMENT_KIND_BACKUP_PLAN;
    body = &plan.document.body.backup_plan;
    body->head.document = DOCUMENT;
    body->n_targets = 1;
    body->targets = &target;
    plan.body = body;
    duties_resolve(records, &plan, NOW);
    assert_int_equal(duties_due(records, NOW, duties, 4), 0); /* ingest has not told of it yet */
    agents_note(records, &agent);
    duties_resolve(records, &plan, NOW);
    duties_resolve(records, &plan, NOW + HOUR); /* once */
    assert_int_equal(duties_due(records, NOW, duties, 4), 1);
    assert_true(duties[0].dealt_ms == NOW);
    duties[0].dealt_ms = NOW + HOUR;
    duties[0].look_ms = NOW + 2 * HOUR;
    duties_dealt(records, &duties[0]);
    database_restart();
    assert_int_equal(duties_due(records, NOW + 2 * HOUR - 1, duties, 4), 0);
    assert_int_equal(duties_due(records, NOW + 2 * HOUR, duties, 4), 1);
    assert_true(duties[0].dealt_ms == NOW + HOUR);
    duties_forget(records, 7);
    assert_int_equal(duties_due(records, INT64_MAX, duties, 4), 0);
}

static int64_t kept_bytes(void)
{
    return records_number(records_query(records, "SELECT coalesce(sum(length(data)), 0) FROM piece", ""));
}

static void test_pieces_of_a_commit_take_no_more_room_than_it_is_long(void **state)
{
    (void)state;
    static struct backup backup;
    struct problem problem;
    char data[BASE64_BYTES(1000)];
    backup.records = records;
    crypto_base64((const uint8_t[1000]){ 0 }, 1000, data);
    struct commit_piece piece = { "00112233445566778899aabbccddeeff", 10000, 0, data };
    for (piece.offset = 0; piece.offset < 9000; piece.offset += 1000)
        assert_int_equal(commits_take(&backup, 7, &piece, &problem), 0);
    assert_true(kept_bytes() == 9000);
    for (piece.offset = 1; piece.offset < 100; piece.offset++) {
        (void)commits_take(&backup, 7, &piece, &problem);
        assert_true(kept_bytes() <= 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_order_says_all_that_an_agent_wants, database_begin, database_end),
        cmocka_unit_test_setup_teardown(test_an_order_goes_on_after_a_kill_where_it_was, database_begin, database_end),
        cmocka_unit_test_setup_teardown(test_only_what_was_not_begun_is_late, database_begin, database_end),
        cmocka_unit_test_setup_teardown(test_a_commit_that_comes_twice_is_there_once, database_begin, database_end),
        cmocka_unit_test_setup_teardown(test_of_a_plan_its_own_and_those_that_nobody_knows_count, database_begin, database_end),
        cmocka_unit_test_setup_teardown(test_people_see_orders_and_the_catalogue_together, database_begin, database_end),
        cmocka_unit_test_setup_teardown(
            test_pieces_of_a_commit_take_no_more_room_than_it_is_long, database_begin, database_end),
        cmocka_unit_test_setup_teardown(test_a_duty_is_looked_at_when_it_is_due, database_begin, database_end),
    };
    return cmocka_run_group_tests(tests, database_open, database_close);
}
