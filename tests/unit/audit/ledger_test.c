/* The ledger through crashes and damage: what it has on disk is cut, flipped or deleted, and it is opened again. */
#include "tests/unit/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/tlog/check.h"
#include "lib/tlog/directory.h"
#include "lib/tlog/receipt.h"
#include "services/audit/ledger.h"

#define SEGMENT_BYTES (1u << 20)

static char directory[FOLDER_BYTES], journal[96], logs[96], second_place[96];
static const uint8_t seed[ED25519_SEED_BYTES] = { 7 };
static struct problem problem;

static void run(const char *format, ...)
{
    char command[500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

static struct ledger *try_open(const char *deployment)
{
    const struct ledger_options options = {
        .journal = journal,
        .log = logs,
        .second_place = second_place,
        .segment_bytes = SEGMENT_BYTES,
        .deployment = deployment,
        .seed = seed,
    };
    return ledger_open(&options, &problem);
}

static struct ledger *open_here(void)
{
    struct ledger *ledger = try_open("test");
    if (!ledger)
        print_error("%s: %s\n", problem.code, problem.reason);
    assert_non_null(ledger);
    return ledger;
}

static void refuses(const char *code)
{
    struct ledger *ledger = try_open("test");
    assert_null(ledger);
    if (strcmp(problem.code, code))
        print_error("%s: %s\n", problem.code, problem.reason);
    assert_string_equal(problem.code, code);
}

static size_t text_of(char text[700], enum class class, uint64_t sequence)
{
    size_t length = (size_t)snprintf(text, 700, "%d-%llu ", (int)class, (unsigned long long)sequence);
    size_t whole = length + sequence % 500;
    memset(text + length, 'x', whole - length);
    return whole;
}

static void add(struct ledger *ledger, enum class class, unsigned count)
{
    char text[700];
    for (unsigned i = 0; i < count; i++) {
        size_t bytes = text_of(text, class, journal_next(ledger_journal(ledger), class));
        if (ledger_room(ledger, bytes) != JOURNAL_ROOM || i % 300 == 299)
            assert_int_equal(ledger_commit(ledger, &problem), 0);
        assert_int_equal(ledger_room(ledger, bytes), JOURNAL_ROOM);
        assert_int_equal(journal_stage(ledger_journal(ledger), class, text, bytes), 0);
    }
    assert_int_equal(ledger_commit(ledger, &problem), 0);
}

/* What is on the disk now, to be put back: as if a kill had prevented what comes next. */
static void keep_copy(const char *folder)
{
    run("cd %s && rm -rf %s.then && cp -a %s %s.then", directory, folder, folder, folder);
}

static void restore(const char *folder)
{
    run("cd %s && rm -rf %s && mv %s.then %s", directory, folder, folder, folder);
}

struct seen {
    enum class class;
    uint64_t next;
};

static bool see(void *arg, uint64_t sequence, const char *text, size_t bytes)
{
    struct seen *seen = arg;
    char expected[700];
    size_t length = text_of(expected, seen->class, sequence);
    assert_int_equal(sequence, seen->next++);
    assert_int_equal(bytes, length);
    assert_memory_equal(text, expected, length);
    return true;
}

static void reads(struct ledger *ledger, enum class class, uint64_t from, uint64_t size)
{
    struct seen seen = { class, from };
    assert_int_equal(journal_size(ledger_journal(ledger), class), size);
    assert_int_equal(ledger_read(ledger, class, from, see, &seen, &problem), 0);
    assert_int_equal(seen.next, size);
}

/* The directory of the class as anybody outside finds it. */
static void verifies(enum class class, uint64_t size)
{
    char path[160];
    struct tlog_directory reader;
    struct tlog_vkey vkey;
    struct tlog_checkpoint checkpoint;
    struct tlog_checked checked;
    char *text;
    size_t bytes;
    snprintf(path, sizeof(path), "%s/%s", logs, class_words[class]);
    assert_int_equal(tlog_directory_open(path, &reader, &problem), 0);
    assert_int_equal(tlog_directory_text(&reader, "vkey", 1000, &text, &bytes, &problem), 0);
    assert_int_equal(tlog_vkey_parse(text, &vkey, &problem), 0);
    free(text);
    assert_int_equal(tlog_directory_text(&reader, "checkpoint", 1000, &text, &bytes, &problem), 0);
    assert_int_equal(tlog_checkpoint_open(text, bytes, &vkey, &checkpoint, NULL, &problem), 0);
    free(text);
    assert_int_equal(checkpoint.size, size);
    struct tlog_source source = tlog_directory_source(&reader, size);
    int error = tlog_check(&source, &checkpoint, 0, &checked, &problem);
    if (error)
        print_error("%s: %s %s\n", path, problem.field, problem.reason);
    assert_int_equal(error, 0);
    tlog_directory_close(&reader);
}

static void an_empty_log_verifies(void **state)
{
    (void)state;
    ledger_free(open_here());
    for (int class = 0; class < CLASS_COUNT; class ++)
        verifies((enum class)class, 0);
}

static void grows_across_tiles_and_starts(void **state)
{
    (void)state;
    static const unsigned steps[] = { 1, 1, 253, 1, 1, 255, 300, 0, 5000, 60000, 130 };
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct ledger *ledger = open_here();
        add(ledger, CLASS_FLEET, steps[i]);
        add(ledger, CLASS_OPS, 1);
        size += steps[i];
        reads(ledger, CLASS_FLEET, 0, size);
        ledger_free(ledger);
        verifies(CLASS_FLEET, size);
        verifies(CLASS_OPS, i + 1);
    }
    struct ledger *ledger = open_here();
    ledger_trim(ledger);
    assert_true(journal_first(ledger_journal(ledger), CLASS_FLEET) > 0);
    for (uint64_t from = 0; from <= size; from += 4711)
        reads(ledger, CLASS_FLEET, from, size);
    reads(ledger, CLASS_OPS, 3, 11);
    ledger_free(ledger);
}

/* Killed at any point between a commit and its posting: the tree comes out the same. */
static void posts_after_a_crash_what_was_committed(void **state)
{
    (void)state;
    uint64_t size = 0;
    for (unsigned count = 1; count < 900; count += 113) {
        struct ledger *ledger = open_here();
        keep_copy("log");
        keep_copy("checkpoints");
        add(ledger, CLASS_FLEET, count);
        size += count;
        ledger_free(ledger);
        restore("log");
        restore("checkpoints");
        ledger = open_here();
        reads(ledger, CLASS_FLEET, 0, size);
        ledger_free(ledger);
        verifies(CLASS_FLEET, size);
    }
}

static void write_at(const char *file, const char *bytes, size_t count, off_t at, off_t cut)
{
    char path[200];
    snprintf(path, sizeof(path), "%s/%s", directory, file);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    if (count)
        assert_int_equal(pwrite(fd, bytes, count, at), count);
    if (cut >= 0)
        assert_int_equal(ftruncate(fd, cut), 0);
    close(fd);
}

static void fill(unsigned count)
{
    struct ledger *ledger = open_here();
    add(ledger, CLASS_FLEET, count);
    ledger_free(ledger);
}

/* The last partial tile and bundle are mended from the journal, however they are torn. */
static void mends_a_torn_end(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        off_t at, cut;
    } torn[] = {
        { "log/fleet/tile/0/002.p/88", 40, -1 },
        { "log/fleet/tile/0/002.p/88", 0, 0 },
        { "log/fleet/tile/0/002.p/88", 0, 1000 },
        { "log/fleet/tile/entries/002.p/88", 3000, -1 },
        { "log/fleet/tile/entries/002.p/88", 0, 0 },
        { "log/fleet/tile/entries/002.p/88", 0, 3000 },
    };
    fill(600);
    for (size_t i = 0; i < sizeof(torn) / sizeof(torn[0]); i++) {
        write_at(torn[i].file, "!", 1, torn[i].at, torn[i].cut);
        struct ledger *ledger = open_here();
        reads(ledger, CLASS_FLEET, 0, 600);
        ledger_free(ledger);
        verifies(CLASS_FLEET, 600);
    }
    write_at("log/fleet/tile/entries/002.p/88", "!", 1, 5, -1);
    fill(300);
    verifies(CLASS_FLEET, 900);
}

/* Files beyond the checkpoint are what a kill left half written. */
static void writes_over_what_no_checkpoint_covers(void **state)
{
    (void)state;
    char path[200];
    fill(300);
    snprintf(path, sizeof(path), "%s/fleet/tile/0/001", logs);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "torn", 4), 4);
    close(fd);
    snprintf(path, sizeof(path), "%s/fleet/tile/entries/001.p/200", logs);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    close(fd);
    fill(156);
    verifies(CLASS_FLEET, 456);
    fill(56);
    verifies(CLASS_FLEET, 512);
    assert_int_equal(access(path, F_OK), -1);
}

static void refuses_what_contradicts_its_checkpoint(void **state)
{
    (void)state;
    fill(700);
    keep_copy("log");
    write_at("log/fleet/checkpoint", "9", 1, 20, -1);
    refuses("bad-signature");
    restore("log");
    keep_copy("log");
    write_at("log/fleet/tile/1/000.p/2", "!", 1, 33, -1);
    refuses("log-damaged");
    assert_non_null(strstr(problem.reason, "log/fleet"));
    assert_non_null(strstr(problem.reason, "700"));
    restore("log");
    keep_copy("log");
    write_at("log/fleet/tile/1/000.p/2", "!", 1, 0, 10);
    refuses("log-damaged");
    restore("log");
    ledger_free(open_here());
    assert_null(try_open("other"));
    assert_string_equal(problem.code, "log-replaced");
}

static void refuses_an_older_log(void **state)
{
    (void)state;
    fill(500);
    keep_copy("log");
    keep_copy("journal");
    fill(100);
    restore("log");
    restore("journal");
    keep_copy("log");
    keep_copy("journal");
    refuses("log-set-back");
    assert_non_null(strstr(problem.reason, "600"));
    /* Nor does it help to let it grow again: these are other entries. */
    restore("log");
    restore("journal");
    keep_copy("checkpoints");
    run("rm %s/fleet", second_place);
    struct ledger *ledger = open_here();
    assert_int_equal(journal_stage(ledger_journal(ledger), CLASS_FLEET, "another", 7), 0);
    add(ledger, CLASS_FLEET, 200);
    ledger_free(ledger);
    restore("checkpoints");
    refuses("log-replaced");
}

static void refuses_a_journal_that_is_gone(void **state)
{
    (void)state;
    fill(300);
    run("rm -r %s", journal);
    refuses("log-damaged");
    /* A person who knows that it is lost says so. */
    run("rm -r %s && mkdir %s && touch %s/anew", journal, journal, journal);
    fill(10);
    verifies(CLASS_FLEET, 310);
    struct ledger *ledger = open_here();
    reads(ledger, CLASS_FLEET, 100, 310);
    ledger_free(ledger);
}

static uint64_t size_proven_in(struct ledger *ledger, uint64_t sequence, const struct cosigned_checkpoint *cosigned)
{
    struct tlog_policy policy = { .log = *ledger_key(ledger, CLASS_FLEET) };
    struct buf entry = { 0 }, receipt = { 0 };
    struct tlog_held held;
    int status;
    while ((status = ledger_prove(ledger, CLASS_FLEET, sequence, cosigned, &entry, &receipt, &problem)) == 1)
        usleep(1000);
    assert_int_equal(status, 0);
    assert_int_equal(tlog_receipt_verify(receipt.data, receipt.length, entry.data, entry.length, &policy, &held,
                         &problem), 0);
    buf_free(&entry);
    buf_free(&receipt);
    return held.checkpoint.size;
}

static void proves_under_the_cosigned_checkpoint_what_that_covers(void **state)
{
    (void)state;
    struct ledger *ledger = open_here();
    const struct cosigned_checkpoint none = { 0 };
    struct signed_checkpoint older;
    add(ledger, CLASS_FLEET, 300);
    assert_int_equal(size_proven_in(ledger, 299, &none), 300);
    ledger_checkpoint(ledger, CLASS_FLEET, &older);
    const struct cosigned_checkpoint cosigned = { older.size, older.text, older.bytes };
    add(ledger, CLASS_FLEET, 400); /* the partial tiles of then are gone */
    assert_int_equal(size_proven_in(ledger, 699, &cosigned), 700);
    assert_int_equal(size_proven_in(ledger, 299, &cosigned), 300);
    assert_int_equal(size_proven_in(ledger, 300, &cosigned), 700);
    ledger_free(ledger);
}

static void proves_each_entry(void **state)
{
    (void)state;
    struct ledger *ledger = open_here();
    const struct cosigned_checkpoint none = { 0 };
    struct tlog_policy policy = { .log = *ledger_key(ledger, CLASS_FLEET) };
    add(ledger, CLASS_FLEET, 777);
    for (uint64_t sequence = 0; sequence < 777; sequence += 97) {
        struct buf entry = { 0 }, receipt = { 0 };
        struct tlog_held held;
        int status;
        while ((status = ledger_prove(ledger, CLASS_FLEET, sequence, &none, &entry, &receipt, &problem)) == 1)
            usleep(1000);
        assert_int_equal(status, 0);
        assert_int_equal(tlog_receipt_verify(receipt.data, receipt.length, entry.data, entry.length, &policy, &held,
                             &problem), 0);
        assert_int_equal(held.index, sequence);
        assert_true(held.checkpoint.size > sequence);
        buf_free(&entry);
        buf_free(&receipt);
    }
    assert_int_equal(ledger_prove(ledger, CLASS_FLEET, 777, &none, NULL, NULL, &problem), -1);
    ledger_free(ledger);
}

static int set_up(void **state)
{
    (void)state;
    folder_make(directory);
    snprintf(journal, sizeof(journal), "%s/journal", directory);
    snprintf(logs, sizeof(logs), "%s/log", directory);
    snprintf(second_place, sizeof(second_place), "%s/checkpoints", directory);
    return mkdir(logs, 0700) || mkdir(second_place, 0700);
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(directory);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_log_verifies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(grows_across_tiles_and_starts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(posts_after_a_crash_what_was_committed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mends_a_torn_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writes_over_what_no_checkpoint_covers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_contradicts_its_checkpoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_an_older_log, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_a_journal_that_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(proves_each_entry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(proves_under_the_cosigned_checkpoint_what_that_covers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
