/* What a copier remembers over a restart: all of it or nothing, and only for the same targets and keys. */
#include "tests/unit/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"
#include "offsite/copy/memory.h"

#define FILES 20
#define MEMORY "offsite/audit/memory"

static char folder[FOLDER_BYTES];
static const uint8_t whom[SHA256_BYTES] = { 1, 2, 3 }, others[SHA256_BYTES] = { 1, 2, 4 };
static struct problem problem;

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    return chdir(folder) || mkdir("offsite", 0700) || mkdir("offsite/audit", 0700);
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static void add(struct held_set *set, const char *path, enum manner manner, uint64_t inode, size_t n_pieces)
{
    struct held *held = held_of(set, path, manner);
    assert_non_null(held);
    held->stored = (struct stamp){ .inode = inode, .size = (int64_t)(inode * 10) };
    held->begun = true;
    held->n_pieces = n_pieces;
    held->pieces = calloc(n_pieces + 1, sizeof(held->pieces[0]));
    for (size_t i = 0; i < n_pieces; i++)
        held->pieces[i] = (struct held_piece){ .sha256 = { (uint8_t)i, 7 }, .offset = (uint32_t)inode, .length = i };
}

static void make(struct held_set *ret)
{
    char path[64];
    *ret = (struct held_set){ 0 };
    for (uint64_t i = 1; i <= FILES; i++) {
        snprintf(path, sizeof(path), "log/ops/tile/0/%03u", (unsigned)i);
        add(ret, path, MANNER_ONCE, i, (size_t)i % 4 + 1);
    }
    add(ret, "audit/audit.db", MANNER_DATABASE, 5, 2);
    add(ret, "log/ops/checkpoint", MANNER_ONCE, 0, 1); /* it changed within a tick: not known by its status */
    assert_int_equal(memory_write(SERVER_AUDIT, ret, whom, &problem), 0);
}

static void what_is_copied_once_is_remembered(void **state)
{
    (void)state;
    struct held_set before, after = { 0 };
    make(&before);
    assert_true(memory_read(SERVER_AUDIT, whom, &after));
    assert_int_equal(after.n, FILES);
    for (size_t i = 0; i < after.n; i++) {
        const struct held *one = &after.all[i], *same = held_of(&before, one->path, MANNER_ONCE);
        assert_memory_equal(&one->stored, &same->stored, sizeof(one->stored));
        assert_int_equal(one->n_pieces, same->n_pieces);
        assert_memory_equal(one->pieces, same->pieces, one->n_pieces * sizeof(one->pieces[0]));
        assert_true(one->begun);
    }
    held_free(&before);
    held_free(&after);
}

static void for_others_nothing_is(void **state)
{
    (void)state;
    struct held_set before, after = { 0 };
    make(&before);
    held_free(&before);
    assert_false(memory_read(SERVER_AUDIT, others, &after));
    assert_false(memory_read(SERVER_INGEST, whom, &after));
    assert_int_equal(after.n, 0);
}

static void a_damaged_one_is_none(void **state)
{
    (void)state;
    struct held_set before, after = { 0 };
    char *data;
    size_t bytes;
    make(&before);
    held_free(&before);
    assert_int_equal(file_read(MEMORY, 1 << 20, &data, &bytes, &problem), 0);
    for (size_t at = 0; at < bytes; at += 31) {
        data[at] = (char)(data[at] ^ 0x10);
        assert_int_equal(file_write(MEMORY, data, bytes, 0600, &problem), 0);
        data[at] = (char)(data[at] ^ 0x10);
        assert_false(memory_read(SERVER_AUDIT, whom, &after));
        assert_int_equal(file_write(MEMORY, data, at, 0600, &problem), 0);
        assert_false(memory_read(SERVER_AUDIT, whom, &after));
        assert_int_equal(after.n, 0);
    }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_copied_once_is_remembered),
        cmocka_unit_test(for_others_nothing_is),
        cmocka_unit_test(a_damaged_one_is_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
