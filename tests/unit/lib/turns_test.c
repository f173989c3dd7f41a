#include "tests/unit/unit.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include "lib/turns.h"

static void *be_soon(void *arg)
{
    const int before = getpriority(PRIO_PROCESS, 0);
    (void)arg;
    turns_soon();
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
    assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
    return NULL;
}

static void *be_behind(void *arg)
{
    const int before = getpriority(PRIO_PROCESS, 0);
    (void)arg;
    turns_behind();
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
    assert_int_equal(getpriority(PRIO_PROCESS, 0), before + 5 < 19 ? before + 5 : 19);
    return NULL;
}

/* What whoever started the process chose for it stays the measure. */
static void a_thread_changes_its_own_turns_alone(void **state)
{
    (void)state;
    const int before = getpriority(PRIO_PROCESS, 0);
    void *(*const bodies[])(void *) = { be_soon, be_behind };
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, bodies[i], NULL), 0);
        pthread_join(thread, NULL);
    }
    assert_int_equal(getpriority(PRIO_PROCESS, 0), before);
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_thread_changes_its_own_turns_alone) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
