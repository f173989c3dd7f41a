/* Apart from program.c, so that a program that is no service can say its version. */
#include "lib/version.h"

#include <stdio.h>
#include <string.h>

#define PART_MAX 999999

const char vedette_version[] = "0.1.0";

#if defined(__x86_64__)
const char vedette_platform[] = "linux-amd64";
#elif defined(__aarch64__)
const char vedette_platform[] = "linux-arm64";
#else
#error "name this platform"
#endif

int version_parse(const char *text, uint64_t *ret)
{
    uint64_t version = 0;
    for (int i = 0; i < 3; i++) {
        uint32_t part = 0;
        const char *first = text;
        for (; *text >= '0' && *text <= '9' && part <= PART_MAX; text++)
            part = part * 10 + (uint32_t)(*text - '0');
        /* One way to write each, since a version is also the name of a folder. */
        if (text == first || part > PART_MAX || (*first == '0' && text - first > 1) || *text != (i < 2 ? '.' : '\0'))
            return -1;
        text += i < 2;
        version = version * (PART_MAX + 1) + part;
    }
    *ret = version;
    return 0;
}

int version_line_parse(
    const char *line, const char *program, char ret_version[VERSION_BYTES], char ret_platform[VERSION_BYTES])
{
    char version[VERSION_BYTES], platform[VERSION_BYTES], again[128];
    uint64_t number;
    size_t length = strlen(program);
    if (strncmp(line, program, length) || sscanf(line + length, " %32[0-9.] %32[a-z0-9-]", version, platform) != 2 ||
        version_parse(version, &number))
        return -1;
    snprintf(again, sizeof(again), "%.40s %s %s\n", program, version, platform);
    if (strcmp(line, again))
        return -1;
    strcpy(ret_version, version);
    strcpy(ret_platform, platform);
    return 0;
}
