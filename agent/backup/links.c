#include "agent/backup/links.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024

static size_t slot_of(const struct linked_file *all, const bool *used, size_t slots, dev_t device, ino_t inode)
{
    size_t at = (size_t)((inode ^ device << 40) * 0x9e3779b97f4a7c15 >> 20);
    while (used[at & (slots - 1)] && (all[at & (slots - 1)].inode != inode || all[at & (slots - 1)].device != device))
        at++;
    return at & (slots - 1);
}

const struct linked_file *links_find(const struct links *links, dev_t device, ino_t inode)
{
    if (!links->n)
        return NULL;
    size_t at = slot_of(links->all, links->used, links->slots, device, inode);
    return links->used[at] ? &links->all[at] : NULL;
}

static int make_room(struct links *links)
{
    if (links->n < links->slots / 2)
        return 0;
    size_t slots = links->slots ? 2 * links->slots : FIRST_SLOTS;
    struct linked_file *all = calloc(slots, sizeof(*all));
    bool *used = calloc(slots, sizeof(*used));
    if (!all || !used) {
        free(all);
        free(used);
        return -1;
    }
    for (size_t i = 0; i < links->slots; i++) {
        if (!links->used[i])
            continue;
        size_t at = slot_of(all, used, slots, links->all[i].device, links->all[i].inode);
        all[at] = links->all[i];
        used[at] = true;
    }
    free(links->all);
    free(links->used);
    links->all = all;
    links->used = used;
    links->slots = slots;
    return 0;
}

int links_add(struct links *links, dev_t device, ino_t inode, uint64_t number, const char *path)
{
    if (links->n == LINKS_MAX)
        return 0;
    char *copy = path ? strdup(path) : NULL;
    if ((path && !copy) || make_room(links)) {
        free(copy);
        return -1;
    }
    size_t at = slot_of(links->all, links->used, links->slots, device, inode);
    links->all[at] = (struct linked_file){ device, inode, number, copy };
    links->used[at] = true;
    links->n++;
    return 0;
}

void links_free(struct links *links)
{
    for (size_t i = 0; i < links->slots; i++) {
        if (links->used[i])
            free(links->all[i].path);
    }
    free(links->all);
    free(links->used);
}
