/* What is remembered of the log, where the disk does not give it back: it is not begun anew. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/work/log_memory.h"
#include "agent/work/place.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

#define ORIGIN "vedette/test/ops"
#define NOTE ORIGIN "\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u2014 " ORIGIN " AAAAAAAA\n"

static int follow(uint64_t size, struct problem *problem)
{
    struct log_memory memory;
    struct tlog_checkpoint seen = { .size = size };
    strcpy(seen.origin, ORIGIN);
    assert_int_equal(log_memory_load(&memory, problem), 0);
    return log_memory_follow(&memory, &seen, NOTE, strlen(NOTE), NULL, problem);
}

static void what_cannot_be_read_is_not_taken_for_nothing(void **state)
{
    (void)state;
    char mark[LOG_MARK_BYTES], file[64], *text;
    struct problem problem;
    size_t bytes;
    log_memory_mark(ORIGIN, mark);
    snprintf(file, sizeof(file), CHECKPOINT_FILE "%s", mark);
    assert_int_equal(file_write(file, "torn", 4, 0600, &problem), 0);
    assert_int_equal(follow(7, &problem), -1);
    assert_string_equal(problem.code, "bad-state");
    assert_int_equal(file_read(file, 64, &text, &bytes, &problem), 0);
    assert_string_equal(text, "torn");
    free(text);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    assert_int_equal(follow(7, &problem), -1);
    assert_int_equal(rmdir(file), 0);
    assert_int_equal(follow(7, &problem), 0); /* none is here: this is the first */
    assert_int_equal(access(file, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { in_place(what_cannot_be_read_is_not_taken_for_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
