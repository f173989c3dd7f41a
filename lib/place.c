#include "lib/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "lib/files.h"
#include "lib/problem.h"

#define FILE_BYTES_MAX 65536
#define FILE_MODE 0640 /* as what else stands there */
#define PATH_BYTES 512

uint64_t successions_place(const struct successions *successions, uint64_t sequence)
{
    uint64_t n = successions->n;
    while (n && successions->begins[n - 1] > sequence)
        n--;
    return n << PLACE_SEQUENCE_BITS | sequence;
}

uint64_t successions_sequence(const struct successions *successions, uint64_t place)
{
    uint64_t sequence = place_sequence(place);
    for (uint32_t n = place_succession(place); n < successions->n; n++) {
        if (successions->begins[n] < sequence)
            sequence = successions->begins[n];
    }
    return sequence;
}

int successions_parse(const char *text, struct successions *ret, struct problem *problem)
{
    struct successions read = { 0 };
    while (*text) {
        char *end;
        const uint64_t begin = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : UINT64_MAX;
        if (begin >> PLACE_SEQUENCE_BITS || *end != '\n' || read.n == SUCCESSIONS_MAX)
            return problem_set(problem, "bad-file", SUCCESSIONS_FILE,
                "a file " SUCCESSIONS_FILE " of the log does not say where each succeeding log began");
        read.begins[read.n++] = begin;
        text = end + 1;
    }
    *ret = read;
    return 0;
}

int successions_read(const char *directory, struct successions *ret, struct problem *problem)
{
    char path[PATH_BYTES], *text;
    size_t bytes;
    snprintf(path, sizeof(path), "%s/" SUCCESSIONS_FILE, directory);
    ret->n = 0;
    int status = file_read_if_any(path, FILE_BYTES_MAX, &text, &bytes, problem);
    if (status)
        return status > 0 ? 0 : -1;
    int error = successions_parse(text, ret, problem);
    free(text);
    return error;
}

int successions_format(const struct successions *successions, struct buf *out)
{
    int error = 0;
    for (uint32_t i = 0; i < successions->n; i++)
        error |= buf_format(out, "%" PRIu64 "\n", successions->begins[i]);
    return error;
}

int successions_note(
    const char *directory, struct successions *successions, uint32_t n, uint64_t begin, struct problem *problem)
{
    char path[PATH_BYTES];
    struct buf text = { 0 };
    if (successions->n >= n)
        return 0;
    while (successions->n < n && successions->n < SUCCESSIONS_MAX)
        successions->begins[successions->n++] = begin;
    snprintf(path, sizeof(path), "%s/" SUCCESSIONS_FILE, directory);
    int error = successions_format(successions, &text) ? problem_set(problem, "no-memory", "", "no memory")
                                                       : file_write(path, text.data, text.length, FILE_MODE, problem);
    buf_free(&text);
    return error;
}
