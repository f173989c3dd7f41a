#include "agent/carry/carriers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/state.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define LINE_BYTES (CARRIER_PLACE_BYTES + 16)

const char *const carrier_words[] = { "https", "drop", "post", NULL };

static int bad_line(unsigned number, struct problem *problem)
{
    return problem_set(problem, "bad-carriers", CARRIERS_FILE,
        "%s, line %u: not `https`, `drop DIRECTORY` or `post FILE` with a whole path, or more than %d of them",
        CARRIERS_FILE, number, CARRIERS_MAX);
}

static int take_line(char *line, struct carriers *carriers)
{
    char *rest = strchr(line, ' ');
    if (rest)
        *rest++ = '\0';
    int kind = word_index(carrier_words, line);
    if (kind < 0 || carriers->n == CARRIERS_MAX || (kind == CARRIER_HTTPS ? rest != NULL : !rest || *rest != '/') ||
        (rest && strlen(rest) >= CARRIER_PLACE_BYTES))
        return -1;
    carriers->list[carriers->n].kind = (enum carrier_kind)kind;
    strcpy(carriers->list[carriers->n++].place, rest ? rest : "");
    return 0;
}

int carriers_parse(const char *text, size_t bytes, struct carriers *ret, struct problem *problem)
{
    struct carriers carriers = { 0 };
    const char *end = text + bytes;
    for (unsigned number = 1; text < end; number++) {
        char line[LINE_BYTES];
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = newline ? (size_t)(newline - text) : (size_t)(end - text);
        if (length >= sizeof(line) || memchr(text, '\0', length))
            return bad_line(number, problem);
        memcpy(line, text, length);
        line[length] = '\0';
        if (*line && *line != '#' && take_line(line, &carriers))
            return bad_line(number, problem);
        text += length + (newline != NULL);
    }
    if (!carriers.n)
        return bad_line(1, problem);
    *ret = carriers;
    return 0;
}

int carriers_load(struct carriers *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (!state_has(CARRIERS_FILE)) {
        *ret = (struct carriers){ .n = 1 };
        return 0;
    }
    if (file_read(CARRIERS_FILE, STATE_FILE_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    int error = carriers_parse(text, bytes, ret, problem);
    free(text);
    return error;
}
