/* What stands in scheduler.db: documents, deliveries, runs, output, streams; and the turn that makes it durable. */
#define DATABASE_SCHEMA scheduler_schema
#include "tests/unit/database.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/exchange/agents.h"
#include "lib/exchange/outgoing.h"
#include "lib/exchange/streams.h"
#include "lib/problem.h"
#include "services/scheduler/delivery/deliveries.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/runs/output.h"
#include "services/scheduler/runs/retention.h"
#include "services/scheduler/runs/runs.h"
#include "tests/envelope_rig.h"

#define NOW INT64_C(1800000000000)
#define DAY INT64_C(86400000)
#define DOCUMENT "ffeeddccbbaa99887766554433221100"

static struct paper add_task(uint32_t version, int64_t expires_ms)
{
    struct paper paper = {
        .document = DOCUMENT,
        .version = version,
        .kind = DOCUMENT_KIND_TASK,
        .state = DOCUMENT_STATE_SIGNED,
        .title = "a task",
        .tenant = "acme",
        .maker = "user:alice",
        .made_ms = NOW,
        .expires_ms = expires_ms,
        .wants_receipt = true,
        .sequence = -1,
    };
    snprintf(paper.sha256, sizeof(paper.sha256), "%064u", version);
    documents_add(records, &paper, "{}");
    return paper;
}

static void test_a_draft_makes_no_version_old(void **state)
{
    (void)state;
    struct paper paper = add_task(7, NOW + DAY);
    paper.threshold = 2;
    paper.signatures = 1;
    paper.version = 4294967295;
    documents_add(records, &paper, "{}");
    assert_true(documents_is_passed(records, DOCUMENT, DOCUMENT_KIND_TASK, 6));
    assert_false(documents_is_passed(records, DOCUMENT, DOCUMENT_KIND_TASK, 7));
    assert_false(documents_is_passed(records, DOCUMENT, DOCUMENT_KIND_WATCH, 6));
    assert_true(documents_is_passed(records, DOCUMENT, -1, 6));
}

/* What waits counts however old it is; what came to nothing, for a while. */
static void test_drafts_are_counted_by_tenant(void **state)
{
    (void)state;
    struct paper paper = add_task(1, NOW + DAY);
    paper.threshold = 2;
    paper.signatures = 2;
    documents_sign(records, &paper, "{}");
    assert_int_equal(documents_incomplete(records, "acme", NOW), 0);
    paper.state = DOCUMENT_STATE_DRAFT;
    paper.signatures = 1;
    paper.version = 2;
    documents_add(records, &paper, "{}");
    paper.version = 3;
    documents_add(records, &paper, "{}");
    assert_int_equal(documents_incomplete(records, "acme", NOW + 1), 2);
    assert_int_equal(documents_incomplete(records, "umbra", NOW), 0);
    assert_int_equal(documents_incomplete(records, "", NOW), 0);
    documents_state(records, paper.number, DOCUMENT_STATE_EXPIRED);
    assert_int_equal(documents_incomplete(records, "acme", NOW), 2);
    assert_int_equal(documents_incomplete(records, "acme", NOW + 1), 1);
    paper.tenant[0] = '\0';
    paper.version = 4;
    documents_add(records, &paper, "{}");
    assert_int_equal(documents_incomplete(records, "", NOW + 1), 1);
}

static void test_an_id_is_of_others(void **state)
{
    (void)state;
    struct paper paper = add_task(1, NOW + DAY);
    assert_false(documents_is_of_others(records, DOCUMENT, "acme"));
    assert_true(documents_is_of_others(records, DOCUMENT, "umbra"));
    paper.version = 2;
    paper.tenant[0] = '\0'; /* of several */
    documents_add(records, &paper, "{}");
    assert_true(documents_is_of_others(records, DOCUMENT, "acme"));
}

static void test_a_document_on_its_way_into_the_log(void **state)
{
    (void)state;
    struct paper paper = add_task(1, NOW + DAY);
    int64_t number;
    assert_int_equal(documents_unlogged(records, 0, &number, 1), 1);
    assert_int_equal(documents_unproved(records, 0, &number, 1), 0);
    documents_logged(records, paper.number, 42);
    assert_int_equal(documents_unlogged(records, 0, &number, 1), 0);
    assert_int_equal(documents_unproved(records, 0, &number, 1), 1);
    assert_int_equal(documents_unresolved(records, NOW, &number, 1), 0);
    documents_receipt(records, paper.number, "entry", "receipt");
    database_restart();
    assert_int_equal(documents_unproved(records, 0, &number, 1), 0);
    assert_int_equal(documents_unresolved(records, NOW, &number, 1), 1);
    assert_int_equal(number, paper.number);
    documents_resolved(records, paper.number);
    assert_int_equal(documents_unresolved(records, NOW, &number, 1), 0);
    assert_int_equal(documents_in_force(records, NOW, &number, 1), 1);
    assert_true(documents_find(records, DOCUMENT, -1, 0, &paper));
    assert_int_equal(paper.state, DOCUMENT_STATE_LOGGED);
    assert_int_equal(paper.sequence, 42);
}

static void test_the_newest_version_is_found(void **state)
{
    (void)state;
    struct paper paper;
    add_task(1, NOW + DAY);
    add_task(3, NOW + DAY);
    assert_true(documents_find(records, DOCUMENT, -1, 0, &paper));
    assert_int_equal(paper.version, 3);
    assert_true(documents_find(records, DOCUMENT, -1, 1, &paper));
    assert_int_equal(paper.version, 1);
    assert_false(documents_find(records, DOCUMENT, -1, 2, &paper));
}

static void test_deliveries_go_in_order_and_stops_go_first(void **state)
{
    (void)state;
    struct delivery ready[4];
    deliveries_add(records, 1, 7, 0, DELIVERY_DOCUMENT, false);
    deliveries_add(records, 1, 8, 1, DELIVERY_DOCUMENT, true);
    deliveries_add(records, 1, 7, 0, DELIVERY_DOCUMENT, false); /* once */
    assert_int_equal(deliveries_ready(records, ready, 4), 1);
    assert_int_equal(ready[0].agent, 7);
    deliveries_sealed(records, ready[0].delivery);
    deliveries_stop(records, 1);
    deliveries_add(records, 2, 7, 0, DELIVERY_DOCUMENT, false);
    assert_int_equal(deliveries_ready(records, ready, 4), 2);
    assert_int_equal(ready[0].what, DELIVERY_STOP);
    assert_int_equal(ready[1].number, 2);
    deliveries_add(records, 3, 7, 0, DELIVERY_DOCUMENT, false);
    deliveries_first(records, 3);
    assert_int_equal(deliveries_ready(records, ready, 4), 3);
    assert_int_equal(ready[0].number, 3);
}

static void count_outgoing(void *arg, const struct outgoing *outgoing, const void *envelope, size_t bytes)
{
    (void)outgoing;
    assert_memory_equal(envelope, "abc", bytes);
    ++*(int *)arg;
}

static void test_what_is_sealed_is_there_until_it_is_put(void **state)
{
    (void)state;
    struct delivery ready[1];
    int count = 0;
    deliveries_add(records, 1, 7, 0, DELIVERY_DOCUMENT, false);
    deliveries_ready(records, ready, 1);
    deliveries_sealed(records, ready[0].delivery);
    outgoing_add(records, 7, ready[0].delivery, "abc", 3);
    database_restart();
    outgoing_list(records, 0, NOW, 10, count_outgoing, &count);
    assert_int_equal(count, 1);
    assert_true(deliveries_known(records, 1, 7));
    deliveries_put(records, ready[0].delivery);
    outgoing_forget(records, 1);
    outgoing_list(records, 0, NOW, 10, count_outgoing, &count);
    assert_int_equal(count, 1);
    assert_true(deliveries_known(records, 1, 7));
}

static void test_a_full_mailbox_holds_up_nobody_else_and_is_tried_again(void **state)
{
    (void)state;
    int count = 0;
    int64_t now_ms = NOW;
    outgoing_add(records, 7, 0, "abc", 3);
    outgoing_add(records, 8, 0, "abc", 3);
    assert_true(outgoing_full_until(records) == INT64_MAX);
    for (int i = 0; i < 12; i++) {
        assert_true(outgoing_full(records, 7, now_ms) == NOW);
        assert_true(outgoing_full(records, 7, now_ms) == NOW); /* another one of the same moment */
        int64_t until_ms = outgoing_full_until(records);
        assert_in_range(until_ms - now_ms, 5000, 900000);
        count = 0;
        outgoing_list(records, 0, until_ms - 1, 10, count_outgoing, &count);
        assert_int_equal(count, 1);
        count = 0;
        outgoing_list(records, 0, until_ms, 10, count_outgoing, &count);
        assert_int_equal(count, 2);
        now_ms = until_ms;
    }
    assert_true(now_ms - NOW > 3 * 900000);
    outgoing_not_full(records, 7);
    assert_true(outgoing_full_until(records) == INT64_MAX);
    outgoing_full(records, 7, NOW);
    outgoing_forget(records, 1);
    assert_true(outgoing_full_until(records) == INT64_MAX); /* nothing waits for it any more */
}

static void test_rings_are_let_go_one_by_one(void **state)
{
    (void)state;
    struct delivery ready[4];
    int64_t number = 0;
    uint32_t ring;
    for (uint32_t agent = 1; agent <= 4; agent++)
        deliveries_add(records, 5, agent, agent / 2, DELIVERY_DOCUMENT, agent >= 2);
    assert_true(deliveries_next_held(records, 0, &number, &ring));
    assert_int_equal(number, 5);
    assert_int_equal(ring, 1);
    assert_false(deliveries_next_held(records, number, &number, &ring));
    deliveries_release(records, 5, 1);
    assert_int_equal(deliveries_ready(records, ready, 4), 3);
    deliveries_withdraw(records, 5);
    assert_int_equal(deliveries_ready(records, ready, 4), 0);
}

static struct run add_run(int64_t number, uint32_t agent)
{
    struct run run;
    runs_add(records, number, agent, 0, 0, NOW);
    assert_true(runs_find(records, number, agent, 0, &run));
    return run;
}

static void test_runs_are_counted_by_how_they_ended(void **state)
{
    (void)state;
    static const enum run_state states[] = { RUN_STATE_QUEUED, RUN_STATE_RUNNING, RUN_STATE_DONE, RUN_STATE_FAILED,
        RUN_STATE_CANCELLED };
    struct runs_count count;
    struct rollout_seen seen;
    for (uint32_t i = 0; i < 5; i++) {
        struct run run = add_run(1, i + 1);
        run.state = states[i];
        runs_update(records, &run);
    }
    runs_count(records, 1, &count);
    assert_int_equal(count.runs, 5);
    assert_int_equal(count.open, 2);
    assert_int_equal(count.done, 1);
    assert_int_equal(count.failed, 1);
    runs_seen(records, 1, 0, &seen);
    assert_int_equal(seen.out, 5);
    assert_int_equal(seen.begun, 1);
    assert_int_equal(seen.failed, 1);
}

static void test_what_was_not_sent_ends_when_it_is_cancelled(void **state)
{
    (void)state;
    struct delivery ready[1];
    struct run run;
    add_run(1, 1);
    add_run(1, 2);
    deliveries_add(records, 1, 1, 0, DELIVERY_DOCUMENT, false);
    deliveries_add(records, 1, 2, 1, DELIVERY_DOCUMENT, true);
    deliveries_ready(records, ready, 1);
    deliveries_sealed(records, ready[0].delivery);
    assert_int_equal(runs_end_unsent(records, 1, RUN_STATE_CANCELLED, NOW), 1);
    assert_true(runs_find(records, 1, 1, 0, &run));
    assert_int_equal(run.state, RUN_STATE_QUEUED);
    assert_true(runs_find(records, 1, 2, 0, &run));
    assert_int_equal(run.state, RUN_STATE_CANCELLED);
}

static void test_output_is_kept_once_in_order_and_within_its_limit(void **state)
{
    (void)state;
    struct run run = add_run(1, 1);
    struct problem problem;
    char text[32] = "";
    assert_int_equal(output_append(records, &run, 0, "hello ", 6, 12, &problem), 0);
    assert_int_equal(output_append(records, &run, 3, "lo wor", 6, 12, &problem), 0); /* in part again */
    assert_int_equal(output_append(records, &run, 0, "hello ", 6, 12, &problem), 0); /* again */
    assert_int_equal(output_append(records, &run, 20, "beyond a gap", 12, 12, &problem), 0);
    assert_int_equal(run.output_bytes, 9);
    assert_false(run.output_cut);
    assert_int_equal(output_append(records, &run, 9, "ld, and more", 12, 12, &problem), 0);
    assert_int_equal(run.output_bytes, 12);
    assert_true(run.output_cut);
    assert_int_equal(output_read(records, run.run, 0, text, sizeof(text)), 12);
    assert_memory_equal(text, "hello world,", 12);
    assert_int_equal(output_read(records, run.run, 4, text, 3), 3);
    assert_memory_equal(text, "o w", 3);
    assert_int_equal(output_read(records, run.run, 12, text, sizeof(text)), 0);
}

static void test_streams_are_where_they_were_after_a_restart(void **state)
{
    (void)state;
    struct stream_place first = streams_next(records, 7, NOW);
    database_restart();
    struct stream_place second = streams_next(records, 7, NOW);
    assert_int_equal(second.incarnation, first.incarnation);
    assert_int_equal(second.counter, first.counter + 1);
    struct stream_held held[STREAM_HELD_MAX];
    size_t bytes;
    streams_hold(records, 7, (struct stream_place){ 1, 3 }, NOW, "later", 5);
    assert_int_equal(streams_held(records, 7, held), 1);
    assert_int_equal(held[0].place.counter, 3);
    assert_int_equal(streams_waiting(records, NOW, 0), 7);
    assert_int_equal(streams_waiting(records, NOW, 7), 0);
    char *kept = streams_release(records, 7, held[0].place, &bytes);
    assert_memory_equal(kept, "later", bytes);
    free(kept);
    assert_int_equal(streams_held(records, 7, held), 0);
}

static void test_old_output_goes_before_old_runs_and_these_before_documents(void **state)
{
    (void)state;
    const struct settings_scheduler settings = {
        .output_days = 90, .run_days = 366, .output_total_bytes = 1 << 20, .output_run_bytes = 1 << 20
    };
    struct paper paper = add_task(1, NOW + DAY);
    struct run run = add_run(paper.number, 1);
    struct problem problem;
    char text[8];
    output_append(records, &run, 0, "text", 4, 100, &problem);
    run.state = RUN_STATE_DONE;
    run.ended_ms = NOW;
    runs_update(records, &run);
    while (retention_step(records, &settings, NOW + 89 * DAY))
        ;
    assert_int_equal(output_read(records, run.run, 0, text, sizeof(text)), 4);
    while (retention_step(records, &settings, NOW + 91 * DAY))
        ;
    assert_int_equal(output_read(records, run.run, 0, text, sizeof(text)), 0);
    assert_true(runs_find(records, paper.number, 1, 0, &run));
    while (retention_step(records, &settings, NOW + 368 * DAY))
        ;
    assert_false(runs_find(records, paper.number, 1, 0, &run));
    assert_false(documents_get(records, paper.number, &paper));
}

static struct call_agent_keys_reply_row enrolled(const struct envelope_key *sign, const struct envelope_key *seal)
{
    return (struct call_agent_keys_reply_row){ .agent = 7,
        .fingerprint = envelope_key_fingerprint(sign),
        .sign_key = envelope_key_spki(sign),
        .seal_key = envelope_key_spki(seal),
        .tenant = "acme",
        .site = "hq",
        .name = "web-1" };
}

static struct agent_known known(void)
{
    struct agent_known agent;
    assert_true(agents_get(records, 7, &agent));
    return agent;
}

static void test_an_agents_keys_change_with_its_word_and_the_one_before_ends(void **state)
{
    (void)state;
    struct envelope_key *key[6];
    struct problem problem;
    for (size_t i = 0; i < 6; i++)
        key[i] = rig_key(ENVELOPE_KEY_P256);
    const char *name = envelope_key_fingerprint(key[0]), *next = envelope_key_fingerprint(key[2]);
    struct call_agent_keys_reply_row row = enrolled(key[0], key[1]);
    agents_note(records, &row);
    struct agent_known agent = known();
    assert_int_equal(agents_rekey(records, &agent, name, envelope_key_spki(key[2]), "AAAA", &problem), -1);
    assert_int_equal(
        agents_rekey(records, &agent, name, envelope_key_spki(key[2]), envelope_key_spki(key[3]), &problem), 0);
    /* Documents name it as before, whatever ingest says again; it is written to by the new key, and both may sign. */
    agents_note(records, &row);
    agent = known();
    assert_string_equal(agent.fingerprint, name);
    assert_string_equal(agent.seal_key, envelope_key_spki(key[3]));
    assert_string_equal(agents_sign_key(&agent, next), envelope_key_spki(key[2]));
    assert_string_equal(agents_sign_key(&agent, name), envelope_key_spki(key[0]));
    assert_null(agents_sign_key(&agent, envelope_key_fingerprint(key[3])));
    assert_true(agents_may_sign(&agent, name, (struct stream_place){ 5, 9 }));
    /* By the old one nothing is good behind the first by the new one; what stands before it may still come. */
    agents_signed(records, &agent, name, (struct stream_place){ 5, 9 });
    agents_signed(records, &agent, next, (struct stream_place){ 5, 10 });
    agent = known();
    agents_signed(records, &agent, next, (struct stream_place){ 5, 11 });
    database_restart();
    agent = known();
    assert_true(agents_may_sign(&agent, name, (struct stream_place){ 5, 9 }));
    assert_false(agents_may_sign(&agent, name, (struct stream_place){ 5, 11 }));
    assert_false(agents_may_sign(&agent, name, (struct stream_place){ 6, 1 }));
    assert_true(agents_may_sign(&agent, next, (struct stream_place){ 6, 1 }));
    assert_int_equal(
        agents_rekey(records, &agent, name, envelope_key_spki(key[4]), envelope_key_spki(key[5]), &problem), -1);
    assert_string_equal(problem.code, "old-key");
    /* The same once more changes nothing; the next change ends the key of the enrolment. */
    assert_int_equal(
        agents_rekey(records, &agent, next, envelope_key_spki(key[2]), envelope_key_spki(key[3]), &problem), 0);
    assert_false(agents_may_sign(&agent, name, (struct stream_place){ 5, 11 }));
    assert_int_equal(
        agents_rekey(records, &agent, next, envelope_key_spki(key[4]), envelope_key_spki(key[5]), &problem), 0);
    agent = known();
    assert_null(agents_sign_key(&agent, name));
    assert_string_equal(agent.signer_before, next);
    /* Enrolled anew, by another key, it begins with that. */
    row = enrolled(key[5], key[1]);
    agents_note(records, &row);
    agent = known();
    assert_string_equal(agent.signer, row.fingerprint);
    assert_string_equal(agent.seal_key, row.seal_key);
    for (size_t i = 0; i < 6; i++)
        envelope_key_free(key[i]);
}

static void note(void *arg)
{
    struct run run;
    /* It was committed before this was called: another connection would see it. */
    assert_true(runs_find(records, 1, 9, 0, &run));
    ++*(int *)arg;
}

static void test_who_waits_is_told_when_the_turn_is_durable(void **state)
{
    (void)state;
    int told = 0;
    runs_add(records, 1, 9, 0, 0, NOW);
    assert_int_equal(records_then(records, note, &told), 0);
    assert_int_equal(told, 0);
    records_settle(records);
    assert_int_equal(told, 1);
    records_settle(records);
    assert_int_equal(told, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, database_begin, database_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_draft_makes_no_version_old),
        CASE(test_drafts_are_counted_by_tenant),
        CASE(test_an_id_is_of_others),
        CASE(test_a_document_on_its_way_into_the_log),
        CASE(test_the_newest_version_is_found),
        CASE(test_deliveries_go_in_order_and_stops_go_first),
        CASE(test_what_is_sealed_is_there_until_it_is_put),
        CASE(test_a_full_mailbox_holds_up_nobody_else_and_is_tried_again),
        CASE(test_rings_are_let_go_one_by_one),
        CASE(test_runs_are_counted_by_how_they_ended),
        CASE(test_what_was_not_sent_ends_when_it_is_cancelled),
        CASE(test_output_is_kept_once_in_order_and_within_its_limit),
        CASE(test_streams_are_where_they_were_after_a_restart),
        CASE(test_old_output_goes_before_old_runs_and_these_before_documents),
        CASE(test_an_agents_keys_change_with_its_word_and_the_one_before_ends),
        CASE(test_who_waits_is_told_when_the_turn_is_durable),
    };
    return cmocka_run_group_tests(tests, database_open, database_close);
}
