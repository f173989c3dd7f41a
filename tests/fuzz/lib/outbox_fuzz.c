/* Any bytes as the file of an outbox, header made right so that the ring is reached: it opens, reads and takes records. */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/outbox.h"

#define HEADER_BYTES 4096
#define ROOM 4096

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    static uint8_t file[HEADER_BYTES + ROOM];
    const uint64_t room = ROOM;
    memset(file, 0, sizeof(file));
    memcpy(file, data, size < 200 ? size : 200);
    memcpy(file, "vdttobx1", 8);
    memcpy(file + 16, &room, sizeof(room));
    if (size > 200)
        memcpy(file + HEADER_BYTES, data + 200, size - 200 < ROOM ? size - 200 : ROOM);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, file, sizeof(file)) != sizeof(file) || close(fd))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char path[64], aside[80];
    struct outbox_record record;
    uint64_t sequence;
    if (!path[0]) {
        crypto_open();
        snprintf(path, sizeof(path), "/dev/shm/outbox-fuzz-%d", (int)getpid());
        snprintf(aside, sizeof(aside), "%s.damaged", path);
    }
    write_file(path, data, size);
    struct outbox *outbox = outbox_open(path, HEADER_BYTES + ROOM, NULL);
    if (!outbox)
        abort();
    struct outbox_place place = outbox_oldest(outbox);
    while (!outbox_read(outbox, &place, &record))
        sequence = record.sequence;
    for (int i = 0; i < 100 && !outbox_put(outbox, data, size < 100 ? size : 100, &sequence); i++)
        outbox_forget(outbox, sequence - 1);
    outbox_free(outbox);
    unlink(path);
    unlink(aside);
    return 0;
}
