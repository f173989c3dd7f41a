#include "lib/class_numbers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void class_numbers_format(const uint64_t numbers[CLASS_COUNT], unsigned classes, char ret[CLASS_NUMBERS_BYTES])
{
    size_t length = 0;
    ret[0] = '\0';
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (classes & 1u << class)
            length += (size_t)snprintf(ret + length, CLASS_NUMBERS_BYTES - length, "%s%s=%" PRIu64, length ? " " : "",
                class_words[class], numbers[class]);
    }
}

int class_numbers_parse(const char *text, uint64_t ret[CLASS_COUNT])
{
    uint64_t numbers[CLASS_COUNT];
    for (int class = 0; class < CLASS_COUNT; class ++) {
        size_t length = strlen(class_words[class]);
        char *end;
        if (strncmp(text, class_words[class], length) || text[length] != '=' || text[length + 1] < '0' ||
            text[length + 1] > '9')
            return -1;
        errno = 0;
        numbers[class] = strtoull(text + length + 1, &end, 10);
        if (errno || *end != (class + 1 < CLASS_COUNT ? ' ' : '\0'))
            return -1;
        text = end + 1;
    }
    memcpy(ret, numbers, sizeof(numbers));
    return 0;
}
