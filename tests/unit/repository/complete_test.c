/* A commit is complete where each segment that it lists stands in the target, in its size. */
#include "tests/unit/folder.h"

#include "lib/problem.h"
#include "lib/repository/complete.h"
#include "lib/target/conf.h"
#include "lib/target/target.h"

#define AGENT 7
#define SEGMENTS 50

static char folder[FOLDER_BYTES];
static struct target *target;
static struct problem problem;
static struct commit_segment segments[SEGMENTS];
static const struct commit commit = { .agent = AGENT, .n_segments = SEGMENTS, .segments = segments };

static void put(const struct commit_segment *segment, uint32_t agent, size_t bytes)
{
    static const char zeros[SEGMENTS + 1];
    char name[OBJECT_NAME_BYTES];
    name_segment(name, agent, segment->sha256);
    assert_int_equal(target_put(target, name, &(struct iovec){ (void *)zeros, bytes }, 1, &problem), TARGET_DONE);
}

static int set_up(void **state)
{
    (void)state;
    struct target_conf conf;
    folder_make(folder);
    assert_int_equal(target_conf_directory(folder, &conf, &problem), 0);
    target = target_open(&conf, &(struct target_manner){ 0 }, &problem);
    for (unsigned i = 0; i < SEGMENTS; i++) {
        segments[i] = (struct commit_segment){ .kind = SEGMENT_CHUNKS, .bytes = i + 1 };
        segments[i].sha256[0] = (uint8_t)(i * 37); /* in no order */
        segments[i].sha256[1] = (uint8_t)i;
    }
    return target ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    target_close(target);
    folder_remove(folder);
    return 0;
}

static void all_is_looked_for(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SEGMENTS; i++) {
        assert_int_equal(commit_complete(target, &commit, &problem), -1);
        assert_string_equal(problem.code, COMMIT_LACKS);
        put(&segments[i], AGENT + 1, segments[i].bytes); /* another agent's is not ours */
        put(&segments[i], AGENT, segments[i].bytes);
    }
    assert_int_equal(commit_complete(target, &commit, &problem), 0);
}

static void a_part_of_one_is_not_enough(void **state)
{
    (void)state;
    segments[SEGMENTS / 2].bytes++;
    assert_int_equal(commit_complete(target, &commit, &problem), -1);
    assert_string_equal(problem.code, COMMIT_LACKS);
    segments[SEGMENTS / 2].bytes--;
    assert_int_equal(commit_complete(target, &commit, &problem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_looked_for),
        cmocka_unit_test(a_part_of_one_is_not_enough),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
