#include "services/portal/feed/position.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

#define DIGITS_MAX 18 /* fit into 64 bits */

/* CLASS_COUNT: it is no class's name. */
static int class_of(const char *word, size_t length)
{
    int class = 0;
    while (class < CLASS_COUNT && (strlen(class_words[class]) != length || memcmp(class_words[class], word, length)))
        class ++;
    return class;
}

int feed_position_parse(const char *text, uint64_t ret[CLASS_COUNT])
{
    uint64_t position[CLASS_COUNT];
    for (int class = 0; class < CLASS_COUNT; class ++)
        position[class] = FEED_NOW;
    while (*text) {
        size_t length = strcspn(text, "-");
        int class = class_of(text, length);
        if (class == CLASS_COUNT || text[length] != '-')
            return -1;
        text += length + 1;
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > DIGITS_MAX)
            return -1;
        position[class] = strtoull(text, NULL, 10);
        text += digits;
        if (*text && *text++ != ',')
            return -1;
    }
    memcpy(ret, position, sizeof(position));
    return 0;
}

void feed_position_write(struct buf *out, const uint64_t next[CLASS_COUNT], unsigned classes)
{
    const char *before = "id: ";
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (!(classes & 1u << class) || next[class] == FEED_NOW)
            continue;
        buf_format(out, "%s%s-%" PRIu64, before, class_words[class], next[class]);
        before = ",";
    }
}
