/* What people at the machine answer, in a folder where anybody may put files. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/work/people/answer.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

#define ID "00112233445566778899aabbccddeeff"

static void lay(const char *name, const char *word)
{
    char path[96];
    snprintf(path, sizeof(path), "answers/%s", name);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    assert_true(fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word));
    close(fd);
}

static void a_no_is_not_hidden_by_others_files(void **state)
{
    (void)state;
    struct problem problem;
    bool allow = true;
    uid_t by;
    char name[64];
    if (geteuid())
        skip(); /* only root is always present */
    assert_int_equal(answer_open("answers", &problem), 0);
    assert_false(answer_take(ID, &allow, &by));
    /* Nobody takes another's name for his answer. */
    lay("00112233.0", "");
    assert_int_equal(answer_give("00112233", true, 0, &problem), 0);
    assert_int_equal(answer_give(ID, false, 0, &problem), 0);
    assert_true(answer_take(ID, &allow, &by) && !allow);
    assert_false(answer_take(ID, &allow, &by));
    assert_int_equal(answer_give(ID, true, 0, &problem), 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof(name), "ffffffff.%d", i);
        lay(name, "allow");
    }
    assert_false(answer_take(ID, &allow, &by));
    /* With the next question there is room again. */
    answer_forget(ID);
    assert_int_equal(answer_give(ID, true, 0, &problem), 0);
    assert_true(answer_take(ID, &allow, &by) && allow);
}

int main(void)
{
    const struct CMUnitTest tests[] = { in_place(a_no_is_not_hidden_by_others_files) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
