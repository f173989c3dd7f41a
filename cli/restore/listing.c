#include "cli/restore/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/utf8.h"

/* A terminal is not to be steered by a name. */
void listing_name(const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        const char *from = text;
        int32_t character = utf8_next(&text, end);
        if (character >= 0x20 && character != '\\' && !utf8_is_hidden(character)) {
            fwrite(from, 1, (size_t)(text - from), stdout);
            continue;
        }
        text = character < 0 ? from + 1 : text;
        for (; from < text; from++)
            printf("\\%03o", (unsigned char)*from);
    }
}

void listing_print(const struct nodes *nodes, const uint8_t *chosen)
{
    static char path[NODE_PATH_BYTES];
    char time[RFC3339_BYTES];
    for (uint32_t i = 0; i < nodes->n; i++) {
        const struct entry *entry = &nodes->all[i].entry;
        if (!chosen[i] || !nodes_path(nodes, i, path))
            continue;
        clock_rfc3339(time, entry->mtime_s * 1000 + entry->mtime_ns / 1000000);
        printf("%c %04" PRIo32 " %" PRIu32 " %" PRIu32 " %" PRIu64 " %s%s ", (char)entry->type, entry->mode, entry->uid,
            entry->gid, entry->size, time, entry->flags & ENTRY_UNSTEADY ? " unsteady" : "");
        listing_name(path);
        if (entry->type == ENTRY_SYMLINK) {
            printf(" -> ");
            listing_name(entry->link);
        }
        putchar('\n');
    }
}
