/* Audit's pure rules: marks, filters, grants, disk. */
#include "tests/unit/unit.h"

#include "lib/problem.h"
#include "services/audit/disk.h"
#include "services/audit/journal/marks.h"
#include "services/audit/streams/filter.h"
#include "services/audit/streams/grant.h"

static void a_mark_belongs_to_one_peer_and_outbox(void **state)
{
    (void)state;
    static struct marks marks;
    struct mark *mark = marks_get(&marks, PEER_INGEST, 1);
    mark->through = 10;
    assert_ptr_equal(marks_get(&marks, PEER_INGEST, 1), mark);
    assert_int_equal(marks_get(&marks, PEER_PORTAL, 1)->through, 0);
    assert_int_equal(marks_get(&marks, PEER_INGEST, 2)->through, 0);
}

static void the_mark_unused_for_longest_makes_room(void **state)
{
    (void)state;
    static struct marks marks;
    marks_get(&marks, PEER_PORTAL, 1)->through = 7;
    for (uint64_t i = 1; i <= MARKS_A_PEER; i++)
        marks_get(&marks, PEER_INGEST, i)->through = i;
    marks_get(&marks, PEER_INGEST, 1);
    marks_get(&marks, PEER_INGEST, MARKS_A_PEER + 1);
    assert_int_equal(marks_get(&marks, PEER_INGEST, 1)->through, 1);
    assert_int_equal(marks_get(&marks, PEER_INGEST, 3)->through, 3);
    assert_int_equal(marks.n, MARKS_A_PEER + 1);
    assert_int_equal(marks_get(&marks, PEER_INGEST, 2)->through, 0);
    assert_int_equal(marks_get(&marks, PEER_PORTAL, 1)->through, 7);
}

static void many_peers_share_all_marks(void **state)
{
    (void)state;
    static struct marks marks;
    for (unsigned peer = 1; peer <= 1u << 5; peer <<= 1) {
        for (uint64_t i = 1; i <= MARKS_A_PEER; i++)
            marks_get(&marks, peer, i)->through = i;
    }
    assert_int_equal(marks.n, MARKS_MAX);
    assert_int_equal(marks_get(&marks, 1u << 5, MARKS_A_PEER)->through, MARKS_A_PEER);
    assert_int_equal(marks_get(&marks, 1u << 5, 1)->through, 1);
}

static const struct resume_filter all_fleet = { .class = CLASS_FLEET, .least_sev = 4, .types = { .all = true } };
static const struct bus_who cli = { .peer = PEER_CLI }, portal = { .peer = PEER_PORTAL };
static const struct bus_who first = { PEER_SUBSCRIBER, 1 }, second = { PEER_SUBSCRIBER, 2 };

static void the_same_wish_gets_the_same_filter_for_the_same_owner_only(void **state)
{
    (void)state;
    static struct filters filters;
    struct resume_filter acme = all_fleet;
    strcpy(acme.tenant, "acme");
    struct filter *one = filters_grant(&filters, &cli, &all_fleet, 5);
    assert_int_equal(one->next, 5);
    assert_ptr_equal(filters_grant(&filters, &cli, &all_fleet, 9), one);
    assert_ptr_not_equal(filters_grant(&filters, &cli, &acme, 9), one);
    assert_ptr_not_equal(filters_grant(&filters, &portal, &all_fleet, 9), one);
    assert_ptr_not_equal(
        filters_grant(&filters, &first, &all_fleet, 9), filters_grant(&filters, &second, &all_fleet, 9));
    assert_ptr_equal(filters_find(&filters, &cli, one->id), one);
    assert_null(filters_find(&filters, &portal, one->id));
    assert_null(filters_find(&filters, &first, one->id));
    assert_null(filters_find(&filters, &second, filters_grant(&filters, &first, &all_fleet, 9)->id));
    assert_null(filters_find(&filters, &cli, ""));
}

static void grant_many(struct filters *filters, const struct bus_who *who, int count)
{
    for (int i = 0; i < count; i++) {
        struct resume_filter filter = all_fleet;
        filter.tenant[0] = (char)('a' + i % 26);
        filter.tenant[1] = (char)('a' + i / 26);
        assert_non_null(filters_grant(filters, who, &filter, 0));
    }
    assert_null(filters_grant(filters, who, &all_fleet, 0));
}

static void filters_are_bounded(void **state)
{
    (void)state;
    static struct filters filters;
    grant_many(&filters, &cli, FILTERS_PER_ROLE_MAX);
    grant_many(&filters, &first, FILTERS_PER_SUBSCRIBER_MAX);
    assert_non_null(filters_grant(&filters, &portal, &all_fleet, 0));
    assert_non_null(filters_grant(&filters, &second, &all_fleet, 0));
}

static void retired_filters_are_gone_and_others_are_not(void **state)
{
    (void)state;
    static struct filters filters;
    char id[RESUME_ID_BYTES], kept[RESUME_ID_BYTES];
    grant_many(&filters, &first, FILTERS_PER_SUBSCRIBER_MAX);
    strcpy(kept, filters_grant(&filters, &second, &all_fleet, 7)->id);
    int retired = 0;
    for (; filters_retire(&filters, &first, id); retired++)
        assert_null(filters_find(&filters, &first, id));
    assert_int_equal(retired, FILTERS_PER_SUBSCRIBER_MAX);
    assert_int_equal(filters_find(&filters, &second, kept)->next, 7);
}

static void a_filter_matches_by_class_tenant_severity_and_type(void **state)
{
    (void)state;
    struct resume_filter filter = { .class = CLASS_FLEET, .tenant = "acme", .least_sev = 3 };
    assert_int_equal(resume_types_read("vedette.agent.offline.v1", &filter.types), 0);
    assert_true(filter_matches(&filter, CLASS_FLEET, "acme", 3, EVENT_AGENT_OFFLINE));
    assert_true(filter_matches(&filter, CLASS_FLEET, "acme", 1, EVENT_AGENT_OFFLINE));
    assert_false(filter_matches(&filter, CLASS_ALERT, "acme", 3, EVENT_AGENT_OFFLINE));
    assert_false(filter_matches(&filter, CLASS_FLEET, "other", 3, EVENT_AGENT_OFFLINE));
    assert_false(filter_matches(&filter, CLASS_FLEET, NULL, 3, EVENT_AGENT_OFFLINE));
    assert_false(filter_matches(&filter, CLASS_FLEET, "acme", 4, EVENT_AGENT_OFFLINE));
    assert_false(filter_matches(&filter, CLASS_FLEET, "acme", 3, EVENT_AGENT_LATE));
    assert_false(filter_matches(&filter, CLASS_FLEET, "acme", 3, -1));
    assert_true(filter_matches(&all_fleet, CLASS_FLEET, NULL, 4, EVENT_AGENT_LATE));
    assert_true(filter_matches(&all_fleet, CLASS_FLEET, NULL, 4, -1));
}

static bool is_granted(const struct grant *grant, enum class class, const char *tenant, int sev, const char *types)
{
    struct resume_filter wish = { .class = class, .least_sev = sev };
    struct problem problem;
    strcpy(wish.tenant, tenant);
    assert_int_equal(resume_types_read(types, &wish.types), 0);
    int error = grant_check(grant, &wish, &problem);
    assert_true(!error || !strcmp(problem.code, "no-permission"));
    return !error;
}

static void a_wish_lies_within_its_grant_or_is_refused(void **state)
{
    (void)state;
    struct grant grant;
    struct problem problem;
    const char *late = "vedette.agent.late.v1", *both = "vedette.agent.late.v1 vedette.agent.offline.v1";
    assert_int_equal(grant_read("fleet alert", "acme", 3, both, &grant, &problem), 0);
    assert_true(is_granted(&grant, CLASS_FLEET, "acme", 3, both));
    assert_true(is_granted(&grant, CLASS_ALERT, "acme", 1, late));
    assert_false(is_granted(&grant, CLASS_OPS, "acme", 3, both));
    assert_false(is_granted(&grant, CLASS_FLEET, "", 3, both));
    assert_false(is_granted(&grant, CLASS_FLEET, "other", 3, both));
    assert_false(is_granted(&grant, CLASS_FLEET, "acme", 4, both));
    assert_false(is_granted(&grant, CLASS_FLEET, "acme", 3, NULL));
    assert_false(is_granted(&grant, CLASS_FLEET, "acme", 3, "vedette.agent.online.v1 vedette.agent.late.v1"));
    assert_int_equal(grant_read("ops", NULL, 0, NULL, &grant, &problem), 0);
    assert_true(is_granted(&grant, CLASS_OPS, "", 4, NULL));
    assert_true(is_granted(&grant, CLASS_OPS, "acme", 4, late));
    assert_int_equal(grant_read("", NULL, 0, NULL, &grant, &problem), -1);
    assert_int_equal(grant_read("fleet  ops", NULL, 0, NULL, &grant, &problem), -1);
    assert_int_equal(grant_read("ops, fleet", NULL, 0, NULL, &grant, &problem), -1);
    assert_int_equal(grant_read("ops", NULL, 0, "agent.late", &grant, &problem), -1);
}

static void services_read_what_they_need(void **state)
{
    (void)state;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        assert_true(filter_permitted(PEER_CLI, (enum class) class));
        assert_false(filter_permitted(0, (enum class) class));
    }
    assert_true(filter_permitted(PEER_SCHEDULER, CLASS_OPS)); /* where its documents stand */
    assert_false(filter_permitted(PEER_SCHEDULER, CLASS_ACCESS));
    assert_true(filter_permitted(PEER_BACKUP, CLASS_OPS)); /* where its orders stand */
    assert_false(filter_permitted(PEER_BACKUP, CLASS_ACCESS));
    assert_true(filter_permitted(PEER_PORTAL, CLASS_FLEET));
    assert_true(filter_permitted(PEER_ALERT, CLASS_FLEET));
    assert_true(filter_permitted(PEER_ALERT, CLASS_ACCESS)); /* for its outputs */
}

static void the_disk_warns_once_and_does_not_flap(void **state)
{
    (void)state;
    struct disk disk = { .low_bytes = 1000, .stop_bytes = 100 };
    assert_false(disk_note(&disk, 1000));
    assert_true(disk_note(&disk, 999));
    assert_int_equal(disk.state, DISK_LOW);
    assert_false(disk_note(&disk, 1050));
    assert_int_equal(disk.state, DISK_LOW);
    assert_true(disk_note(&disk, 99));
    assert_int_equal(disk.state, DISK_STOP);
    assert_false(disk_note(&disk, 105));
    assert_int_equal(disk.state, DISK_STOP);
    assert_false(disk_note(&disk, 110));
    assert_int_equal(disk.state, DISK_LOW);
    assert_false(disk_note(&disk, 1100));
    assert_int_equal(disk.state, DISK_ENOUGH);
    assert_true(disk_note(&disk, 0));
    assert_int_equal(disk.state, DISK_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_belongs_to_one_peer_and_outbox),
        cmocka_unit_test(the_mark_unused_for_longest_makes_room),
        cmocka_unit_test(many_peers_share_all_marks),
        cmocka_unit_test(the_same_wish_gets_the_same_filter_for_the_same_owner_only),
        cmocka_unit_test(filters_are_bounded),
        cmocka_unit_test(retired_filters_are_gone_and_others_are_not),
        cmocka_unit_test(a_filter_matches_by_class_tenant_severity_and_type),
        cmocka_unit_test(a_wish_lies_within_its_grant_or_is_refused),
        cmocka_unit_test(services_read_what_they_need),
        cmocka_unit_test(the_disk_warns_once_and_does_not_flap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
