/*
 * OpenSSL's memory runs out at its nth allocation, for every n, once and from there on: what is signed or sealed with
 * success then opens, whole; and what is good is not called bad. OpenSSL 3.0 itself tells some of that as a success
 * (lib/memory.h).
 */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "lib/envelope/bulk.h"
#include "tests/envelope_rig.h"

#define CONTENT_BYTES 100000 /* so that what holds it has to grow while it is written */

enum { DONE, FAILED, ALL_TRIED, BROKEN };

static unsigned long asked, refused_from, refused_until;
static CRYPTO_malloc_fn real_get;
static CRYPTO_realloc_fn real_change;
static CRYPTO_free_fn real_free;

/* More than there is. */
static size_t or_too_much(size_t bytes)
{
    return ++asked >= refused_from && asked < refused_until ? PTRDIFF_MAX : bytes;
}

static void *get(size_t bytes, const char *file, int line)
{
    return real_get(or_too_much(bytes), file, line);
}

static void *change(void *old, size_t bytes, const char *file, int line)
{
    return real_change(old, or_too_much(bytes), file, line);
}

static char content[CONTENT_BYTES + 1];

static int sign_statement(struct buf *ret)
{
    return envelope_statement_sign(rig_agent.sign, content, CONTENT_BYTES, ret, NULL);
}

static bool opens_statement(const struct buf *statement)
{
    char signer[FINGERPRINT_HEX_BYTES];
    struct buf text = { 0 };
    bool same = !envelope_statement_open(statement->data, statement->length, &text, signer, NULL) &&
                text.length == CONTENT_BYTES && !memcmp(text.data, content, CONTENT_BYTES);
    buf_free(&text);
    return same;
}

static int seal_message(struct buf *ret)
{
    const struct envelope_document document = { .dsse = content, .entry = "entry" };
    return rig_seal(&rig_scheduler, &rig_agent, ENVELOPE_DOCUMENT, 42, &document, ret);
}

static bool opens_message(const struct buf *envelope)
{
    struct envelope_opened opened;
    if (rig_open_as(&rig_agent, envelope->data, envelope->length, &opened, NULL))
        return false;
    bool same = !strcmp(((const struct envelope_document *)opened.message)->dsse, content);
    envelope_opened_free(&opened);
    return same;
}

static int seal_segment(struct buf *ret)
{
    const struct envelope_key *recipients[] = { rig_scheduler.seal, rig_agent.seal };
    struct bulk_sealed sealed = { 0 };
    char *copy = strdup(content);
    return !copy || envelope_bulk_seal(recipients, 2, "owner", copy, CONTENT_BYTES, &sealed, NULL) ||
                   buf_append(ret, sealed.head.data, sealed.head.length) || buf_append(ret, copy, CONTENT_BYTES) ||
                   buf_append(ret, sealed.tail, sizeof(sealed.tail))
               ? -1
               : 0;
}

static bool opens_segment_by(const struct envelope_key *own, const struct buf *object)
{
    struct buf copy = { 0 };
    void *found;
    size_t bytes;
    bool same = !buf_append(&copy, object->data, object->length) &&
                !envelope_bulk_open(&(struct bulk_opener){ own }, copy.data, copy.length, &found, &bytes, NULL) &&
                bytes == CONTENT_BYTES && !memcmp(found, content, bytes);
    buf_free(&copy);
    return same;
}

static bool opens_segment(const struct buf *object)
{
    return opens_segment_by(rig_scheduler.seal, object) && opens_segment_by(rig_agent.seal, object);
}

static void read_all(int fd, struct buf *ret)
{
    char *place;
    ssize_t got = 0;
    while ((place = buf_reserve(ret, CONTENT_BYTES)) && (got = read(fd, place, CONTENT_BYTES)) > 0)
        ret->length += (size_t)got;
    assert_int_equal(got, 0);
}

/* The child's end. *ret: what it told as a success; it may also end by OpenSSL's lack of memory (x942kdf_new). */
static int wait_for(pid_t child, int fd, struct buf *ret)
{
    int status;
    read_all(fd, ret);
    close(fd);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* In a process of its own: what OpenSSL looked for in vain it does not find later either. */
static int run(int (*make)(struct buf *), unsigned long from, unsigned long count, struct buf *ret)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        struct buf made = { 0 };
        signal(SIGSEGV, SIG_DFL);
        asked = 0;
        refused_from = from;
        refused_until = from + count;
        int error = make(&made);
        refused_until = 0;
        for (size_t sent = 0; !error && sent < made.length;) {
            ssize_t one = write(ends[1], made.data + sent, made.length - sent);
            if (one < 0)
                _exit(BROKEN);
            sent += (size_t)one;
        }
        _exit(asked < from ? ALL_TRIED : error ? FAILED : DONE);
    }
    close(ends[1]);
    return wait_for(child, ends[0], ret);
}

/* Where `opens` is NULL, it may not fail. */
static void starve(int (*make)(struct buf *), bool (*opens)(const struct buf *), unsigned long count, bool may_end)
{
    for (unsigned long from = 1;; from++) {
        struct buf made = { 0 };
        int how = run(make, from, count, &made);
        bool right = (how == FAILED && opens) || ((how == DONE || how == ALL_TRIED) && (!opens || opens(&made))) ||
                     (how < 0 && may_end);
        buf_free(&made);
        if (!right)
            fail_msg("allocation %lu, %lu refused: %d", from, count, how);
        if (how == ALL_TRIED)
            return;
    }
}

static void a_statement_that_was_signed_holds(void **state)
{
    (void)state;
    starve(sign_statement, opens_statement, 1, false);
    starve(sign_statement, opens_statement, 1000000, false);
}

static void a_message_that_was_sealed_opens(void **state)
{
    (void)state;
    starve(seal_message, opens_message, 1, true);
    starve(seal_message, opens_message, 1000000, true);
}

static void a_segment_that_was_sealed_opens_for_each(void **state)
{
    (void)state;
    starve(seal_segment, opens_segment, 1, true);
    starve(seal_segment, opens_segment, 1000000, true);
}

static struct buf good_statement, good_message, good_segment;

/* 0: opened, or there was no memory for it. */
static int judge(int error, const struct problem *problem)
{
    return error && !problem_is(problem, "no-memory") ? -1 : 0;
}

static int open_statement(struct buf *ret)
{
    char signer[FINGERPRINT_HEX_BYTES];
    struct problem problem;
    return judge(envelope_statement_open(good_statement.data, good_statement.length, ret, signer, &problem), &problem);
}

static int open_message(struct buf *ret)
{
    struct envelope_opened opened = { 0 };
    struct problem problem;
    (void)ret;
    return judge(rig_open_as(&rig_agent, good_message.data, good_message.length, &opened, &problem), &problem);
}

static int open_segment(struct buf *ret)
{
    const struct bulk_opener opener = { rig_agent.seal };
    struct problem problem;
    void *found;
    size_t bytes;
    (void)ret;
    return judge(
        envelope_bulk_open(&opener, good_segment.data, good_segment.length, &found, &bytes, &problem), &problem);
}

static void what_is_good_is_not_called_bad(void **state)
{
    (void)state;
    assert_int_equal(sign_statement(&good_statement) | seal_message(&good_message) | seal_segment(&good_segment), 0);
    starve(open_statement, NULL, 1, false);
    starve(open_message, NULL, 1, true);
    starve(open_segment, NULL, 1, true);
    starve(open_statement, NULL, 1000000, false);
    starve(open_message, NULL, 1000000, true);
    starve(open_segment, NULL, 1000000, true);
    buf_free(&good_statement);
    buf_free(&good_message);
    buf_free(&good_segment);
}

static int open_rig(void **state)
{
    (void)state;
    rig_open();
    return 0;
}

static int close_rig(void **state)
{
    (void)state;
    rig_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_that_was_signed_holds),
        cmocka_unit_test(a_message_that_was_sealed_opens),
        cmocka_unit_test(a_segment_that_was_sealed_opens_for_each),
        cmocka_unit_test(what_is_good_is_not_called_bad),
    };
    CRYPTO_get_mem_functions(&real_get, &real_change, &real_free);
    if (!CRYPTO_set_mem_functions(get, change, real_free))
        return 1;
    memset(content, 'x', CONTENT_BYTES);
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
