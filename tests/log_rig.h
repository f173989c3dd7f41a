/* A class of the log in a directory, as audit makes it but for the tiles of hashes: for what reads entries only. */
#ifndef VEDETTE_LOG_RIG_H
#define VEDETTE_LOG_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/buf.h"
#include "lib/event/event.h"
#include "lib/files.h"
#include "lib/tlog/bundle.h"
#include "lib/tlog/checkpoint.h"

struct log_rig {
    char directory[256];
    enum class class;
    uint64_t size;
    struct buf bundle; /* the newest one, as far as it goes */
    struct tlog_signer signer;
};

static inline void log_rig_must(int error, const char *what)
{
    if (error) {
        perror(what);
        exit(1);
    }
}

/* With the directories above it. */
static inline void log_rig_write(const struct log_rig *rig, const char *name, const void *data, size_t bytes)
{
    char path[400];
    snprintf(path, sizeof(path), "%.255s/%.100s", rig->directory, name);
    FILE *file = fopen(path, "we");
    for (char *at = path; !file && (at = strchr(at + 1, '/'));) {
        *at = '\0';
        mkdir(path, 0755);
        *at = '/';
    }
    if (!file)
        file = fopen(path, "we");
    log_rig_must(!file || fwrite(data, 1, bytes, file) != bytes || fclose(file), path);
}

static inline void log_rig_open(struct log_rig *rig, const char *directory, enum class class)
{
    char name[64], vkey[TLOG_VKEY_BYTES];
    *rig = (struct log_rig){ .class = class, .bundle = { .limit_bytes = TLOG_BUNDLE_BYTES } };
    snprintf(rig->directory, sizeof(rig->directory), "%s", directory);
    snprintf(name, sizeof(name), "log.test/%s", class_words[class]);
    log_rig_must(
        tlog_signer_make(name, TLOG_ED25519, (const uint8_t[ED25519_SEED_BYTES]){ 1 }, &rig->signer, NULL), "signer");
    tlog_vkey_format(&rig->signer.vkey, vkey);
    log_rig_write(rig, "vkey", vkey, strlen(vkey));
}

static inline void log_rig_write_bundle(const struct log_rig *rig, uint64_t number, unsigned width)
{
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(&(struct tlog_tile){ TLOG_BUNDLE, width, number }, path);
    log_rig_write(rig, path, rig->bundle.data, rig->bundle.length);
}

static inline void log_rig_add_text(struct log_rig *rig, const char *text, size_t bytes)
{
    log_rig_must(tlog_bundle_append(&rig->bundle, text, bytes), "bundle");
    if (++rig->size % TLOG_TILE_WIDTH)
        return;
    log_rig_write_bundle(rig, rig->size / TLOG_TILE_WIDTH - 1, TLOG_TILE_WIDTH);
    buf_clear(&rig->bundle);
}

/* As good as random, and always the same (splitmix64). */
static inline void log_rig_salt(uint64_t sequence, uint8_t ret[EVENT_SALT_BYTES])
{
    for (size_t i = 0; i < EVENT_SALT_BYTES; i += sizeof(uint64_t)) {
        uint64_t mixed = (2 * sequence + i) * 0x9e3779b97f4a7c15u;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
        mixed ^= mixed >> 31;
        memcpy(ret + i, &mixed, sizeof(mixed));
    }
}

/* The event's class and sequence are set here. */
static inline void log_rig_add(struct log_rig *rig, struct bus_event *event)
{
    struct buf text = { 0 };
    uint8_t salt[EVENT_SALT_BYTES];
    event->class = rig->class;
    event->sequence = rig->size;
    log_rig_salt(rig->size, salt);
    log_rig_must(event_compose(&text, event, "ingest", salt), "entry");
    log_rig_add_text(rig, text.data, text.length);
    buf_free(&text);
}

/* Make what was added part of the log. The root is nobody's: whoever only reads entries does not look at it. */
static inline void log_rig_checkpoint(struct log_rig *rig)
{
    struct tlog_checkpoint checkpoint = { .size = rig->size };
    struct buf note = { 0 };
    char path[400];
    if (rig->size % TLOG_TILE_WIDTH)
        log_rig_write_bundle(rig, rig->size / TLOG_TILE_WIDTH, (unsigned)(rig->size % TLOG_TILE_WIDTH));
    strcpy(checkpoint.origin, rig->signer.vkey.name);
    log_rig_must(tlog_checkpoint_sign(&note, &checkpoint, &rig->signer), "checkpoint");
    snprintf(path, sizeof(path), "%.255s/checkpoint", rig->directory);
    log_rig_must(file_write(path, note.data, note.length, 0644, NULL), path);
    buf_free(&note);
}

static inline void log_rig_close(struct log_rig *rig)
{
    buf_free(&rig->bundle);
}

#endif
