/* What our own programs say while they run, a line each: cut into lines, and the parts that lines have. Pure. */
#ifndef VEDETTE_AGENT_WORK_SAID_LINE_H
#define VEDETTE_AGENT_WORK_SAID_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAID_LINE_BYTES 512
#define SAID_CODE_BYTES 65 /* fields.def, and NUL; so is the next */
#define SAID_REASON_BYTES 201

struct said_lines {
    char line[SAID_LINE_BYTES];
    size_t length;
    bool overlong; /* what stands in the line is the rest of one that had no room */
};
/* Each line that is complete by these bytes, without its end; one that has no room says nothing. */
void said_lines_add(
    struct said_lines *, const char *bytes, size_t count, void (*take)(void *arg, const char *line), void *arg);

/* All that stands there, decimal numbers with a blank between. */
bool said_numbers(const char *at, uint64_t *const *ret, size_t n);
/* A code, a blank and a sentence. */
bool said_failure(const char *at, char ret_code[SAID_CODE_BYTES], char ret_reason[SAID_REASON_BYTES]);

#endif
