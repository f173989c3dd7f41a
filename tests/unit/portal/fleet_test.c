#include "tests/unit/unit.h"

#include "contract.h"
#include "lib/beat.h"
#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/ids.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "services/portal/fleet/fleet.h"
#include "services/portal/fleet/json.h"

#define NOW 1700000000000LL

static struct fleet *fleet;

static void record(uint32_t agent, const char *name, const char *tenant)
{
    json_t *json = json_pack("{ssssss}", "name", name, "tenant", tenant, "site", "main");
    fleet_take_record(fleet, agent, json);
    json_decref(json);
}

static void transition(int event, uint32_t agent, int64_t since_ms)
{
    const struct event_agent_offline data = { .agent = agent, .since = since_ms, .last_seen = since_ms - 45000 };
    const struct bus_event taken = { .class = CLASS_FLEET, .event = event, .time_ms = since_ms, .data = &data };
    fleet_take_event(fleet, &taken);
}

static void page(uint8_t state, uint32_t since_s, int64_t clock_ms)
{
    uint8_t states[FLEET_PAGE], since[4 * FLEET_PAGE];
    for (int i = 0; i < FLEET_PAGE; i++) {
        states[i] = state;
        for (int j = 0; j < 4; j++)
            since[4 * i + j] = (uint8_t)(since_s >> 8 * j);
    }
    const struct fleet_clock clock = { .tick = 100000, .wall_ms = clock_ms, .agents = 3 };
    fleet_take_clock(fleet, &clock);
    fleet_take_state(fleet, 0, states, sizeof(states), since, sizeof(since));
}

static int begin(void **state)
{
    (void)state;
    fleet = fleet_new();
    record(1, "door", "acme");
    record(2, "gate \"two\"", "umbra");
    return 0;
}

static int end(void **state)
{
    (void)state;
    fleet_free(fleet);
    return 0;
}

static void records(void **state)
{
    (void)state;
    assert_int_equal(fleet_highest(fleet), 2);
    assert_string_equal(fleet_tenant(fleet, 1), "acme");
    assert_null(fleet_tenant(fleet, 3));
    assert_null(fleet_find(fleet, 0));
    uint64_t version = fleet_version(fleet);
    record(1, "door", "acme");
    assert_int_equal(fleet_version(fleet), version);
    record(1, "portal", "acme");
    assert_true(fleet_version(fleet) > version);
    assert_string_equal(fleet_find(fleet, 1)->name, "portal");
    /* What is no record changes nothing. */
    json_t *bad = json_pack("{si}", "name", 7);
    fleet_take_record(fleet, 1, bad);
    json_decref(bad);
    assert_string_equal(fleet_find(fleet, 1)->name, "portal");
    record(FLEET_MAX, "far", "acme");
    record(0, "nobody", "acme");
    assert_int_equal(fleet_highest(fleet), 2);
}

static void only_agents_that_no_event_announced_count(void **state)
{
    (void)state;
    assert_int_equal(fleet_unannounced(fleet), 2);
    record(2, "gate", "umbra");
    assert_int_equal(fleet_unannounced(fleet), 2);
    const struct event_agent_enrolled data = { .agent = 3, .name = "yard", .tenant = "acme", .site = "main" };
    const struct bus_event taken = {
        .class = CLASS_FLEET, .event = EVENT_AGENT_ENROLLED, .time_ms = NOW, .data = &data
    };
    fleet_take_event(fleet, &taken);
    record(3, "yard", "acme");
    assert_int_equal(fleet_unannounced(fleet), 2);
    record(4, "bulk", "acme");
    assert_int_equal(fleet_unannounced(fleet), 3);
}

static void the_log_is_ahead_of_the_pages(void **state)
{
    (void)state;
    page(STATE_ONLINE, NOW / 1000 - 60, NOW);
    assert_int_equal(fleet_find(fleet, 1)->state, STATE_ONLINE);
    transition(EVENT_AGENT_OFFLINE, 1, NOW);
    assert_int_equal(fleet_find(fleet, 1)->state, STATE_OFFLINE);
    /* A page written before the transition does not take it back; one well behind it counts. */
    page(STATE_ONLINE, NOW / 1000 - 60, NOW + 2000);
    assert_int_equal(fleet_find(fleet, 1)->state, STATE_OFFLINE);
    page(STATE_ONLINE, NOW / 1000 + 10, NOW + 20000);
    assert_int_equal(fleet_find(fleet, 1)->state, STATE_ONLINE);
    /* The log replayed from before what the page told changes nothing. */
    transition(EVENT_AGENT_LATE, 1, NOW - 20000);
    assert_int_equal(fleet_find(fleet, 1)->state, STATE_ONLINE);
}

static void the_log_is_ahead_of_the_records(void **state)
{
    (void)state;
    const struct event_agent_renamed data = { .agent = 1, .name = "lantern" };
    const struct bus_event taken = {
        .class = CLASS_FLEET, .event = EVENT_AGENT_RENAMED, .time_ms = NOW, .data = &data
    };
    page(STATE_ONLINE, NOW / 1000, NOW - 1000);
    fleet_take_event(fleet, &taken);
    record(1, "door", "umbra");
    assert_string_equal(fleet_find(fleet, 1)->name, "lantern");
    assert_string_equal(fleet_tenant(fleet, 1), "umbra");
    page(STATE_ONLINE, NOW / 1000, NOW + 20000);
    record(1, "door", "umbra");
    assert_string_equal(fleet_find(fleet, 1)->name, "door");
}

static void last_seen(void **state)
{
    (void)state;
    uint8_t seen[4] = { 0, 0, 0, 0 };
    struct fleet_clock clock = { .tick = 65536 + 80, .wall_ms = NOW };
    page(STATE_ONLINE, NOW / 1000 - 60, NOW);
    fleet_take_clock(fleet, &clock);
    fleet_take_seen(fleet, 0, seen, sizeof(seen));
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 1), NOW), NOW - 10000);
    /* The presence clock stood still for a minute since. */
    fleet_parse_pauses("100:5000 65556:60000", &clock);
    assert_int_equal(clock.n_pauses, 2);
    fleet_take_clock(fleet, &clock);
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 1), NOW), NOW - 70000);
    /* A page newer than the clock is no age of hours. */
    seen[2] = 90;
    fleet_take_seen(fleet, 0, seen, sizeof(seen));
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 1), NOW), NOW);
    transition(EVENT_AGENT_OFFLINE, 2, NOW);
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 2), NOW), NOW - 45000);
    fleet_take_away(fleet, 2, NOW, NOW - 44000);
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 2), NOW), NOW - 44000);
    fleet_take_away(fleet, 2, NOW - 5000, 1);
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 2), NOW), NOW - 44000);
}

/* Ticks are counted anew every two hours: of who does not beat they say nothing. */
static void last_seen_in_maintenance(void **state)
{
    (void)state;
    uint8_t seen[6] = { 0 };
    page(STATE_NEVER, NOW / 1000 - 60, NOW);
    fleet_take_seen(fleet, 0, seen, sizeof(seen));
    transition(EVENT_AGENT_OFFLINE, 2, NOW);
    transition(EVENT_AGENT_MAINTENANCE, 1, NOW + 1000);
    transition(EVENT_AGENT_MAINTENANCE, 2, NOW + 1000);
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 1), NOW + 1000), 0);
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 2), NOW + 1000), NOW - 45000);
    /* And as pages say it, which know of beats since. */
    page(STATE_MAINTENANCE | BEAT_UNHEARD, NOW / 1000 + 1, NOW + 20000);
    assert_int_equal(fleet_find(fleet, 1)->state, STATE_MAINTENANCE);
    assert_int_equal(fleet_last_seen(fleet, fleet_find(fleet, 1), NOW + 20000), 0);
    page(STATE_MAINTENANCE, NOW / 1000 + 1, NOW + 30000);
    assert_in_range(fleet_last_seen(fleet, fleet_find(fleet, 1), NOW + 30000), 1, NOW + 30000);
}

static void hostile_pauses(void **state)
{
    (void)state;
    struct fleet_clock clock;
    for (const char *const *bad = (const char *const[]){ "", "x", "1", "1:", ":1", "1:-1", NULL }; *bad; bad++) {
        fleet_parse_pauses(*bad, &clock);
        assert_int_equal(clock.n_pauses, 0);
    }
    char many[2000] = "";
    for (int i = 0; i < 100; i++)
        strcat(many, "1:2 ");
    fleet_parse_pauses(many, &clock);
    assert_int_equal(clock.n_pauses, 64);
}

/* The list that is written by hand is what the codec would write. */
static void the_list_is_the_codecs(void **state)
{
    (void)state;
    struct problem problem;
    struct buf text = { 0 };
    uint32_t ids[8], next;
    struct call_agents_list in = { .has_limit = true, .limit = 8 };
    struct call_agents_list_reply reply;
    page(STATE_LATE, NOW / 1000, NOW);
    assert_int_equal(fleet_select(fleet, &in, ids, &next), 2);
    assert_int_equal(fleet_json(fleet, ids, 2, next, NOW, &text), 0);
    json_t *json = message_parse(text.data, text.length, &problem);
    assert_non_null(json);
    assert_int_equal(message_decode(&call_agents_list_reply_shape, json, &reply, &problem), 0);
    assert_int_equal(reply.n_rows, 2);
    assert_string_equal(reply.rows[1].name, "gate \"two\"");
    assert_int_equal(reply.rows[0].since, NOW);
    struct buf again = { 0 };
    assert_int_equal(message_encode(&call_agents_list_reply_shape, &reply, &again), 0);
    assert_string_equal(text.data, again.data);
    message_free(&call_agents_list_reply_shape, &reply);
    json_decref(json);
    buf_free(&text);
    buf_free(&again);
}

static void selecting(void **state)
{
    (void)state;
    uint32_t ids[8], next;
    struct call_agents_list in = { .q = "TWO" };
    assert_int_equal(fleet_select(fleet, &in, ids, &next), 1);
    assert_int_equal(ids[0], 2);
    in = (struct call_agents_list){ .tenant = "acme" };
    assert_int_equal(fleet_select(fleet, &in, ids, &next), 1);
    assert_int_equal(ids[0], 1);
    in = (struct call_agents_list){ .has_limit = true, .limit = 1 };
    assert_int_equal(fleet_select(fleet, &in, ids, &next), 1);
    assert_int_equal(next, 1);
    in.has_after = true;
    in.after = 1;
    assert_int_equal(fleet_select(fleet, &in, ids, &next), 1);
    assert_int_equal(ids[0], 2);
    assert_int_equal(next, 0);
    in.after = UINT32_MAX - 1;
    assert_int_equal(fleet_select(fleet, &in, ids, &next), 0);
}

static void tags(void **state)
{
    (void)state;
    uint32_t ids[8], next;
    fleet_take_tags(fleet, 1, "db europe web");
    fleet_take_tags(fleet, 2, "webserver");
    fleet_take_tags(fleet, 7, "web"); /* not known yet */
    for (const char *const *tag = (const char *const[]){ "db", "europe", "web", NULL }; *tag; tag++) {
        const struct call_agents_list in = { .tag = *tag };
        assert_int_equal(fleet_select(fleet, &in, ids, &next), 1);
        assert_int_equal(ids[0], 1);
    }
    for (const char *const *tag = (const char *const[]){ "we", "eb", "server", "b", NULL }; *tag; tag++) {
        const struct call_agents_list in = { .tag = *tag };
        assert_int_equal(fleet_select(fleet, &in, ids, &next), 0);
    }
    record(7, "late", "acme");
    assert_int_equal(fleet_select(fleet, &(struct call_agents_list){ .q = "web" }, ids, &next), 2);
    uint64_t version = fleet_version(fleet);
    fleet_take_tags(fleet, 1, NULL);
    assert_true(fleet_version(fleet) > version);
    assert_null(fleet_tagged(fleet_find(fleet, 1), "db"));
}

static void lists_of_ids(void **state)
{
    (void)state;
    uint32_t ids[IDS_MAX];
    assert_int_equal(ids_parse("1,22,4294967295", ids), 3);
    assert_int_equal(ids[2], UINT32_MAX);
    for (const char *const *bad =
             (const char *const[]){ "", ",", "1,,2", "0", "4294967296", "-1", "1 2", "a", "99999999999", NULL };
         *bad; bad++)
        assert_int_equal(ids_parse(*bad, ids), 0);
    char many[IDS_MAX * 2 + 3] = "1";
    for (int i = 1; i < IDS_MAX; i++)
        strcat(many, ",1");
    assert_int_equal(ids_parse(many, ids), IDS_MAX);
    strcat(many, ",1");
    assert_int_equal(ids_parse(many, ids), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records, begin, end),
        cmocka_unit_test_setup_teardown(only_agents_that_no_event_announced_count, begin, end),
        cmocka_unit_test_setup_teardown(the_log_is_ahead_of_the_pages, begin, end),
        cmocka_unit_test_setup_teardown(the_log_is_ahead_of_the_records, begin, end),
        cmocka_unit_test_setup_teardown(last_seen, begin, end),
        cmocka_unit_test_setup_teardown(last_seen_in_maintenance, begin, end),
        cmocka_unit_test(hostile_pauses),
        cmocka_unit_test_setup_teardown(the_list_is_the_codecs, begin, end),
        cmocka_unit_test_setup_teardown(selecting, begin, end),
        cmocka_unit_test_setup_teardown(tags, begin, end),
        cmocka_unit_test(lists_of_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
