/*
 * A database is copied while it is written: what was copied is at each look one of the states that were committed, and
 * none older than the look's beginning. And the journal: whole frames, and no others.
 */
#include "tests/unit/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/db.h"
#include "lib/journal_frame.h"
#include "lib/problem.h"
#include "offsite/copy/content.h"

#define LIVE "t.db"
#define IMAGE "image.db"
#define LOOKS 30
#define WRITTEN_BACK 120 /* commits after which SQLite has written its WAL back, and begun it anew: 1,000 pages */
#define VERSIONS_MAX 40000

static char folder[FOLDER_BYTES];
static struct problem problem;
static const char schema[] = "-- version 1\nCREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB) STRICT;\n"
                             "CREATE TABLE version (n INTEGER) STRICT; INSERT INTO version VALUES (0);\n";
static uint64_t sums[VERSIONS_MAX];

static int set_up(void **state)
{
    (void)state;
    crypto_open();
    folder_make(folder);
    return chdir(folder);
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static uint64_t sum_of(struct db *db, int64_t *ret_version)
{
    uint8_t hash[BLAKE2B_BYTES];
    struct crypto_blake2b all;
    struct db_rows *rows = db_query(db, &problem, "SELECT n FROM version", "");
    assert_true(db_next(rows));
    *ret_version = db_int(rows, 0);
    db_rows_free(rows);
    crypto_blake2b_begin(&all);
    rows = db_query(db, &problem, "SELECT id, data FROM t ORDER BY id", "");
    while (db_next(rows)) {
        int64_t id = db_int(rows, 0);
        size_t bytes;
        const void *data = db_blob(rows, 1, &bytes);
        crypto_blake2b_add(&all, &id, sizeof(id));
        crypto_blake2b_add(&all, data, bytes);
    }
    assert_int_equal(db_rows_free(rows), 0);
    crypto_blake2b_end(&all, hash);
    uint64_t sum;
    memcpy(&sum, hash, sizeof(sum));
    return sum;
}

/* A commit with some rows more, others, or fewer. */
static void commit(struct db *db)
{
    uint8_t data[3000];
    int64_t version;
    assert_int_equal(db_begin(db, &problem), 0);
    for (int i = rand() % 8; i >= 0; i--) {
        size_t bytes = (size_t)rand() % sizeof(data);
        crypto_random(data, bytes);
        if (rand() % 5)
            db_run(db, &problem, "INSERT OR REPLACE INTO t VALUES (?, ?)", "ib", (int64_t)(rand() % 500), data, bytes);
        else
            db_run(db, &problem, "DELETE FROM t WHERE id BETWEEN ? AND ?", "ii", (int64_t)(rand() % 400), (int64_t)400);
    }
    db_run(db, &problem, "UPDATE version SET n = n + 1", "");
    assert_int_equal(db_commit(db, &problem), 0);
    uint64_t sum = sum_of(db, &version);
    sums[version] = sum;
}

static void commit_some(struct db *db, int most)
{
    for (int i = rand() % (most + 1); i > 0; i--)
        commit(db);
}

/* Returns how many blocks were read. */
static size_t look(struct held *held, struct db *db)
{
    struct content content;
    struct stat status;
    uint8_t block[CONTENT_BLOCK_BYTES];
    size_t bytes, n_read = 0;
    bool changed;
    assert_int_equal(lstat(LIVE, &status), 0);
    int result = content_open(held, &status, &content, &problem);
    assert_true(result >= 0);
    if (result)
        return 0;
    int image = open(IMAGE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    for (size_t i = 0; i < content.n_blocks; i++) {
        if (i == content.n_blocks / 2 && !content.only_in_wal)
            for (int j = 0; j < WRITTEN_BACK; j++)
                commit(db);
        if (!(rand() % 64))
            commit_some(db, 3); /* it goes on being written while we look */
        if (!content_may_differ(&content, i))
            continue;
        n_read++;
        assert_int_equal(content_block(&content, i, block, &bytes, &problem), 0);
        assert_int_equal(held_block(held, i, block, bytes, &changed), 0);
        if (changed)
            assert_int_equal(pwrite(image, block, bytes, (off_t)(i * content.block_bytes)), bytes);
    }
    assert_int_equal(ftruncate(image, (off_t)content.size), 0);
    close(image);
    content_close(&content, true);
    return n_read;
}

/* The image as it would be restored: no WAL beside it. */
static void assert_image(int64_t least)
{
    int64_t version;
    unlink(IMAGE "-wal");
    unlink(IMAGE "-shm");
    struct db *db = db_open(IMAGE, schema, &problem);
    assert_non_null(db);
    struct db_rows *rows = db_query(db, &problem, "PRAGMA integrity_check", "");
    assert_true(db_next(rows));
    assert_string_equal(db_text(rows, 0), "ok");
    db_rows_free(rows);
    uint64_t sum = sum_of(db, &version);
    db_close(db);
    assert_true(version >= least && version < VERSIONS_MAX);
    assert_true(sum == sums[version]);
}

static void a_database_is_copied_while_it_is_written(void **state)
{
    (void)state;
    struct db *db = db_open(LIVE, schema, &problem);
    struct held_set set = { 0 };
    size_t n_read = 0, most = 0;
    assert_non_null(db);
    assert_true(db_run(db, &problem, "PRAGMA synchronous = OFF", "") >= 0); /* no power fails here, and it is a lot */
    srand(7);
    for (int i = 0; i < LOOKS; i++) {
        int64_t version;
        commit_some(db, i % 10 ? 4 : 200); /* now and then the WAL is written back and begun anew in between */
        sum_of(db, &version);
        struct held *held = held_of(&set, LIVE, MANNER_DATABASE);
        size_t one = look(held, db);
        n_read += one;
        most = one > most ? one : most;
        assert_image(version);
    }
    assert_true(n_read < LOOKS * most); /* mostly only what stands in the WAL */
    db_close(db);
    held_free(&set);
}

static size_t add_frame(int fd, size_t at, const uint8_t previous[BLAKE2B_BYTES], uint8_t ret_hash[BLAKE2B_BYTES])
{
    struct buf frame = { 0 }, entries = { 0 }, leaves = { 0 };
    const uint64_t first[CLASS_COUNT] = { 0 };
    char text[3000];
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 10; i++)
        frame_add_entry(&entries, &leaves, CLASS_OPS, text, (size_t)rand() % sizeof(text));
    frame_start(&frame, first, previous, 1700000000000, NULL, 0);
    frame_finish(&frame, &entries, &leaves, ret_hash);
    buf_append(&frame, frame_end, FRAME_END_BYTES);
    assert_int_equal(pwrite(fd, frame.data, frame.length, (off_t)at), frame.length);
    size_t bytes = frame.length - FRAME_END_BYTES;
    buf_free(&frame);
    buf_free(&entries);
    buf_free(&leaves);
    return bytes;
}

static uint64_t journal_look(struct held *held, bool *ret_new)
{
    struct content content;
    struct stat status;
    uint8_t block[CONTENT_BLOCK_BYTES];
    size_t bytes;
    bool changed;
    lstat("journal", &status);
    int result = content_open(held, &status, &content, &problem);
    assert_true(result >= 0);
    *ret_new = !result;
    if (result)
        return held->size;
    for (size_t i = content.first; i < content.n_blocks; i++) {
        assert_int_equal(content_block(&content, i, block, &bytes, &problem), 0);
        assert_int_equal(held_block(held, i, block, bytes, &changed), 0);
    }
    content_close(&content, true);
    return held->size;
}

static void of_the_journal_whole_frames_count(void **state)
{
    (void)state;
    struct held_set set = { 0 };
    struct held *held = held_of(&set, "journal", MANNER_JOURNAL);
    uint8_t hash[BLAKE2B_BYTES] = { 0 }, torn[BLAKE2B_BYTES];
    bool new;
    size_t at = 0;
    int fd = open("journal", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, 8 << 20), 0);
    for (int i = 0; i < 200; i++) {
        at += add_frame(fd, at, hash, hash);
        if (i % 3)
            continue;
        add_frame(fd, at, hash, torn); /* one that is being written: its end is not there yet */
        assert_int_equal(pwrite(fd, "\0\0\0\0\0\0\0\0", 8, (off_t)at + 900), 8);
        assert_int_equal(journal_look(held, &new), at);
        assert_true(new);
        assert_int_equal(pwrite(fd, frame_end, FRAME_END_BYTES, (off_t)at), FRAME_END_BYTES);
    }
    journal_look(held, &new);
    add_frame(fd, at, torn, torn); /* what an older file has there follows on nothing here */
    assert_int_equal(journal_look(held, &new), at);
    assert_false(new);
    close(fd);
    held_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_is_copied_while_it_is_written),
        cmocka_unit_test(of_the_journal_whole_frames_count),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
