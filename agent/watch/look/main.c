/*
 * vedette-agent-look: one look at something that may hang or needs OpenSSL, for the resident (agent/watch/look.h has the
 * words). It is trusted with nothing: it gets names and prints a line, and the resident ends it when it takes too long.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/watch/look.h"
#include "agent/watch/look/looks.h"
#include "agent/watch/measure.h"
#include "lib/clock.h"

static void at_place(const char *path, void (*measure)(int fd, int64_t wall_ms, struct sample *), struct sample *ret)
{
    /* O_PATH opens what we may not read, and no device. */
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        measure_missing(errno, ret);
    else
        measure(fd, clock_wall_ms(), ret);
}

static void at_disk(char **words, struct sample *ret)
{
    at_place(words[0], measure_disk, ret);
}

static void at_age(char **words, struct sample *ret)
{
    at_place(words[0], measure_age, ret);
}

static const struct {
    const char *word;
    int n_words;
    void (*look)(char **words, struct sample *);
} looks[] = {
    { "disk", 1, at_disk },
    { "age", 1, at_age },
    { "address", 1, look_address },
    { "https", 2, look_https },
    { "certificate", 2, look_certificate },
    { "certificate-file", 1, look_certificate_file },
};

static int say(const struct sample *sample)
{
    char value[32] = "-";
    if (sample->has_value)
        snprintf(value, sizeof(value), "%" PRIu64 ".%03" PRIu64, sample->value / 1000, sample->value % 1000);
    printf("%s %s %s\n", level_words[sample->level], value, sample->reason);
    return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(looks) / sizeof(*looks); i++) {
        struct sample sample = { 0 };
        if (strcmp(looks[i].word, argv[1]) || argc - 2 != looks[i].n_words)
            continue;
        looks[i].look(argv + 2, &sample);
        return say(&sample);
    }
    fprintf(stderr,
        "vedette-agent-look is run by vedette-agent: disk, age, address, https, certificate, certificate-file\n");
    return 2;
}
