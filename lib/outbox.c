#include "lib/outbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "lib/crypto.h"
#include "lib/problem.h"

#define MAGIC 0x3178626f74746476u   /* "vdttobx1" */
#define HEADER_BYTES 4096u
#define BOOT_BYTES 40               /* a UUID */
#define SEQUENCE_JUMP (1ull << 32)  /* more than could be put between two syncs */
#define NUMBER_MAX (1ull << 62)     /* no outbox lives to see such an offset or sequence: the header is damaged */

/* Offsets count bytes ever put and never wrap; modulo room they are places in the ring. This file never leaves its
 * machine, so numbers stand in the machine's own order. */
struct header {
    uint64_t magic, id, room;
    char boot[BOOT_BYTES];  /* the machine's boot under which it was last open */
    uint64_t head;          /* offset of the oldest record */
    uint64_t forgotten;     /* sequence of the newest record that is not needed any more */
    uint64_t next;          /* sequence of the next record */
    uint64_t dropped;
};

struct record {
    uint32_t bytes;         /* of the data; PAD: the rest of the ring up to its end is unused */
    uint32_t check;         /* CRC-32 of what follows, data included */
    uint64_t sequence;
};
#define PAD UINT32_MAX

struct outbox {
    int fd;
    struct header *header;
    uint8_t *ring;
    uint64_t tail;          /* offset behind the newest record */
    uint64_t waiting;
};

static size_t record_room(size_t bytes)
{
    return (sizeof(struct record) + bytes + 15) & ~(size_t)15;
}

static struct record *record_at(const struct outbox *outbox, uint64_t offset)
{
    return (struct record *)(outbox->ring + offset % outbox->header->room);
}

static uint64_t to_ring_end(const struct outbox *outbox, uint64_t offset)
{
    return outbox->header->room - offset % outbox->header->room;
}

static uint32_t record_check(const struct record *record)
{
    return (uint32_t)crc32(0, (const Bytef *)&record->sequence, (uInt)(sizeof(record->sequence) + record->bytes));
}

static bool record_is_whole(const struct outbox *outbox, uint64_t offset, uint64_t after_sequence)
{
    const struct record *record = record_at(outbox, offset);
    return record->bytes <= OUTBOX_RECORD_BYTES && record_room(record->bytes) <= to_ring_end(outbox, offset) &&
           record->sequence > after_sequence && record->check == record_check(record);
}

/* Find the tail: every record that is whole and follows in sequence counts. The walk ends at what is torn, or left over
 * from an earlier lap; what should have been there is counted as dropped. */
static void walk(struct outbox *outbox)
{
    uint64_t offset = outbox->header->head, last = outbox->header->forgotten;
    while (offset - outbox->header->head < outbox->header->room) {
        if (record_at(outbox, offset)->bytes == PAD && offset % outbox->header->room) {
            uint64_t wrapped = offset + to_ring_end(outbox, offset);
            if (wrapped - outbox->header->head >= outbox->header->room || !record_is_whole(outbox, wrapped, last))
                break;
            offset = wrapped;
            continue;
        }
        if (!record_is_whole(outbox, offset, last) ||
            offset - outbox->header->head + record_room(record_at(outbox, offset)->bytes) > outbox->header->room)
            break;
        last = record_at(outbox, offset)->sequence;
        offset += record_room(record_at(outbox, offset)->bytes);
        outbox->waiting++;
    }
    outbox->tail = offset;
    if (last >= outbox->header->next)
        outbox->header->next = last + 1;
    uint64_t missing = outbox->header->next - 1 - last;
    if (missing && missing < SEQUENCE_JUMP) {
        outbox->header->dropped += missing;
        outbox->header->next += SEQUENCE_JUMP; /* marks them as counted */
    }
}

static void read_boot(char boot[BOOT_BYTES])
{
    memset(boot, 0, BOOT_BYTES);
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (read(fd, boot, BOOT_BYTES - 1) < 0)
        boot[0] = '\0';
    close(fd);
}

/* After another boot the header may be older than what audit has: sequences that were given out are never used again. */
static void note_boot(struct outbox *outbox)
{
    char boot[BOOT_BYTES];
    read_boot(boot);
    if (!memcmp(boot, outbox->header->boot, BOOT_BYTES))
        return;
    outbox->header->next += SEQUENCE_JUMP;
    memcpy(outbox->header->boot, boot, BOOT_BYTES);
}

static bool header_is_good(const struct header *header, uint64_t file_bytes)
{
    return header->magic == MAGIC && header->room == file_bytes - HEADER_BYTES && header->room % 16 == 0 &&
           header->room > 0 && header->head % 16 == 0 && header->head < NUMBER_MAX && header->next < NUMBER_MAX &&
           header->forgotten < header->next;
}

static int map(struct outbox *outbox, uint64_t bytes)
{
    void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, outbox->fd, 0);
    if (data == MAP_FAILED)
        return -1;
    outbox->header = data;
    outbox->ring = (uint8_t *)data + HEADER_BYTES;
    return 0;
}

/* Space is taken now: a full disk must not turn into SIGBUS later. */
static int make(struct outbox *outbox, uint64_t bytes, uint64_t id, uint64_t next)
{
    if (ftruncate(outbox->fd, 0) || posix_fallocate(outbox->fd, 0, (off_t)bytes) || map(outbox, bytes))
        return -1;
    *outbox->header = (struct header){ .id = id, .room = bytes - HEADER_BYTES, .next = next };
    read_boot(outbox->header->boot);
    outbox->header->magic = MAGIC;
    return 0;
}

static int make_new(struct outbox *outbox, uint64_t bytes)
{
    uint64_t id;
    crypto_random(&id, sizeof(id));
    return make(outbox, bytes, id, 1);
}

/* 1: there is no outbox in the file. */
static int load(struct outbox *outbox, uint64_t file_bytes, uint64_t bytes)
{
    if (file_bytes <= HEADER_BYTES)
        return 1;
    if (map(outbox, file_bytes))
        return -1;
    if (!header_is_good(outbox->header, file_bytes)) {
        munmap(outbox->header, file_bytes);
        outbox->header = NULL;
        return 1;
    }
    walk(outbox);
    note_boot(outbox);
    if (file_bytes == bytes || outbox->waiting)
        return 0;
    /* Another size was set and nothing waits: the same outbox with new room. */
    uint64_t id = outbox->header->id, next = outbox->header->next;
    munmap(outbox->header, file_bytes);
    outbox->header = NULL;
    outbox->tail = 0;
    return make(outbox, bytes, id, next);
}

static int open_locked(const char *path, struct stat *ret)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, ret))) {
        close(fd);
        return -1;
    }
    return fd;
}

static int set_aside(struct outbox *outbox, const char *path, struct stat *status)
{
    char aside[512];
    snprintf(aside, sizeof(aside), "%s.damaged", path);
    close(outbox->fd);
    outbox->fd = rename(path, aside) ? -1 : open_locked(path, status);
    return outbox->fd < 0 ? -1 : 0;
}

struct outbox *outbox_open(const char *path, size_t bytes, struct problem *problem)
{
    struct outbox *outbox = calloc(1, sizeof(*outbox));
    struct stat status;
    if (!outbox) {
        problem_set(problem, "no-memory", path, "no memory");
        return NULL;
    }
    bytes &= ~(size_t)15;
    outbox->fd = open_locked(path, &status);
    int error = outbox->fd < 0 ? -1 : load(outbox, (uint64_t)status.st_size, bytes);
    if (error == 1) {
        error = status.st_size && set_aside(outbox, path, &status) ? -1 : make_new(outbox, bytes);
    }
    if (error) {
        problem_errno(problem, "outbox", path, "cannot open the outbox %s", path);
        outbox_free(outbox);
        return NULL;
    }
    return outbox;
}

void outbox_free(struct outbox *outbox)
{
    if (!outbox)
        return;
    if (outbox->header)
        munmap(outbox->header, outbox->header->room + HEADER_BYTES);
    if (outbox->fd >= 0)
        close(outbox->fd);
    free(outbox);
}

int outbox_glance(const char *path)
{
    struct outbox outbox = { .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) };
    struct stat status;
    int found = -1;
    if (outbox.fd < 0)
        return -1;
    if (!fstat(outbox.fd, &status) && status.st_size > HEADER_BYTES) {
        const size_t bytes = (size_t)status.st_size;
        void *data = mmap(NULL, bytes, PROT_READ, MAP_SHARED, outbox.fd, 0);
        if (data != MAP_FAILED) {
            struct header header = *(const struct header *)data; /* one look: it may be written meanwhile */
            outbox.header = &header;
            outbox.ring = (uint8_t *)data + HEADER_BYTES;
            if (header_is_good(&header, bytes))
                found = record_at(&outbox, header.head)->bytes == PAD ||
                        record_is_whole(&outbox, header.head, header.forgotten);
            munmap(data, bytes);
        }
    }
    close(outbox.fd);
    return found;
}

/* As after another boot. */
int outbox_put_back(const char *path)
{
    static const char no_boot[BOOT_BYTES];
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return -1;
    ssize_t written = pwrite(fd, no_boot, sizeof(no_boot), offsetof(struct header, boot));
    return close(fd) || written != sizeof(no_boot) ? -1 : 0;
}

uint64_t outbox_id(const struct outbox *outbox)
{
    return outbox->header->id;
}

int outbox_put(struct outbox *outbox, const void *data, size_t bytes, uint64_t *ret_sequence)
{
    struct header *header = outbox->header;
    uint64_t offset = outbox->tail, need = record_room(bytes), end = to_ring_end(outbox, offset);
    uint64_t pad = end < need ? end : 0;
    if (bytes > OUTBOX_RECORD_BYTES || offset - header->head + pad + need >= header->room) {
        header->dropped++;
        return -1;
    }
    struct record *record = record_at(outbox, offset + pad);
    record->bytes = (uint32_t)bytes;
    record->sequence = header->next;
    memcpy(record + 1, data, bytes);
    record->check = record_check(record);
    /* The pad after the record that it leads to: a kill in between leaves nothing that looks like the next record. */
    if (pad)
        record_at(outbox, offset)->bytes = PAD;
    outbox->tail = offset + pad + need;
    outbox->waiting++;
    *ret_sequence = header->next++;
    return 0;
}

/* The file was mapped shared: what was written there belongs to it. */
int outbox_sync(struct outbox *outbox)
{
    return fdatasync(outbox->fd);
}

struct outbox_place outbox_oldest(const struct outbox *outbox)
{
    return (struct outbox_place){ .offset = outbox->header->head };
}

int outbox_read(const struct outbox *outbox, struct outbox_place *place, struct outbox_record *ret)
{
    if (place->offset < outbox->header->head)
        place->offset = outbox->header->head;
    if (place->offset == outbox->tail)
        return -1;
    if (record_at(outbox, place->offset)->bytes == PAD)
        place->offset += to_ring_end(outbox, place->offset);
    const struct record *record = record_at(outbox, place->offset);
    *ret = (struct outbox_record){ record->sequence, record + 1, record->bytes };
    place->offset += record_room(record->bytes);
    return 0;
}

/* Audit has these, personal fields sealed: here nothing may be left of them. Each stays a record that checks, so that
 * after a power cut, when the head may be an older one, the way leads past it; audit knows that sequence already. */
static void clear(struct outbox *outbox, uint64_t from, uint64_t to)
{
    while (from < to) {
        if (record_at(outbox, from)->bytes == PAD)
            from += to_ring_end(outbox, from);
        struct record *record = record_at(outbox, from);
        memset(record + 1, 0, record->bytes);
        record->check = record_check(record);
        from += record_room(record->bytes);
    }
}

void outbox_forget(struct outbox *outbox, uint64_t through)
{
    struct outbox_place place = outbox_oldest(outbox), before = place;
    struct outbox_record record;
    if (through >= outbox->header->next)
        through = outbox->header->next - 1;
    if (through <= outbox->header->forgotten)
        return;
    while (!outbox_read(outbox, &place, &record) && record.sequence <= through) {
        before = place;
        outbox->waiting--;
    }
    /* In this order: a kill in between must not make a record that waits look like one of an earlier lap. The ring is
     * never quite full, so what lies at its tail was forgotten before this call. */
    const uint64_t from = outbox->header->head;
    __atomic_store_n(&outbox->header->head, before.offset, __ATOMIC_RELEASE);
    __atomic_store_n(&outbox->header->forgotten, through, __ATOMIC_RELEASE);
    clear(outbox, from, before.offset);
}

uint64_t outbox_waiting(const struct outbox *outbox)
{
    return outbox->waiting;
}

uint64_t outbox_waiting_bytes(const struct outbox *outbox)
{
    return outbox->tail - outbox->header->head;
}

uint64_t outbox_dropped(const struct outbox *outbox)
{
    return outbox->header->dropped;
}

void outbox_dropped_said(struct outbox *outbox, uint64_t count)
{
    outbox->header->dropped -= count;
}
