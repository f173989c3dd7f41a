#include "lib/json_file.h"

#include <stdlib.h>
#include <string.h>

#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

json_t *json_file_read(const char *path, size_t limit_bytes, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read(path, limit_bytes, &text, &bytes, problem))
        return NULL;
    json_t *json = message_parse(text, bytes, problem);
    free(text);
    return json;
}

int json_file_write(const char *path, json_t *json, size_t flags, mode_t mode, struct problem *problem)
{
    char *text = json ? message_text(json, flags) : NULL;
    json_decref(json);
    if (!text)
        return problem_set(problem, "no-memory", "", "no memory for %.150s", path);
    int error = file_write(path, text, strlen(text), mode, problem);
    free(text);
    return error;
}
