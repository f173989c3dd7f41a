#include "lib/restore/opened.h"

#include "lib/problem.h"

void opened_free(struct opened *opened)
{
    nodes_free(&opened->nodes);
    manifest_free(&opened->manifest);
}

int opened_read(struct reader *reader, struct opened *ret, struct problem *problem)
{
    struct opened opened;
    if (reader_manifest(reader, &opened.manifest, problem))
        return -1;
    if (reader_tree(reader, &opened.manifest, &opened.nodes, problem)) {
        manifest_free(&opened.manifest);
        return -1;
    }
    *ret = opened;
    return 0;
}

int opened_make(struct target *target, const struct reader_key *key, const struct commit *commit, struct opened *ret,
    struct problem *problem)
{
    struct reader reader;
    if (reader_make(&reader, target, key, commit))
        return problem_set(problem, "no-memory", "", "no memory to restore with");
    int error = opened_read(&reader, ret, problem);
    reader_free(&reader);
    return error;
}
