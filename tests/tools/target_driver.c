/*
 * A target's calls for tests in Python: target_driver FILE NAME DEADLINE_MS BYTES_PER_S, then a call a line, of which
 * each is answered with a line: the result, the number of bytes that went over the wire, and of a failure the reason.
 *     put NAME FILE | get NAME FROM BYTES FILE | find NAME | list FOLDER FILE | remove NAME
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "lib/target/conf.h"
#include "lib/target/remove.h"

static uint64_t moved;

static void count_moved(void *arg, uint64_t bytes)
{
    (void)arg;
    moved += bytes;
}

static int write_data(void *arg, const void *data, size_t bytes)
{
    return fwrite(data, 1, bytes, arg) != bytes;
}

static int write_object(void *arg, const struct target_object *object)
{
    return fprintf(arg, "%s %" PRIu64 " %" PRId64 "\n", object->name, object->bytes, object->modified_s) < 0;
}

static enum target_result put(struct target *target, char **words, struct problem *problem)
{
    char *data;
    size_t bytes;
    if (file_read(words[2], TARGET_OBJECT_BYTES_MAX, &data, &bytes, problem))
        return TARGET_FAILED;
    /* In two parts, as an engine has them. */
    struct iovec parts[] = { { data, bytes / 3 }, { data + bytes / 3, bytes - bytes / 3 } };
    enum target_result result = target_put(target, words[1], parts, 2, problem);
    free(data);
    return result;
}

static enum target_result to_file(struct target *target, char **words, struct problem *problem)
{
    bool get = !strcmp(words[0], "get");
    FILE *file = fopen(words[get ? 4 : 2], "w");
    if (!file)
        return TARGET_FAILED;
    enum target_result result =
        get ? target_get(target, words[1], strtoull(words[2], NULL, 10), strtoull(words[3], NULL, 10), write_data, file,
                  problem)
            : target_list(target, strcmp(words[1], "/") ? words[1] : "", write_object, file, problem);
    return fclose(file) ? TARGET_FAILED : result;
}

static enum target_result find(struct target *target, char **words, struct problem *problem)
{
    struct target_object found;
    enum target_result result = target_find(target, words[1], &found, problem);
    if (!result)
        snprintf(problem->reason, sizeof(problem->reason), "%" PRIu64 " %" PRId64, found.bytes, found.modified_s);
    return result;
}

static enum target_result take_away(struct target *target, char **words, struct problem *problem)
{
    return target_remove(target, words[1], problem);
}

static const struct {
    const char *name;
    int words;
    enum target_result (*run)(struct target *, char **words, struct problem *);
} calls[] = { { "put", 3, put }, { "get", 5, to_file }, { "find", 2, find }, { "list", 3, to_file },
    { "remove", 2, take_away } };

static void answer(struct target *target, char *line)
{
    char *words[6] = { NULL };
    int n = 0;
    for (char *word; n < 6 && (word = strsep(&line, " \n")) && *word;)
        words[n++] = word;
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        if (!n || strcmp(words[0], calls[i].name) || n != calls[i].words)
            continue;
        struct problem problem = { 0 };
        moved = 0;
        enum target_result result = calls[i].run(target, words, &problem);
        printf("%s %" PRIu64 " %s\n", target_result_word(result), moved, problem.reason);
        fflush(stdout);
        return;
    }
    printf("no-such-call 0\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct target_conf conf;
    struct problem problem;
    char line[4096];
    if (argc != 5)
        return 2;
    crypto_open();
    struct target_manner manner = {
        .deadline_ms = strtoll(argv[3], NULL, 10), .bytes_per_s = strtoull(argv[4], NULL, 10), .progress = count_moved
    };
    struct target *target =
        target_conf_find(argv[1], argv[2], &conf, &problem) ? NULL : target_open(&conf, &manner, &problem);
    printf("%s\n", target ? "ready" : problem.reason);
    fflush(stdout);
    while (target && fgets(line, sizeof(line), stdin))
        answer(target, line);
    target_close(target);
    return target ? 0 : 1;
}
