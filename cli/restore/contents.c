#include "cli/restore/contents.h"

#include <inttypes.h>
#include <string.h>

#include "lib/envelope/envelope.h"
#include "lib/problem.h"

int contents_read(struct reader *reader, struct manifest *ret, struct nodes *ret_nodes, struct problem *problem)
{
    if (!reader_manifest(reader, ret, problem) && !reader_tree(reader, ret, ret_nodes, problem))
        return 0;
    if (!strcmp(problem->code, "wrong-recipient"))
        problem_set(problem, "wrong-recipient", "--key",
            "backup %s of agent %" PRIu32 " is not sealed for the key of --key, whose fingerprint is %s",
            reader->commit->backup, reader->commit->agent, envelope_key_fingerprint(reader->key->own));
    return -1;
}

int contents_open(struct target *target, const struct reader_key *key, const struct commit *commit,
    struct manifest *ret, struct nodes *ret_nodes, struct problem *problem)
{
    struct reader reader;
    if (reader_make(&reader, target, key, commit))
        return problem_set(problem, "no-memory", "", "no memory to restore with");
    int error = contents_read(&reader, ret, ret_nodes, problem);
    reader_free(&reader);
    return error;
}
