/* How an update goes on from anything that a kill can leave behind, and when a new version counts as well. */
#include <unistd.h>

#include "agent/health.h"
#include "agent/programs.h"
#include "agent/update/update.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

#define ID "00112233445566778899aabbccddeeff"

/* A guard and its disk: each act changes one thing durably, or is killed before it does. */

struct disk {
    struct update update;
    struct update_found found;
    unsigned trials; /* that were begun at all */
};

static void act(struct disk *disk, enum update_act what, bool well)
{
    switch (what) {
    case UPDATE_SWITCH:
        disk->found.links_to = true;
        break;
    case UPDATE_NOTE_SWITCH:
        disk->update.step = UPDATE_SWITCHED;
        break;
    case UPDATE_TRY:
        disk->update.step = well ? UPDATE_HEALTHY : UPDATE_ROLLED_BACK;
        break;
    case UPDATE_RAISE_FLOOR:
        disk->found.floor_is_up = true;
        break;
    case UPDATE_SWITCH_BACK:
        disk->found.links_to = false;
        break;
    case UPDATE_UNMARK:
        disk->found.marked = false;
        break;
    case UPDATE_END:
        break;
    }
}

/* killed: bit i is that the act with that number is cut off before it has its effect. */
static struct disk guard(unsigned killed, bool well)
{
    struct disk disk = { .update = { .step = UPDATE_STAGED }, .found = { .marked = true } };
    for (unsigned i = 0; i < 32; i++) {
        enum update_act what = update_next(&disk.update, &disk.found);
        if (what == UPDATE_END)
            return disk;
        disk.trials += what == UPDATE_TRY;
        if (!(killed >> i & 1))
            act(&disk, what, well);
    }
    fail_msg("killed %#x: it comes to no end", killed);
    return disk;
}

static void test_killed_anywhere(void **state)
{
    (void)state;
    for (unsigned killed = 0; killed < 1u << 10; killed++) {
        struct disk kept = guard(killed, true), back = guard(killed, false);
        assert_int_equal(kept.update.step, UPDATE_HEALTHY);
        assert_true(kept.found.links_to && kept.found.floor_is_up && !kept.found.marked && kept.trials >= 1);
        assert_int_equal(back.update.step, UPDATE_ROLLED_BACK);
        /* The floor rises for nothing that was not well. */
        assert_false(back.found.links_to || back.found.floor_is_up || back.found.marked);
    }
}

static void test_in_order(void **state)
{
    (void)state;
    static const enum update_act order[] = { UPDATE_SWITCH, UPDATE_NOTE_SWITCH, UPDATE_TRY, UPDATE_RAISE_FLOOR,
        UPDATE_UNMARK, UPDATE_END };
    struct disk disk = { .update = { .step = UPDATE_STAGED }, .found = { .marked = true } };
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
        assert_int_equal(update_next(&disk.update, &disk.found), order[i]);
        act(&disk, order[i], true);
    }
}

static void test_verdicts(void **state)
{
    (void)state;
    static const struct {
        struct update_seen seen;
        enum update_verdict verdict;
        const char *code;
    } rows[] = {
        { { .since_ms = 100 }, UPDATE_WAIT, NULL },
        { { .since_ms = 2999, .beats = true, .reached = true, .self_test = SELF_TEST_PASSED }, UPDATE_WAIT, NULL },
        { { .since_ms = 3000, .beats = true, .reached = true, .self_test = SELF_TEST_PASSED }, UPDATE_IS_WELL, NULL },
        { { .since_ms = 100, .ended = true }, UPDATE_IS_ILL, "update-crashed" },
        /* It was well, and is not there any more. */
        { { .since_ms = 9000, .ended = true, .beats = true, .reached = true, .self_test = SELF_TEST_PASSED },
            UPDATE_IS_ILL, "update-crashed" },
        { { .since_ms = 100, .beats = true, .self_test = SELF_TEST_FAILED }, UPDATE_IS_ILL, "update-self-test" },
        { { .since_ms = 60000, .self_test = SELF_TEST_PASSED }, UPDATE_IS_ILL, "update-late" },
        { { .since_ms = 60000, .beats = true }, UPDATE_IS_ILL, "update-late" },
        /* Offline: the server is nowhere, for either. */
        { { .since_ms = 89999, .beats = true, .self_test = SELF_TEST_PASSED }, UPDATE_WAIT, NULL },
        { { .since_ms = 90000, .beats = true, .self_test = SELF_TEST_PASSED }, UPDATE_ASK_PREDECESSOR, NULL },
        { { .since_ms = 95000, .beats = true, .self_test = SELF_TEST_PASSED, .predecessor = PREDECESSOR_DOES_NOT },
            UPDATE_IS_WELL, NULL },
        { { .since_ms = 95000, .beats = true, .self_test = SELF_TEST_PASSED, .predecessor = PREDECESSOR_REACHES },
            UPDATE_IS_ILL, "update-unreachable" },
        { { .since_ms = 95000,
              .beats = true,
              .reached = true,
              .self_test = SELF_TEST_PASSED,
              .predecessor = PREDECESSOR_REACHES },
            UPDATE_IS_WELL, NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct problem problem = { 0 };
        assert_int_equal(update_judge(&rows[i].seen, &problem), rows[i].verdict);
        if (rows[i].code)
            assert_string_equal(problem.code, rows[i].code);
    }
}

static void test_kept(void **state)
{
    (void)state;
    struct problem problem;
    struct update kept = { .document = ID,
        .document_version = 4294967295u,
        .from = "1.2.3",
        .to = "999999.0.10",
        .step = UPDATE_ROLLED_BACK,
        .trials = 3,
        .code = "update-late",
        .reason = "a \"word\"" },
                  read = { 0 };
    assert_int_equal(update_load(&read, &problem), 1);
    assert_int_equal(update_save(&kept, &problem), 0);
    assert_int_equal(update_load(&read, &problem), 0);
    assert_memory_equal(&kept, &read, sizeof(kept));
    put(UPDATE_FILE,
        "{\"document\":\"" ID "\",\"version\":1,\"from\":\"1.2.3\",\"to\":\"../1\",\"step\":\"staged\",\"trials\":0,"
        "\"code\":\"\",\"reason\":\"\"}",
        0600);
    assert_int_equal(update_load(&read, &problem), -1);
    update_forget();
    assert_int_equal(update_load(&read, &problem), 1);
    /* What cannot be read is no end of it. */
    assert_int_equal(symlink(UPDATE_FILE, UPDATE_FILE), 0);
    assert_int_equal(update_load(&read, &problem), -1);
}

static uint64_t floor_of(const char *own)
{
    uint64_t floor = 0;
    assert_int_equal(update_floor(own, &floor, NULL), 0);
    return floor;
}

static void test_floor(void **state)
{
    (void)state;
    struct problem problem;
    uint64_t low, high;
    version_parse("1.9.9", &low);
    version_parse("1.10.0", &high);
    assert_true(low < high);
    assert_true(floor_of("1.9.9") == low && !update_floor_is_up("1.9.9"));
    assert_int_equal(update_raise_floor("1.10.0", &problem), 0);
    assert_true(floor_of("1.9.9") == high && update_floor_is_up("1.9.9") && update_floor_is_up("1.10.0"));
    /* It never falls, whatever runs. */
    assert_int_equal(update_raise_floor("1.9.9", &problem), 0);
    assert_int_equal(floor_of("0.0.1"), high);
    assert_int_equal(update_raise_floor("2", &problem), -1);
}

/* Else an older version came back over a bad block. */
static void test_floor_that_cannot_be_read(void **state)
{
    (void)state;
    struct problem problem;
    uint64_t floor;
    put(FLOOR_FILE, "1.x", 0600);
    assert_int_equal(update_floor("1.9.9", &floor, &problem), -1);
    assert_int_equal(unlink(FLOOR_FILE), 0);
    assert_int_equal(symlink(FLOOR_FILE, FLOOR_FILE), 0);
    assert_int_equal(update_floor("1.9.9", &floor, &problem), -1);
    assert_int_equal(update_raise_floor("1.10.0", &problem), -1);
    assert_false(update_floor_is_up("0.0.1"));
}

static void test_links(void **state)
{
    (void)state;
    struct problem problem;
    char version[VERSION_BYTES];
    programs_linked(".", PROGRAMS_CURRENT, version);
    assert_string_equal(version, "");
    assert_int_equal(programs_link(".", PROGRAMS_CURRENT, "1.2.3", &problem), 0);
    assert_int_equal(programs_link(".", PROGRAMS_CURRENT, "1.2.4", &problem), 0);
    programs_linked(".", PROGRAMS_CURRENT, version);
    assert_string_equal(version, "1.2.4");
    /* What is no version is not gone to. */
    assert_int_equal(symlink("../../bin", "elsewhere"), 0);
    programs_linked(".", "elsewhere", version);
    assert_string_equal(version, "");
}

static void test_health(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "{}", "{\"version\":\"1.2.3\",\"pid\":0,\"reached\":true}",
        "{\"version\":\"1.2.3\",\"pid\":1,\"reached\":1}", "{\"version\":\"1.2.3\",\"pid\":1,\"reached\":true,\"x\":1}",
        "{\"version\":\"123456789012345678901234567890123\",\"pid\":1,\"reached\":true}" };
    static const char good[] = "{\"version\":\"1.2.3\",\"pid\":17,\"reached\":true}";
    struct health health;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(health_parse(bad[i], strlen(bad[i]), &health, NULL), -1);
    assert_int_equal(health_parse(good, strlen(good), &health, NULL), 0);
    assert_string_equal(health.version, "1.2.3");
    assert_true(health.pid == 17 && health.reached);
    /* Nothing is said where no update is under way. */
    health_say(true);
    assert_int_equal(access(HEALTH_FILE, F_OK), -1);
    put(UPDATING_FILE, "", 0600);
    health_say(true);
    assert_int_equal(access(HEALTH_FILE, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_anywhere),
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_verdicts),
        in_place(test_kept),
        in_place(test_floor),
        in_place(test_floor_that_cannot_be_read),
        in_place(test_links),
        in_place(test_health),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
