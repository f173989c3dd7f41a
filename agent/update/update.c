#include "agent/update/update.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define UPDATE_LIMIT_BYTES 4096
#define DOCUMENT_DIGITS 32

const char *const update_step_words[] = { "staged", "switched", "healthy", "rolled-back", NULL };

enum update_act update_next(const struct update *update, const struct update_found *found)
{
    switch (update->step) {
    case UPDATE_STAGED:
        return found->links_to ? UPDATE_NOTE_SWITCH : UPDATE_SWITCH;
    case UPDATE_SWITCHED:
        return UPDATE_TRY;
    case UPDATE_HEALTHY:
        if (!found->floor_is_up)
            return UPDATE_RAISE_FLOOR;
        break;
    case UPDATE_ROLLED_BACK:
        if (found->links_to)
            return UPDATE_SWITCH_BACK;
        break;
    case UPDATE_STEPS:
        break;
    }
    return found->marked ? UPDATE_UNMARK : UPDATE_END;
}

static enum update_verdict ill(struct problem *problem, const char *code, const char *reason)
{
    problem_set(problem, code, "", "%s", reason);
    return UPDATE_IS_ILL;
}

enum update_verdict update_judge(const struct update_seen *seen, struct problem *problem)
{
    if (seen->ended)
        return ill(problem, "update-crashed", "the new version ended by itself; the one before runs again");
    if (seen->self_test == SELF_TEST_FAILED)
        return ill(problem, "update-self-test", "the new version failed its self-test; the one before runs again");
    if (!seen->beats || seen->self_test != SELF_TEST_PASSED)
        return seen->since_ms < UPDATE_READY_MS
                   ? UPDATE_WAIT
                   : ill(problem, "update-late", "the new version did not come up in time; the one before runs again");
    if (seen->since_ms < UPDATE_STEADY_MS)
        return UPDATE_WAIT;
    if (seen->reached || seen->predecessor == PREDECESSOR_DOES_NOT)
        return UPDATE_IS_WELL;
    if (seen->predecessor == PREDECESSOR_REACHES)
        return ill(problem, "update-unreachable",
            "the new version does not reach the server and the one before does, which runs again");
    return seen->since_ms < UPDATE_REACH_MS ? UPDATE_WAIT : UPDATE_ASK_PREDECESSOR;
}

static int copy(const char *text, char *ret, size_t room)
{
    size_t length = strlen(text);
    if (length >= room)
        return -1;
    memcpy(ret, text, length + 1);
    return 0;
}

static int take(json_t *json, struct update *ret, struct problem *problem)
{
    struct update update = { 0 };
    const char *document, *from, *to, *step, *code, *reason;
    json_int_t version, trials;
    uint64_t number;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:I, s:s, s:s, s:s, s:I, s:s, s:s}", "document", &document,
            "version", &version, "from", &from, "to", &to, "step", &step, "trials", &trials, "code", &code, "reason",
            &reason) ||
        strspn(document, "0123456789abcdef") != DOCUMENT_DIGITS || copy(document, update.document, 33) ||
        version_parse(from, &number) || version_parse(to, &number) || copy(from, update.from, VERSION_BYTES) ||
        copy(to, update.to, VERSION_BYTES) || version < 1 || version > UINT32_MAX || trials < 0 ||
        trials > UINT16_MAX || word_index(update_step_words, step) < 0 || copy(code, update.code, UPDATE_CODE_BYTES) ||
        copy(reason, update.reason, UPDATE_REASON_BYTES))
        return problem_set(problem, "bad-state", UPDATE_FILE, "%s does not say how far an update is", UPDATE_FILE);
    update.document_version = (uint32_t)version;
    update.trials = (unsigned)trials;
    update.step = (enum update_step)word_index(update_step_words, step);
    *ret = update;
    return 0;
}

int update_parse(const char *text, size_t bytes, struct update *ret, struct problem *problem)
{
    json_t *json = message_parse(text, bytes, problem);
    int error = json ? take(json, ret, problem) : -1;
    json_decref(json);
    return error;
}

int update_load(struct update *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_absent(UPDATE_FILE))
        return 1;
    if (file_read_secret(UPDATE_FILE, UPDATE_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    int error = update_parse(text, bytes, ret, problem);
    free(text);
    return error;
}

int update_save(const struct update *update, struct problem *problem)
{
    json_t *json = json_pack("{s:s, s:I, s:s, s:s, s:s, s:I, s:s, s:s}", "document", update->document, "version",
        (json_int_t)update->document_version, "from", update->from, "to", update->to, "step",
        update_step_words[update->step], "trials", (json_int_t)update->trials, "code", update->code, "reason",
        update->reason);
    return json_file_write(UPDATE_FILE, json, JSON_COMPACT, 0600, problem);
}

void update_forget(void)
{
    unlink(UPDATE_FILE);
}

int update_floor(const char *own, uint64_t *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    uint64_t floor = 0, kept = 0;
    version_parse(own, &floor);
    if (!file_absent(FLOOR_FILE)) {
        if (file_read_secret(FLOOR_FILE, VERSION_BYTES, &text, &bytes, problem))
            return -1;
        int error = version_parse(text, &kept);
        free(text);
        if (error)
            return problem_set(problem, "bad-state", FLOOR_FILE, "%s holds no version", FLOOR_FILE);
    }
    *ret = kept > floor ? kept : floor;
    return 0;
}

int update_raise_floor(const char *version, struct problem *problem)
{
    uint64_t number, floor;
    if (version_parse(version, &number))
        return problem_set(problem, "bad-state", FLOOR_FILE, "%.32s is no version", version);
    if (update_floor("0.0.0", &floor, problem))
        return -1;
    return number <= floor ? 0 : file_write(FLOOR_FILE, version, strlen(version), 0600, problem);
}

bool update_floor_is_up(const char *version)
{
    uint64_t number, floor;
    return !version_parse(version, &number) && !update_floor("0.0.0", &floor, NULL) && floor >= number;
}
