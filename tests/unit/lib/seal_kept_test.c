/* One person's fields erased: everybody else's stay, though the key of the day is gone. */
#include "lib/seal/kept.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/seal/seal.h"
#include "tests/unit/folder.h"

#define DAY 11
#define DAY_MS INT64_C(86400000)

static char folder[FOLDER_BYTES], master[80];
static struct seal_keys *keys;
static struct seal *seal;
static struct buf by_ann, by_bob, bob_of_ann; /* entries of the day */

/* A log-in of `user`, as audit stores it. */
static void compose(struct buf *out, uint8_t number, const char *actor, const char *user, const char *address)
{
    const uint8_t salt[EVENT_SALT_BYTES] = { number };
    struct event_login_failed data = { .user = user, .code = "bad-password", .address = address };
    struct bus_event event = { .class = CLASS_ACCESS,
        .event = EVENT_LOGIN_FAILED,
        .recorded_ms = DAY * DAY_MS,
        .sev = 3,
        .actor = actor,
        .data = &data };
    struct problem problem;
    buf_clear(out);
    assert_int_equal(seal_event(seal, &event, salt, &problem), 0);
    assert_int_equal(event_compose(out, &event, "portal", salt), 0);
}

static int open_all(void **state)
{
    (void)state;
    crypto_open();
    folder_make(folder);
    snprintf(master, sizeof(master), "%s.key", folder);
    FILE *file = fopen(master, "w");
    for (int i = 0; i < 64; i++)
        fputc('7', file);
    fclose(file);
    chmod(master, 0400);
    keys = seal_keys_open(folder, master, true, NULL);
    seal = seal_new(keys);
    assert_non_null(seal);
    compose(&by_ann, 1, "user:ann", "ann", "192.0.2.1");
    compose(&by_bob, 2, "user:bob", "bob", "192.0.2.2");
    compose(&bob_of_ann, 3, "user:bob", "ann", "192.0.2.3");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    buf_free(&by_ann);
    buf_free(&by_bob);
    buf_free(&bob_of_ann);
    seal_free(seal);
    seal_keys_free(keys);
    folder_remove(folder);
    return unlink(master);
}

/* What the entry says now to who may read it. */
static void assert_says(const struct buf *entry, const char *actor, const char *user, const char *address)
{
    const char *opened;
    size_t bytes;
    struct event_read read;
    assert_int_equal(seal_open(seal, CLASS_ACCESS, entry->data, entry->length, &opened, &bytes), 0);
    assert_int_equal(event_read_stored(opened, bytes, &read, NULL), 0);
    const struct event_login_failed *data = read.event.data;
    assert_string_equal(read.event.actor, actor);
    assert_string_equal(data->user, user);
    assert_string_equal(data->address, address);
    assert_string_equal(data->code, "bad-password");
    event_free(&read);
}

static void erase(const char *who, int entries)
{
    const struct buf *const all[] = { &by_ann, &by_bob, &bob_of_ann };
    struct seal_kept kept = { 0 };
    struct problem problem;
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        int found = seal_keep(seal, CLASS_ACCESS, DAY, who, all[i]->data, all[i]->length, &kept, &problem);
        assert_true(found >= 0);
        entries -= found;
    }
    assert_int_equal(entries, 0);
    assert_int_equal(seal_keys_keep(keys, CLASS_ACCESS, DAY, &kept, &problem), 0);
    seal_kept_free(&kept);
    assert_int_equal(seal_keys_erase(keys, CLASS_ACCESS, DAY, true, &problem), 0);
}

static void one_persons_go_and_the_others_stay(void **state)
{
    (void)state;
    uint8_t key[SECRET_BYTES];
    erase("ann", 2);
    assert_int_equal(seal_keys_find(keys, CLASS_ACCESS, DAY, key), 1);
    assert_says(&by_ann, "user:erased", "erased", "erased");
    assert_says(&by_bob, "user:bob", "bob", "192.0.2.2");
    assert_says(&bob_of_ann, "user:bob", "erased", "erased");
}

static void an_erasure_that_is_done_again_changes_nothing(void **state)
{
    (void)state;
    struct problem problem;
    assert_int_equal(seal_keys_erase(keys, CLASS_ACCESS, DAY, true, &problem), 0);
    assert_says(&by_bob, "user:bob", "bob", "192.0.2.2");
}

static void what_was_prepared_and_not_done_changes_nothing(void **state)
{
    (void)state;
    struct seal_kept nothing = { 0 };
    struct problem problem;
    assert_int_equal(seal_keys_keep(keys, CLASS_ACCESS, DAY, &nothing, &problem), 0);
    assert_says(&by_bob, "user:bob", "bob", "192.0.2.2");
    seal_keys_keep_not(keys, CLASS_ACCESS, DAY);
    assert_int_equal(seal_keys_erase(keys, CLASS_ACCESS, DAY, true, &problem), 0);
    assert_says(&by_bob, "user:bob", "bob", "192.0.2.2");
}

static void the_next_person_of_the_same_day_goes_too(void **state)
{
    (void)state;
    erase("bob", 2);
    assert_says(&by_ann, "user:erased", "erased", "erased");
    assert_says(&by_bob, "user:erased", "erased", "erased");
    assert_says(&bob_of_ann, "user:erased", "erased", "erased");
}

static void what_was_kept_goes_with_the_day(void **state)
{
    (void)state;
    struct buf other = { 0 };
    struct seal_kept kept = { 0 };
    struct problem problem;
    uint32_t *days;
    size_t n;
    compose(&other, 4, "user:cy", "cy", "192.0.2.4"); /* under a key made anew */
    assert_int_equal(seal_keep(seal, CLASS_ACCESS, DAY, "nobody", other.data, other.length, &kept, &problem), 0);
    assert_int_equal(kept.n, 3);
    assert_int_equal(seal_keys_keep(keys, CLASS_ACCESS, DAY, &kept, &problem), 0);
    seal_kept_free(&kept);
    assert_int_equal(seal_keys_erase(keys, CLASS_ACCESS, DAY, true, &problem), 0);
    assert_says(&other, "user:cy", "cy", "192.0.2.4");
    assert_int_equal(seal_keys_days(keys, CLASS_ACCESS, &days, &n, &problem), 0);
    assert_int_equal(n, 1);
    assert_int_equal(days[0], DAY);
    free(days);
    assert_int_equal(seal_keys_erase(keys, CLASS_ACCESS, DAY, false, &problem), 0);
    assert_says(&other, "user:erased", "erased", "erased");
    assert_int_equal(seal_keys_days(keys, CLASS_ACCESS, &days, &n, &problem), 0);
    assert_int_equal(n, 0);
    free(days);
    buf_free(&other);
}

static void a_file_that_is_cut_or_changed_opens_nothing_wrong(void **state)
{
    (void)state;
    struct seal_kept kept = { 0 };
    uint8_t wrapped[WRAPPED_BYTES];
    char path[80];
    struct problem problem;
    snprintf(path, sizeof(path), "%s/some", folder);
    for (unsigned i = 0; i < 100; i++) {
        const struct seal_kept_value value = { .name = { (uint8_t)(i * 37), (uint8_t)i }, .wrapped = { (uint8_t)i } };
        assert_int_equal(seal_kept_add(&kept, &value, &problem), 0);
    }
    assert_int_equal(seal_kept_write(&kept, path, &problem), 0);
    for (unsigned i = 0; i < 100; i++) {
        const uint8_t name[SEAL_NAME_BYTES] = { (uint8_t)(i * 37), (uint8_t)i };
        assert_int_equal(seal_kept_find(path, name, wrapped), 0);
        assert_int_equal(wrapped[0], i);
    }
    assert_int_equal(truncate(path, 56 * 3 + 20), 0);
    const uint8_t none[SEAL_NAME_BYTES] = { 0xff, 0xff };
    assert_int_equal(seal_kept_find(path, none, wrapped), 1);
    assert_int_equal(seal_kept_find("/nonexistent/kept", none, wrapped), 1);
    seal_kept_free(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_persons_go_and_the_others_stay),
        cmocka_unit_test(an_erasure_that_is_done_again_changes_nothing),
        cmocka_unit_test(what_was_prepared_and_not_done_changes_nothing),
        cmocka_unit_test(the_next_person_of_the_same_day_goes_too),
        cmocka_unit_test(what_was_kept_goes_with_the_day),
        cmocka_unit_test(a_file_that_is_cut_or_changed_opens_nothing_wrong),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
