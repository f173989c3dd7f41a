/* The process that reads envelopes: what it hands over is what was sealed; what ends it ends nothing else. */
#include "agent/work/envelopes/opener.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/work/envelopes/opener_parts.h"
#include "lib/buf.h"
#include "lib/message/flat.h"
#include "lib/problem.h"
#include "tests/key_rig.h"
#include "tests/unit/unit.h"

#define DEPLOYMENT "00112233445566778899aabbccddeeff"
#define DOCUMENT "ffeeddccbbaa99887766554433221100"

static struct envelope_key *sign, *seal;

static const struct envelope_key *signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    (void)arg;
    *ret_peer = PEER_SCHEDULER;
    return strcmp(fingerprint, envelope_key_fingerprint(sign)) ? NULL : sign;
}

static struct opener *new_opener(void)
{
    static const struct envelope_key *own[1];
    own[0] = seal;
    const struct envelope_reader reader = { DEPLOYMENT, 0, own, 1, signer, NULL };
    return opener_new(&reader);
}

static void seal_it(enum envelope purpose, const void *message, struct buf *ret)
{
    const struct envelope_writer writer = { DEPLOYMENT, sign, seal };
    assert_int_equal(envelope_seal(&writer, purpose, (struct stream_place){ 5, 6 }, message, ret, NULL), 0);
}

static void a_document_comes_through_as_it_was_sealed(void **state)
{
    (void)state;
    static const char payload[] = "{\"not\":\"looked at here\"}";
    const uint8_t sig[64] = { 7 };
    struct buf text = { 0 }, envelope = { 0 };
    struct dsse dsse;
    struct opened opened;
    struct problem problem;
    char keyid[KEYID_BYTES];
    memset(keyid, 'a', KEYID_BYTES - 1);
    keyid[KEYID_BYTES - 1] = '\0';
    assert_int_equal(dsse_make(DOCUMENT_KIND_TASK, payload, sizeof(payload) - 1, &dsse, NULL), 0);
    assert_int_equal(dsse_add(&dsse, keyid, sig, sizeof(sig), NULL), 0);
    assert_int_equal(dsse_format(&dsse, &text), 0);
    seal_it(ENVELOPE_DOCUMENT, &(struct envelope_document){ .dsse = text.data, .entry = "an entry" }, &envelope);
    struct opener *opener = new_opener();
    for (int again = 0; again < 2; again++) {
        assert_int_equal(opener_open(opener, envelope.data, envelope.length, &opened, &problem), 0);
        const struct envelope_document *message = opened.message;
        assert_int_equal(opened.purpose, ENVELOPE_DOCUMENT);
        assert_int_equal(opened.place.counter, 6);
        assert_string_equal(message->dsse, text.data);
        assert_string_equal(message->entry, "an entry");
        assert_null(message->receipt);
        assert_string_equal(opened.from, envelope_key_fingerprint(sign));
        opened_free(&opened);
    }
    opener_free(opener);
    dsse_free(&dsse);
    buf_free(&text);
    buf_free(&envelope);
}

static void what_is_wrong_is_said_with_its_code(void **state)
{
    (void)state;
    struct buf envelope = { 0 };
    struct opened opened;
    struct problem problem;
    struct opener *opener = new_opener();
    assert_int_equal(opener_open(opener, "noise", 5, &opened, &problem), -1);
    assert_string_equal(problem.code, "bad-envelope");
    seal_it(ENVELOPE_DOCUMENT, &(struct envelope_document){ .dsse = "[1]" }, &envelope);
    assert_int_equal(opener_open(opener, envelope.data, envelope.length, &opened, &problem), 0);
    assert_true(opened.is_wrong && !opened.message);
    assert_string_equal(opened.why.code, "bad-json");
    opened_free(&opened);
    opener_free(opener);
    buf_free(&envelope);
}

/* The only child that this test has. */
static pid_t child(void)
{
    char path[64], text[32] = "";
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    return (pid_t)atoi(text);
}

static void assert_status(pid_t pid, const char *line)
{
    char path[64], text[4096] = "";
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    if (!strstr(text, line))
        fail_msg("%s is not in\n%s", line, text);
}

static void it_has_no_rights_and_its_end_is_not_ours(void **state)
{
    (void)state;
    struct buf envelope = { 0 };
    struct opened opened;
    struct problem problem;
    struct opener *opener = new_opener();
    seal_it(ENVELOPE_STOP, &(struct envelope_stop){ .document = DOCUMENT }, &envelope);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(opener_open(opener, envelope.data, envelope.length, &opened, &problem), 0);
        assert_string_equal(((const struct envelope_stop *)opened.message)->document, DOCUMENT);
        opened_free(&opened);
        pid_t pid = child();
        assert_status(pid, "Seccomp:\t2");
        assert_status(pid, "NoNewPrivs:\t1");
        if (!geteuid()) {
            assert_status(pid, "Uid:\t65534\t65534\t65534\t65534");
            assert_status(pid, "CapEff:\t0000000000000000");
        }
        /* As an envelope would that has it fall: another one reads the next. */
        kill(pid, SIGKILL);
    }
    opener_free(opener);
    buf_free(&envelope);
}

static void a_message_is_read_as_it_was_written_or_not_at_all(void **state)
{
    (void)state;
    const struct envelope_checkpoint said = { .cosigned_checkpoint = "a\nb\n", .consistency = "old 1\n" };
    struct envelope_checkpoint read;
    struct buf flat = { 0 };
    assert_int_equal(message_flatten(&envelope_checkpoint_shape, &said, &flat), 0);
    assert_int_equal(message_unflatten(&envelope_checkpoint_shape, flat.data, flat.length, &read, NULL), 0);
    assert_string_equal(read.cosigned_checkpoint, said.cosigned_checkpoint);
    assert_string_equal(read.consistency, said.consistency);
    for (size_t cut = 0; cut < flat.length; cut++)
        assert_int_equal(message_unflatten(&envelope_checkpoint_shape, flat.data, cut, &read, NULL), -1);
    flat.data[5] = '\0'; /* a text that ends early */
    assert_int_equal(message_unflatten(&envelope_checkpoint_shape, flat.data, flat.length, &read, NULL), -1);
    buf_free(&flat);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN); /* as work does: its child may end before it is spoken to */
    crypto_open();
    sign = rig_key(ENVELOPE_KEY_P256);
    seal = rig_key(ENVELOPE_KEY_P256);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_comes_through_as_it_was_sealed),
        cmocka_unit_test(what_is_wrong_is_said_with_its_code),
        cmocka_unit_test(it_has_no_rights_and_its_end_is_not_ours),
        cmocka_unit_test(a_message_is_read_as_it_was_written_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
