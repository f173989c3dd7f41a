#include "lib/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void __attribute__((format(printf, 4, 0)))
fill(struct problem *problem, const char *code, const char *field, const char *format, va_list arguments)
{
    problem->code = code;
    snprintf(problem->field, sizeof(problem->field), "%s", field);
    vsnprintf(problem->reason, sizeof(problem->reason), format, arguments);
}

int problem_set(struct problem *problem, const char *code, const char *field, const char *format, ...)
{
    if (problem) {
        va_list arguments;
        va_start(arguments, format);
        fill(problem, code, field, format, arguments);
        va_end(arguments);
    }
    return -1;
}

int problem_errno(struct problem *problem, const char *code, const char *field, const char *format, ...)
{
    const char *error = strerror(errno), *why = errno == ENOMEM ? "no-memory" : code;
    if (problem) {
        va_list arguments;
        va_start(arguments, format);
        fill(problem, why, field, format, arguments);
        va_end(arguments);
        size_t length = strlen(problem->reason);
        snprintf(problem->reason + length, sizeof(problem->reason) - length, ": %s", error);
    }
    return -1;
}

bool problem_is(const struct problem *problem, const char *code)
{
    return !strcmp(problem->code, code);
}
