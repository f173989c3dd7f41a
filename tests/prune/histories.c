/*
 * histories COUNT [FIRST [MOST]]: live so many, and print for each broken one its number and what was broken, but stop
 * at MOST (10) of them. The last line is how many there were. Exit status 1 if any.
 */
#include "tests/prune/histories.h"

int main(int argc, char **argv)
{
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000,
                  first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
    unsigned long most = argc > 3 ? strtoul(argv[3], NULL, 10) : 10, broken = 0, runs = 0;
    struct histories *all = histories_open();
    if (!all)
        return 2;
    for (unsigned long i = first; i < first + count && broken < most; i++, runs++) {
        const char *what = histories_run(all, i, &retention_rules);
        if (what) {
            broken++;
            printf("%lu: %s\n", i, what);
        }
    }
    printf("%lu histories in %zu zones, %lu broken\n", runs, all->n_zones, broken);
    prune_memory_free(&all->one.memory);
    prune_memory_free(&all->other.memory);
    histories_free(all);
    return broken ? 1 : 0;
}
