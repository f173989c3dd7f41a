#include "services/backup/orders/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct progress *find(const struct running *running, const char *backup)
{
    for (size_t i = 0; i < running->n; i++) {
        if (!strcmp(running->all[i].backup, backup))
            return &running->all[i];
    }
    return NULL;
}

static struct progress *add(struct running *running)
{
    if (running->n == running->room) {
        size_t room = running->room ? running->room * 2 : 16;
        struct progress *all = running->n < RUNNING_MAX ? reallocarray(running->all, room, sizeof(*all)) : NULL;
        if (!all)
            return NULL;
        running->all = all;
        running->room = room;
    }
    return &running->all[running->n++];
}

void running_note(struct running *running, const struct envelope_backup_run *said)
{
    struct progress *one = find(running, said->backup);
    if (!one)
        one = add(running);
    if (!one)
        return;
    *one = (struct progress){ .reported_ms = said->time, .said = *said };
    snprintf(one->backup, sizeof(one->backup), "%s", said->backup);
    one->said.backup = one->said.code = one->said.reason = one->said.commit_sha256 = NULL;
}

void running_end(struct running *running, const char *backup)
{
    struct progress *one = find(running, backup);
    if (one)
        *one = running->all[--running->n];
}

const struct progress *running_find(const struct running *running, const char *backup)
{
    return find(running, backup);
}

void running_free(struct running *running)
{
    free(running->all);
    *running = (struct running){ 0 };
}
