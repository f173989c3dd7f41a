#include "lib/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/message.h"
#include "lib/problem.h"

#define FILE_BYTES_MAX 65536
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

static int bad(struct problem *problem)
{
    return problem_set(problem, "bad-file", SUCCESSION_FILE,
        "a " SUCCESSION_FILE " does not say where the succeeding logs began");
}

int successions_parse(const char *text, size_t bytes, struct successions *ret, struct problem *problem)
{
    struct successions read = { 0 };
    json_t *json = message_parse(text, bytes, problem);
    const json_t *begins = json_object_get(json, "begins"), *begin;
    size_t i;
    if (!json)
        return -1;
    int error = !json_array_size(begins) || json_array_size(begins) > SUCCESSIONS_MAX;
    json_array_foreach(begins, i, begin)
    {
        const json_int_t value = json_integer_value(begin);
        error = error || !json_is_integer(begin) || value < 0 || value >> PLACE_SEQUENCE_BITS;
        if (!error)
            read.begins[read.n++] = (uint64_t)value;
    }
    json_decref(json);
    if (error)
        return bad(problem);
    *ret = read;
    return 0;
}

int successions_read(const char *directory, struct successions *ret, struct problem *problem)
{
    char path[PATH_BYTES], *text;
    size_t bytes;
    snprintf(path, sizeof(path), "%s/" SUCCESSION_FILE, directory);
    ret->n = 0;
    if (access(path, F_OK))
        return 0;
    if (file_read(path, FILE_BYTES_MAX, &text, &bytes, problem))
        return -1;
    int error = successions_parse(text, bytes, ret, problem);
    free(text);
    return error;
}
