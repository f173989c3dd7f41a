/* The catalogue of a repository: which backup is whole and needs what; and why something could not be taken in. */
#include <stdio.h>
#include <sys/resource.h>

#include "lib/problem.h"
#include "lib/repository/catalogue.h"
#include "lib/repository/zones.h"
#include "tests/unit/unit.h"

#define AGENT 7
#define BACKUP "0123456789abcdef0123456789abcdef"

static bool trusts(void *arg, uint32_t agent, const char *signer)
{
    (void)arg, (void)agent;
    return !strcmp(signer, "its own");
}

static struct commit_segment segment = { .kind = SEGMENT_CHUNKS, .sha256 = { 1 }, .bytes = 900, .live_bytes = 800 };

static struct commit sample(void)
{
    return (struct commit){
        .agent = AGENT, .backup = BACKUP, .manifest_bytes = 70, .n_segments = 1, .segments = &segment
    };
}

/* A catalogue of one backup, sorted; its segment of so many bytes. */
static void list(struct catalogue *catalogue, uint64_t segment_bytes)
{
    char name[OBJECT_NAME_BYTES];
    *catalogue = (struct catalogue){ .agent = AGENT };
    name_segment(name, AGENT, segment.sha256);
    assert_int_equal(catalogue_list(catalogue, name, segment_bytes, 1, NULL), 0);
    name_of_backup(name, AGENT, OBJECT_MANIFEST, BACKUP);
    assert_int_equal(catalogue_list(catalogue, name, 70, 2, NULL), 0);
    name_of_backup(name, AGENT, OBJECT_COMMIT, BACKUP);
    assert_int_equal(catalogue_list(catalogue, name, 500, 3, NULL), 0);
    assert_int_equal(catalogue_list(catalogue, "vedette1/7/x", 1, 4, NULL), 0);
    assert_int_equal(catalogue_sort(catalogue, NULL), 0);
}

static bool is_verified(uint64_t segment_bytes, const char *signer)
{
    struct zones zones = { 0 };
    const struct catalogue_reader reader = { .trusts = trusts, .zones = &zones };
    const struct commit commit = sample();
    struct catalogue catalogue;
    list(&catalogue, segment_bytes);
    assert_int_equal(catalogue_add(&catalogue, catalogue.commits, &commit, signer, &reader, NULL), 0);
    assert_int_equal(catalogue.n_backups, 1);
    assert_int_equal(catalogue.n_needs, 2);
    assert_int_equal(catalogue.n_strangers, 1);
    bool verified = catalogue.backups[0].verified;
    catalogue_free(&catalogue);
    return verified;
}

static void verifies_what_is_whole_and_trusted(void **state)
{
    (void)state;
    assert_true(is_verified(900, "its own"));
    assert_false(is_verified(899, "its own"));
    assert_false(is_verified(900, "another's"));
}

static void says_which_zone_cannot_be_read_now(void **state)
{
    (void)state;
    struct zones zones = { 0 };
    const struct catalogue_reader reader = { .trusts = trusts, .zones = &zones };
    struct commit commit = sample();
    strcpy(commit.zone, "Europe/Oslo");
    struct catalogue catalogue;
    struct problem problem;
    struct rlimit files;
    list(&catalogue, 900);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 0, files.rlim_max }), 0);
    int error = catalogue_add(&catalogue, catalogue.commits, &commit, "its own", &reader, &problem);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(error, -1);
    assert_string_equal(problem.code, "file");
    assert_string_equal(problem.reason, "cannot read the time zone Europe/Oslo: Too many open files");
    assert_int_equal(catalogue.n_backups, 0);
    catalogue_free(&catalogue);
    zones_free(&zones);
}

static void says_of_what_there_is_too_much(void **state)
{
    (void)state;
    struct catalogue catalogue = { .agent = AGENT };
    struct problem problem;
    char backup[BACKUP_BYTES], name[OBJECT_NAME_BYTES];
    int error = 0;
    for (unsigned i = 0; i < 2 * RETENTION_BACKUPS_MAX && !error; i++) {
        snprintf(backup, sizeof(backup), "%032x", i);
        name_of_backup(name, AGENT, OBJECT_COMMIT, backup);
        error = catalogue_list(&catalogue, name, 500, 1, &problem);
    }
    assert_int_equal(error, -1);
    assert_string_equal(problem.code, "too-many");
    assert_string_equal(problem.reason, "more than 65536 commits are too many for a catalogue");
    catalogue_free(&catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies_what_is_whole_and_trusted),
        cmocka_unit_test(says_which_zone_cannot_be_read_now),
        cmocka_unit_test(says_of_what_there_is_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
