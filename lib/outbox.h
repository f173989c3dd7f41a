/*
 * Events that wait for audit's acknowledgement: a ring in a memory-mapped file.
 *
 * What was put is in the page cache, so it survives kill -9 of the process; each record is checked when the file is
 * opened again. A power failure may lose the newest records, but no sequence is ever given to two events.
 * One process at a time has it open (it is locked); one thread.
 */
#ifndef VEDETTE_OUTBOX_H
#define VEDETTE_OUTBOX_H

#include <stddef.h>
#include <stdint.h>

struct problem;
struct outbox;

#define OUTBOX_RECORD_BYTES 65535   /* the longest record: an entry of the log */

/* Opens or makes the file with room for `bytes`. A file that is not an outbox is set aside as PATH.damaged, and a new
 * outbox, with a new id, begins. NULL + problem. */
struct outbox *outbox_open(const char *path, size_t bytes, struct problem *);
void outbox_free(struct outbox *);

/* Whether anything waits in the outbox in this file, which its producer may have open: a glance, and only true for that
 * moment. -1: there is none. */
int outbox_glance(const char *path);
/* The file was put back from a copy, and its producer may have given out more sequences since: none is used again. -1
 * + errno. */
int outbox_put_back(const char *path);

/* Distinguishes this file from any other that the same producer ever had. */
uint64_t outbox_id(const struct outbox *);

/* 0 and the sequence it got (rising, the first is 1, not always by one), or -1: full, counted as dropped. */
int outbox_put(struct outbox *, const void *data, size_t bytes, uint64_t *ret_sequence);

/* What was put survives a power failure from now on. -1: the disk fails. */
int outbox_sync(struct outbox *);

struct outbox_record {
    uint64_t sequence;
    const void *data;       /* valid until it is forgotten */
    size_t bytes;
};

/* A place in the ring. The oldest record: outbox_oldest. Past the newest, outbox_read gives -1 and may be tried again
 * later; else the record, and the place moves on. */
struct outbox_place {
    uint64_t offset;
};
struct outbox_place outbox_oldest(const struct outbox *);
int outbox_read(const struct outbox *, struct outbox_place *, struct outbox_record *ret);

/* Everything up to this sequence is acknowledged. */
void outbox_forget(struct outbox *, uint64_t through);

uint64_t outbox_waiting(const struct outbox *);
uint64_t outbox_waiting_bytes(const struct outbox *);

/* How many did not fit since the last outbox_dropped_said. */
uint64_t outbox_dropped(const struct outbox *);
void outbox_dropped_said(struct outbox *, uint64_t count);

#endif
