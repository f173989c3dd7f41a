#include "services/audit/witnesses/witnesses.h"

#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "lib/tlog/line.h"

static int parse_line(struct tlog_line line, struct tlog_vkey *ret, struct problem *problem)
{
    char text[TLOG_VKEY_BYTES];
    if (line.bytes >= sizeof(text) || memchr(line.text, '\0', line.bytes))
        return problem_set(problem, "bad-key", "", "a line of the witnesses is no public key");
    memcpy(text, line.text, line.bytes);
    text[line.bytes] = '\0';
    return tlog_vkey_parse(text, ret, problem);
}

int witnesses_parse(const char *text, size_t bytes, struct tlog_policy *policy, struct problem *problem)
{
    struct tlog_policy parsed = { .log = policy->log };
    const char *at = text, *end = text + bytes;
    struct tlog_line line;
    while (tlog_line_next(&at, end, &line)) {
        if (parsed.witness_count == TLOG_WITNESSES)
            return problem_set(problem, "too-many", "", "there can be %d witnesses", TLOG_WITNESSES);
        if (parse_line(line, &parsed.witnesses[parsed.witness_count++], problem))
            return -1;
    }
    if (at != end)
        return problem_set(problem, "bad-key", "", "the last line of the witnesses has no end");
    if (tlog_policy_check(&parsed, problem))
        return -1;
    parsed.quorum = policy->quorum;
    *policy = parsed;
    return 0;
}

int witnesses_load(const char *path, struct tlog_policy *policy, struct problem *problem)
{
    char *text;
    size_t bytes;
    struct problem found;
    int status = file_read_if_any(path, WITNESSES_BYTES, &text, &bytes, problem);
    if (status)
        return status > 0 ? 0 : -1;
    int error = witnesses_parse(text, bytes, policy, &found);
    free(text);
    return error ? problem_set(problem, found.code, path, "%.60s: %.180s", path, found.reason) : 0;
}

/* Write `next`, and only then let it be the policy. */
static int put(const char *path, struct tlog_policy *policy, const struct tlog_policy *next, struct problem *problem)
{
    struct buf text = { .limit_bytes = WITNESSES_BYTES };
    for (size_t i = 0; i < next->witness_count; i++) {
        char vkey[TLOG_VKEY_BYTES];
        tlog_vkey_format(&next->witnesses[i], vkey);
        buf_format(&text, "%s\n", vkey);
    }
    int error = text.failed ? problem_set(problem, "no-memory", "", "no memory for the witnesses")
                            : file_write(path, text.length ? text.data : "", text.length, 0600, problem);
    if (!error)
        *policy = *next;
    buf_free(&text);
    return error;
}

int witnesses_add(const char *path, struct tlog_policy *policy, const char *vkey, struct problem *problem)
{
    struct tlog_policy next = *policy;
    struct problem found;
    if (policy->witness_count == TLOG_WITNESSES)
        return problem_set(problem, "too-many", "", "there can be %d witnesses", TLOG_WITNESSES);
    if (tlog_vkey_parse(vkey, &next.witnesses[next.witness_count++], problem))
        return -1;
    next.quorum = 0; /* it may be out of reach still */
    if (tlog_policy_check(&next, &found))
        return problem_set(problem, "exists", "vkey", "%s", found.reason);
    next.quorum = policy->quorum;
    return put(path, policy, &next, problem);
}

int witnesses_remove(const char *path, struct tlog_policy *policy, const char *name, struct problem *problem)
{
    struct tlog_policy next = *policy;
    next.witness_count = 0;
    for (size_t i = 0; i < policy->witness_count; i++) {
        if (strcmp(policy->witnesses[i].name, name))
            next.witnesses[next.witness_count++] = policy->witnesses[i];
    }
    if (next.witness_count == policy->witness_count)
        return problem_set(problem, "not-found", "witness", "no witness has this name");
    return put(path, policy, &next, problem);
}
