/* Against ssh-keygen itself; and security keys, whose signatures are made here as PROTOCOL.u2f says. */
#include "tests/unit/folder.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "lib/signed/key_file.h"
#include "lib/signed/sshsig.h"

static const char text[] = "DSSEv1 41 application/vnd.vedette.task.v1+json 3 abc";

struct signed_by_ssh {
    struct ssh_key key;
    uint8_t blob[DSSE_SIGNATURE_BYTES];
    size_t bytes;
};

/* A new key of that type, and its signature of text in that namespace. */
static void make(const char *type, const char *space, struct signed_by_ssh *ret)
{
    char folder[FOLDER_BYTES], command[512], path[64], *data;
    size_t bytes;
    folder_make(folder);
    snprintf(command, sizeof(command),
        "cd %s && printf '%%s' '%s' >text && ssh-keygen -q -t %s -N '' -C 'a comment' -f key && "
        "ssh-keygen -q -Y sign -n %s -f key text 2>/dev/null",
        folder, text, type, space);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof(path), "%s/key.pub", folder);
    assert_int_equal(file_read(path, 4096, &data, &bytes, NULL), 0);
    assert_int_equal(ssh_key_read(data, &ret->key, NULL), 0);
    free(data);
    snprintf(path, sizeof(path), "%s/text.sig", folder);
    assert_int_equal(file_read(path, 8192, &data, &bytes, NULL), 0);
    assert_int_equal(sshsig_unarmour(data, bytes, ret->blob, sizeof(ret->blob), &ret->bytes, NULL), 0);
    free(data);
    folder_remove(folder);
}

static bool holds(const struct signed_by_ssh *one)
{
    return sshsig_holds(&one->key, text, strlen(text), one->blob, one->bytes);
}

static void what_ssh_keygen_signs_holds(void **state)
{
    static const char *const types[] = { "ed25519", "ecdsa -b 256" };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct signed_by_ssh one;
        make(types[i], SSHSIG_NAMESPACE, &one);
        assert_true(holds(&one));
        assert_false(sshsig_holds(&one.key, text, strlen(text) - 1, one.blob, one.bytes));
        for (size_t at = 0; at < one.bytes; at++) {
            /* The public key in it is not looked at: it is the trust file's that counts. */
            bool in_key = at >= 10 && at < 10u + 4 + (one.blob[12] << 8 | one.blob[13]);
            one.blob[at] ^= 1;
            assert_true(in_key || !holds(&one));
            one.blob[at] ^= 1;
        }
        for (size_t bytes = 0; bytes < one.bytes; bytes++)
            assert_false(sshsig_holds(&one.key, text, strlen(text), one.blob, bytes));
        key_free(&one.key.key);
    }
}

/* A signature for git, or for a log-in, is none for a document. */
static void another_namespace_does_not_count(void **state)
{
    struct signed_by_ssh one;
    (void)state;
    make("ed25519", "git", &one);
    assert_false(holds(&one));
    key_free(&one.key.key);
}

static void another_key_does_not_hold(void **state)
{
    struct signed_by_ssh one, other;
    (void)state;
    make("ed25519", SSHSIG_NAMESPACE, &one);
    make("ed25519", SSHSIG_NAMESPACE, &other);
    struct ssh_key key = one.key;
    one.key = other.key;
    assert_false(holds(&one));
    key_free(&key.key);
    key_free(&other.key.key);
}

static void a_key_is_the_same_in_every_form(void **state)
{
    struct signed_by_ssh one;
    struct public_key again;
    char spki[SPKI_TEXT_BYTES];
    (void)state;
    make("ecdsa", SSHSIG_NAMESPACE, &one);
    key_text(&one.key.key, spki);
    assert_int_equal(key_read_text(spki, &again, NULL), 0);
    assert_string_equal(again.keyid, one.key.key.keyid);
    key_free(&again);
    key_free(&one.key.key);
}

static void keys_that_are_none_are_refused(void **state)
{
    static const char *const texts[] = { "", "ssh-ed25519", "ssh-ed25519 ", "ssh-ed25519 AAAA",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQDF", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==",
        /* The type before says another than the key. */
        "ecdsa-sha2-nistp256 AAAAC3NzaC1lZDI1NTE5AAAAID6TE0QIcHA+RrD7RB9Fs9uI7HTNAuxjZh4g6+TO3zm1",
        /* Something behind the key. */
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID6TE0QIcHA+RrD7RB9Fs9uI7HTNAuxjZh4g6+TO3zm1AAAA" };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct problem problem = { .code = "" };
        struct ssh_key key;
        assert_int_equal(ssh_key_read(texts[i], &key, &problem), -1);
        assert_string_equal(problem.code, "bad-key");
    }
}

static void put(struct buf *buf, const void *bytes, size_t n)
{
    const uint8_t length[4] = { 0, 0, (uint8_t)(n >> 8), (uint8_t)n };
    buf_append(buf, length, 4);
    buf_append(buf, bytes, n);
}

/* What a security key makes of text: flags and counter beside a signature over them. */
static struct buf touch(const struct signing_key *key, const char *application, uint8_t flags)
{
    struct buf message = { 0 }, wrapped = { 0 }, inner = { 0 }, blob = { 0 };
    uint8_t hash[64], sha256[SHA256_BYTES], sig[KEY_SIGNATURE_BYTES];
    const uint8_t behind[5] = { flags, 0, 0, 0, 9 };
    size_t bytes;
    crypto_sha256(text, strlen(text), hash);
    buf_text(&message, "SSHSIG");
    put(&message, SSHSIG_NAMESPACE, strlen(SSHSIG_NAMESPACE));
    put(&message, "", 0);
    put(&message, "sha256", 6);
    put(&message, hash, SHA256_BYTES);
    crypto_sha256(application, strlen(application), sha256);
    buf_append(&wrapped, sha256, sizeof(sha256));
    buf_append(&wrapped, behind, sizeof(behind));
    crypto_sha256(message.data, message.length, sha256);
    buf_append(&wrapped, sha256, sizeof(sha256));
    assert_int_equal(signing_key_sign(key, wrapped.data, wrapped.length, sig, &bytes, NULL), 0);
    put(&inner, "sk-ssh-ed25519@openssh.com", 26);
    put(&inner, sig, bytes);
    buf_append(&inner, behind, sizeof(behind));
    buf_append(&blob, "SSHSIG\0\0\0\1", 10);
    put(&blob, "", 0);
    put(&blob, SSHSIG_NAMESPACE, strlen(SSHSIG_NAMESPACE));
    put(&blob, "", 0);
    put(&blob, "sha256", 6);
    put(&blob, inner.data, inner.length);
    buf_free(&message);
    buf_free(&wrapped);
    buf_free(&inner);
    return blob;
}

static struct ssh_key read_security_key(const struct signing_key *key)
{
    struct buf blob = { 0 }, line = { 0 };
    char encoded[400];
    struct ssh_key ret;
    put(&blob, "sk-ssh-ed25519@openssh.com", 26);
    put(&blob, key->public.spki + key->public.spki_bytes - 32, 32);
    put(&blob, "ssh:", 4);
    crypto_base64(blob.data, blob.length, encoded);
    buf_format(&line, "sk-ssh-ed25519@openssh.com %s carol@office", encoded);
    assert_int_equal(ssh_key_read(line.data, &ret, NULL), 0);
    buf_free(&blob);
    buf_free(&line);
    return ret;
}

static void a_security_key_must_have_been_touched(void **state)
{
    struct signing_key key;
    (void)state;
    assert_int_equal(signing_key_make(KEY_ED25519, &key, NULL), 0);
    struct ssh_key public = read_security_key(&key);
    assert_true(public.security_key);
    assert_string_equal(public.application, "ssh:");
    struct buf touched = touch(&key, "ssh:", 1), untouched = touch(&key, "ssh:", 0), other = touch(&key, "ssh:x", 1);
    assert_true(sshsig_holds(&public, text, strlen(text), (uint8_t *)touched.data, touched.length));
    assert_false(sshsig_holds(&public, text, strlen(text), (uint8_t *)untouched.data, untouched.length));
    assert_false(sshsig_holds(&public, text, strlen(text), (uint8_t *)other.data, other.length));
    /* A file's key of the same bytes signs without a touch: it is another kind of key. */
    public.security_key = false;
    assert_false(sshsig_holds(&public, text, strlen(text), (uint8_t *)touched.data, touched.length));
    buf_free(&touched);
    buf_free(&untouched);
    buf_free(&other);
    key_free(&public.key);
    signing_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_ssh_keygen_signs_holds),
        cmocka_unit_test(another_namespace_does_not_count),
        cmocka_unit_test(another_key_does_not_hold),
        cmocka_unit_test(a_key_is_the_same_in_every_form),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(a_security_key_must_have_been_touched),
    };
    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
