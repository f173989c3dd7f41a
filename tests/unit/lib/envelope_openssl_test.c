/* Envelopes and the `openssl` command: it opens what we seal, and we open what it seals. */
#include "tests/unit/folder.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/envelope/private.h"
#include "lib/files.h"
#include "tests/envelope_rig.h"

static char folder[FOLDER_BYTES];

static void run(const char *command)
{
    char text[2048];
    snprintf(text, sizeof(text), "cd %s && { %s; } >output 2>&1 || { cat output; false; }", folder, command);
    if (system(text))
        fail_msg("%s", command);
}

static void store(const char *name, const void *data, size_t bytes)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(file_write(path, data, bytes, 0600, NULL), 0);
}

static struct buf fetch(const char *name)
{
    char path[128];
    struct buf found = { 0 };
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(file_read(path, 1 << 20, &found.data, &found.length, NULL), 0);
    return found;
}

/* NAME.key, and NAME.pem: a certificate whose subject key identifier is the fingerprint. */
static struct envelope_key *make_key(const char *name, enum envelope_key_type type)
{
    struct buf pem = { 0 }, config = { 0 };
    char file[64], command[512];
    assert_int_equal(envelope_key_make(type, &pem, NULL), 0);
    struct envelope_key *key = envelope_key_private(pem.data, pem.length, NULL);
    assert_non_null(key);
    snprintf(file, sizeof(file), "%s.key", name);
    store(file, pem.data, pem.length);
    buf_format(&config, "[req]\ndistinguished_name=dn\nx509_extensions=e\n[dn]\n[e]\nsubjectKeyIdentifier=%s\n",
        envelope_key_fingerprint(key));
    store("config", config.data, config.length);
    snprintf(command, sizeof(command), "openssl req -x509 -config config -subj /CN=%s -key %s.key -out %s.pem", name,
        name, name);
    run(command);
    buf_free(&pem);
    buf_free(&config);
    return key;
}

static int begin(void **state)
{
    (void)state;
    crypto_open();
    folder_make(folder);
    rig_scheduler.sign = make_key("sender", ENVELOPE_KEY_P256);
    rig_agent.sign = rig_key(ENVELOPE_KEY_P256);
    return 0;
}

static int end(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static void what_we_seal(enum envelope_key_type type)
{
    struct envelope_key *seal = make_key("recipient", type);
    const struct rig_party recipient = { .seal = seal };
    const struct envelope_stop stop = { RIG_DOCUMENT };
    struct buf envelope = { 0 };
    assert_int_equal(rig_seal(&rig_scheduler, &recipient, ENVELOPE_STOP, 3, &stop, &envelope), 0);
    store("envelope", envelope.data, envelope.length);
    run("openssl cms -decrypt -binary -inform DER -in envelope -inkey recipient.key -out signed &&"
        " openssl cms -verify -binary -inform DER -in signed -certfile sender.pem -noverify -out content");
    struct buf content = fetch("content");
    assert_non_null(
        strstr(content.data, "\"purpose\":\"stop\",\"incarnation\":7,\"counter\":3}\n{\"document\":\"" RIG_DOCUMENT));
    buf_free(&content);
    buf_free(&envelope);
    envelope_key_free(seal);
}

static void what_it_seals(enum envelope_key_type type, const char *how)
{
    struct envelope_key *seal = make_key("recipient", type);
    struct rig_party recipient = { .sign = rig_agent.sign, .seal = seal };
    struct envelope_head head = { .deployment = RIG_DEPLOYMENT, .purpose = ENVELOPE_STOP, .place = { 7, 4 } };
    struct buf content = { 0 };
    struct envelope_opened opened;
    struct problem problem;
    char command[512];
    strcpy(head.from, envelope_key_fingerprint(rig_scheduler.sign));
    strcpy(head.to, envelope_key_fingerprint(seal));
    assert_int_equal(
        envelope_head_write(&head, &content) || buf_text(&content, "{\"document\":\"" RIG_DOCUMENT "\"}"), 0);
    store("content", content.data, content.length);
    snprintf(command, sizeof(command),
        "openssl cms -sign -binary -nodetach -nocerts -keyid -signer sender.pem -inkey sender.key -outform DER -in "
        "content"
        " -out signed && openssl cms -encrypt -binary -aes-256-gcm -keyid -recip recipient.pem %s -outform DER -in "
        "signed"
        " -out envelope",
        how);
    run(command);
    struct buf envelope = fetch("envelope");
    if (rig_open_as(&recipient, envelope.data, envelope.length, &opened, &problem))
        fail_msg("%s", problem.reason);
    assert_int_equal(opened.place.counter, 4);
    envelope_opened_free(&opened);
    buf_free(&envelope);
    buf_free(&content);
    envelope_key_free(seal);
}

static void it_opens_what_we_seal(void **state)
{
    (void)state;
    what_we_seal(ENVELOPE_KEY_P256);
    what_we_seal(ENVELOPE_KEY_RSA3072);
}

static void we_open_what_it_seals(void **state)
{
    (void)state;
    what_it_seals(ENVELOPE_KEY_P256, "-keyopt ecdh_kdf_md:sha256");
    what_it_seals(ENVELOPE_KEY_RSA3072, "-keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256");
}

/* The same key and content, but by a weaker way that `openssl` takes by itself: not authenticated, or PKCS #1 v1.5. */
static void weaker_ways_are_refused(void **state)
{
    (void)state;
    static const struct {
        enum envelope_key_type type;
        const char *how;
    } ways[] = { { ENVELOPE_KEY_P256, "-aes-256-cbc" }, { ENVELOPE_KEY_P256, "-aes-128-gcm" },
        { ENVELOPE_KEY_RSA3072, "-aes-256-gcm" } };
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        struct envelope_key *seal = make_key("recipient", ways[i].type);
        struct rig_party recipient = { .sign = rig_agent.sign, .seal = seal };
        struct envelope_opened opened;
        struct problem problem;
        char command[512];
        store("content", "{}\n{}", 5);
        snprintf(command, sizeof(command),
            "openssl cms -sign -binary -nodetach -nocerts -keyid -signer sender.pem -inkey sender.key -outform DER -in"
            " content -out signed && openssl cms -encrypt -binary %s -keyid -recip recipient.pem -outform DER -in "
            "signed"
            " -out envelope",
            ways[i].how);
        run(command);
        struct buf envelope = fetch("envelope");
        assert_int_equal(rig_open_as(&recipient, envelope.data, envelope.length, &opened, &problem), -1);
        assert_string_equal(problem.code, "bad-envelope");
        buf_free(&envelope);
        envelope_key_free(seal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_what_we_seal),
        cmocka_unit_test(we_open_what_it_seals),
        cmocka_unit_test(weaker_ways_are_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
