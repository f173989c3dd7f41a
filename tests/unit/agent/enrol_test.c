/* The parts of enrolment: what the command line says, the CA, the keys, the server's answers. */
#include "agent/carry/answers.h"
#include "agent/carry/ca.h"
#include "agent/carry/http.h"
#include "agent/carry/keys.h"
#include "agent/carry/server.h"
#include "agent/carry/token.h"
#include "agent/options.h"
#include "agent/outcome.h"
#include "agent/state.h"
#include "lib/certificate.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static void test_servers(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        { "https://vedette.example", "https://vedette.example:7701" },
        { "https://vedette.example:443/", "https://vedette.example:443" },
        { "https://192.0.2.1", "https://192.0.2.1:7701" },
        { "https://[fd00::1]:8000", "https://[fd00::1]:8000" },
    };
    static const char *const bad[] = {
        "",
        "https://",
        "http://host",
        "host",
        "https://host:0",
        "https://host:65536",
        "https://host:",
        "https://host/x",
        "https://user@host",
        "https://host:1x",
        "https://[fd00::1",
        "https://[x]",
        "https://ho st",
        "https://host?x",
        "https://host:99999999999999999999",
        "https://:7701",
    };
    char server[300];
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_int_equal(server_parse(good[i][0], server, sizeof(server), NULL), 0);
        assert_string_equal(server, good[i][1]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(server_parse(bad[i], server, sizeof(server), NULL), -1);
    assert_int_equal(server_parse("https://vedette.example", server, 20, NULL), -1);
}

#define TOKEN "abcdefghijklmnopqrstuvwxyz-_0123456789ABCDE"

static void test_tokens(void **state)
{
    (void)state;
    char token[TOKEN_TEXT_BYTES], longer[200];
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    assert_int_equal(token_read(&(struct options){ .token = TOKEN }, token, NULL), 0);
    assert_string_equal(token, TOKEN);
    put("token", "\n " TOKEN "\r\n", 0600);
    assert_int_equal(token_read(&(struct options){ .token_file = "token" }, token, NULL), 0);
    assert_string_equal(token, TOKEN);
    assert_int_equal(token_read(&(struct options){ .token = TOKEN, .token_file = "token" }, token, NULL), -1);
    assert_int_equal(token_read(&(struct options){ 0 }, token, NULL), -1);
    assert_int_equal(token_read(&(struct options){ .token = "short" }, token, NULL), -1);
    assert_int_equal(token_read(&(struct options){ .token = longer }, token, NULL), -1);
    assert_int_equal(token_read(&(struct options){ .token_file = "missing" }, token, NULL), -1);
    put("token", TOKEN "\n" TOKEN "\n", 0600);
    assert_int_equal(token_read(&(struct options){ .token_file = "token" }, token, NULL), -1);
    put("token", longer, 0600);
    assert_int_equal(token_read(&(struct options){ .token_file = "token" }, token, NULL), -1);
}

static void test_ca_is_exactly_the_one(void **state)
{
    (void)state;
    struct certificate one, two;
    struct problem problem;
    char wanted[FINGERPRINT_BYTES], both[8192];
    assert_int_equal(certificate_make_ca("One", clock_wall_ms(), &one, NULL), 0);
    assert_int_equal(certificate_make_ca("Two", clock_wall_ms(), &two, NULL), 0);
    assert_int_equal(certificate_fingerprint(one.chain, wanted, NULL), 0);
    assert_int_equal(ca_check(one.chain, wanted, NULL), 0);
    assert_int_equal(ca_check(two.chain, wanted, &problem), -1);
    assert_string_equal(problem.code, "wrong-ca");
    /* The right one first and a stranger behind it: all of the text would be trusted. */
    snprintf(both, sizeof(both), "%s%s", one.chain, two.chain);
    assert_int_equal(ca_check(both, wanted, &problem), -1);
    assert_string_equal(problem.code, "wrong-ca");
    assert_int_equal(ca_check("nothing", wanted, NULL), -1);
    assert_int_equal(ca_check("", wanted, NULL), -1);
    certificate_free(&one);
    certificate_free(&two);
}

static void test_keys_are_made_once(void **state)
{
    (void)state;
    char first[PUBLIC_KEY_BYTES], again[PUBLIC_KEY_BYTES], other[PUBLIC_KEY_BYTES];
    char fingerprint[HEX_BYTES(SHA256_BYTES)];
    struct stat found;
    struct problem problem;
    assert_int_equal(key_pair(SIGN_KEY_FILE, first, NULL), 0);
    assert_int_equal(stat(SIGN_KEY_FILE, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0400);
    assert_int_equal(key_pair(SIGN_KEY_FILE, again, NULL), 0);
    assert_string_equal(first, again);
    assert_int_equal(key_pair(SEAL_KEY_FILE, other, NULL), 0);
    assert_string_not_equal(first, other);
    assert_int_equal(key_fingerprint(first, fingerprint, NULL), 0);
    assert_int_equal(strlen(fingerprint), 64);
    assert_int_equal(key_fingerprint("", fingerprint, NULL), -1);
    assert_int_equal(key_fingerprint("?", fingerprint, NULL), -1);

    put(SIGN_KEY_FILE, "-----BEGIN PRIVATE KEY-----\nnonsense\n", 0400);
    assert_int_equal(key_pair(SIGN_KEY_FILE, again, &problem), -1);
    assert_string_equal(problem.code, "no-key");
    assert_int_equal(chmod(SIGN_KEY_FILE, 0444), 0);
    assert_int_equal(key_pair(SIGN_KEY_FILE, again, &problem), -1);
    assert_string_equal(problem.code, "loose-permissions");
}

static struct answer answer_of(long status, const char *text)
{
    struct answer answer = { .status = status, .address = "192.0.2.1" };
    assert_int_equal(buf_text(&answer.body, text), 0);
    return answer;
}

static void test_answers(void **state)
{
    (void)state;
    struct identity identity = { .server = "https://x:1" };
    struct outcome outcome = { .counter = 5 };
    struct problem problem;
    struct answer answer = answer_of(200, "{\"agent\":3,\"tenant\":\"t\",\"site\":\"s\",\"beat_port\":7700}");
    assert_int_equal(enrol_answer(&answer, &identity, NULL), 0);
    assert_int_equal(identity.agent, 3);
    assert_string_equal(identity.server, "https://x:1");
    assert_int_equal(mail_answer(&answer, &outcome, NULL), -1);
    assert_int_equal(outcome.counter, 5);
    answer_free(&answer);

    answer = answer_of(403, "{\"code\":\"retired\",\"reason\":\"it was retired\",\"field\":\"agent\"}");
    assert_int_equal(mail_answer(&answer, &outcome, &problem), -1);
    assert_string_equal(problem.code, "retired");
    assert_string_equal(problem.reason, "it was retired");
    answer_free(&answer);

    /* Whoever answers in the server's place writes on root's terminal. */
    answer = answer_of(403, "{\"code\":\"bad-token\",\"reason\":\"\\u001b]0;x\\u0007 \\u202enepo\"}");
    assert_int_equal(enrol_answer(&answer, &identity, &problem), -1);
    assert_string_equal(problem.reason, "<U+001B>]0;x<U+0007> <U+202E>nepo");
    answer_free(&answer);
    answer = answer_of(403, "{\"code\":\"\\u001b[2J\",\"reason\":\"x\"}");
    assert_int_equal(enrol_answer(&answer, &identity, &problem), -1);
    assert_string_equal(problem.code, "bad-answer");
    answer_free(&answer);

    answer = answer_of(502, "<html>");
    assert_int_equal(enrol_answer(&answer, &identity, &problem), -1);
    assert_string_equal(problem.code, "bad-answer");
    answer_free(&answer);

    answer = (struct answer){ .status = 200 };
    assert_int_equal(mail_answer(&answer, &outcome, &problem), -1);
    assert_string_equal(problem.code, "bad-answer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers),
        in_place(test_tokens),
        cmocka_unit_test(test_ca_is_exactly_the_one),
        in_place(test_keys_are_made_once),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
