/* Parcels, and what mails make of them. */
#include "tests/unit/unit.h"

#include "contract.h"
#include "lib/buf.h"
#include "lib/message/message.h"
#include "lib/parcel.h"
#include "lib/post.h"
#include "lib/problem.h"

static const uint8_t key[SECRET_BYTES] = { 1 }, other[SECRET_BYTES] = { 2 };

static struct buf parcel_of(enum parcel_way way)
{
    const struct call_agent_parcel_reply reply = { .agent = 7, .parcel = 5 };
    struct buf text = { 0 };
    assert_int_equal(parcel_write(way, key, &call_agent_parcel_reply_shape, &reply, &text, NULL), 0);
    return text;
}

static void a_parcel_is_its_makers_and_goes_one_way(void **state)
{
    (void)state;
    struct buf text = parcel_of(PARCEL_TO_AGENT);
    struct parcel parcel;
    struct problem problem;
    assert_int_equal(parcel_read(text.data, text.length, PARCEL_TO_AGENT, &parcel, &problem), 0);
    assert_true(parcel_authentic(&parcel, key));
    assert_false(parcel_authentic(&parcel, other));
    assert_memory_equal(parcel.json, "{\"agent\":7,\"parcel\":5,", 22);
    assert_int_equal(parcel_read(text.data, text.length, PARCEL_FROM_AGENT, &parcel, &problem), -1);
    assert_string_equal(problem.code, "bad-parcel");
    for (size_t i = 0; i < text.length; i++) {
        text.data[i] ^= 1;
        assert_true(
            parcel_read(text.data, text.length, PARCEL_TO_AGENT, &parcel, &problem) || !parcel_authentic(&parcel, key));
        text.data[i] ^= 1;
    }
    for (size_t length = 0; length < text.length; length++)
        assert_true(
            parcel_read(text.data, length, PARCEL_TO_AGENT, &parcel, &problem) || !parcel_authentic(&parcel, key));
    buf_free(&text);
}

static void a_mail_is_unwrapped(void **state)
{
    (void)state;
    static const char *const mails[] = {
        "From: a@b\r\nSubject: vedette parcel\r\n\r\naGVs\r\nbG8=\r\n",
        "X: y\n\naGVsbG8=",
        "X: y\n\n aGVs\tbG8=\n\n",
    };
    char *parcel;
    size_t bytes;
    for (size_t i = 0; i < sizeof(mails) / sizeof(*mails); i++) {
        assert_int_equal(post_unwrap(mails[i], strlen(mails[i]), &parcel, &bytes), 0);
        assert_int_equal(bytes, 5);
        assert_memory_equal(parcel, "hello", 5);
        free(parcel);
    }
    static const char *const others[] = { "", "no end of the head", "X: y\n\nnot base64!\n", "X: y\n\naGVsbG8\n" };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        assert_int_equal(post_unwrap(others[i], strlen(others[i]), &parcel, &bytes), -1);
}

#define GOOD "smtp = smtps://mail.example\npop3=pop3s://mail.example:995\nfrom = a@b.example\nto = v-%u@b.example\n"

static int parse(const char *text, struct post *ret, struct problem *problem)
{
    return post_parse(text, strlen(text), ret, problem);
}

static void a_post_file_is_read(void **state)
{
    (void)state;
    struct post post;
    struct problem problem;
    assert_int_equal(parse("# ours\n\n" GOOD "user = a\npassword = b c = d \n", &post, &problem), 0);
    assert_string_equal(post.pop3, "pop3s://mail.example:995");
    assert_string_equal(post.password, "b c = d");
    assert_false(post.plain);
    static const char *const bad[] = { "", "smtp\n", GOOD "colour = red\n", GOOD "smtp = http://mail.example\n",
        GOOD "to = no address\n", GOOD "from = <a@b>\n", GOOD "pop3 = imap://mail.example\n" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_int_equal(parse(bad[i], &post, &problem), -1);
        assert_string_equal(problem.code, "bad-post");
    }
    assert_int_equal(post_parse("smtp = \0", 8, &post, &problem), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parcel_is_its_makers_and_goes_one_way),
        cmocka_unit_test(a_mail_is_unwrapped),
        cmocka_unit_test(a_post_file_is_read),
    };
    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
