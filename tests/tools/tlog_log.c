/*
 * Logs for tests, made and verified by lib/tlog: `tlog_log COMMAND DIR …`.
 *
 *   make DIR SIZE            a log of so many entries; the same entries for each size, so that each is a beginning of
 * the next verify DIR               checkpoint, vkey and everything below tile/; one line of what holds, or what is
 * wrong and where flip DIR COUNT SEED      verify with one byte altered, COUNT times at random by SEED, or each byte
 * once if COUNT is 0; says how many were not noticed, and ends with status 1 unless that is none
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/tlog/check.h"
#include "lib/tlog/directory.h"
#include "lib/tlog/edge.h"
#include "lib/tlog/receipt.h"

#define ORIGIN "log.example/test"

static void die(const char *what)
{
    fprintf(stderr, "tlog_log: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void fail(const struct problem *problem)
{
    fprintf(stderr, "tlog_log: %s: %s\n", problem->field, problem->reason);
    exit(1);
}

/* In the working directory, with the folders on the way. */
static void put(const char *path, const void *data, size_t bytes)
{
    char folder[TLOG_PATH_BYTES];
    for (const char *slash = path; (slash = strchr(slash, '/')); slash++) {
        snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
        mkdir(folder, 0755);
    }
    FILE *file = fopen(path, "w");
    if (!file || fwrite(data, 1, bytes, file) != bytes || fclose(file))
        die(path);
}

static int put_tile(void *arg, const struct tlog_tile *tile, const uint8_t *hashes)
{
    (void)arg;
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(tile, path);
    put(path, hashes, tile->width * TLOG_HASH_BYTES);
    return 0;
}

static void put_bundle(uint64_t size, uint64_t number, struct buf *bundle)
{
    const struct tlog_tile tile = { TLOG_BUNDLE, tlog_tile_width(size, TLOG_BUNDLE, number), number };
    char path[TLOG_PATH_BYTES];
    tlog_tile_path(&tile, path);
    put(path, bundle->data, bundle->length);
    buf_clear(bundle);
}

/* A key for tests and nothing else; its public half goes to a file. */
static struct tlog_signer make_signer(const char *name, enum tlog_algorithm algorithm, const char *file)
{
    uint8_t seed[ED25519_SEED_BYTES];
    struct tlog_signer signer;
    struct problem problem;
    char vkey[TLOG_VKEY_BYTES];
    crypto_sha256(name, strlen(name), seed);
    if (tlog_signer_make(name, algorithm, seed, &signer, &problem))
        fail(&problem);
    tlog_vkey_format(&signer.vkey, vkey);
    put(file, vkey, strlen(vkey));
    return signer;
}

static void put_checkpoint(const struct tlog_tree *tree)
{
    const struct tlog_signer signer = make_signer(ORIGIN, TLOG_ED25519, "vkey");
    struct tlog_checkpoint checkpoint = { ORIGIN, tree->size, { 0 } };
    struct buf note = { 0 };
    tlog_root(tree, checkpoint.root);
    if (tlog_checkpoint_sign(&note, &checkpoint, &signer))
        die("checkpoint");
    put("checkpoint", note.data, note.length);
    buf_free(&note);
}

static int make(char **argv)
{
    static struct tlog_edge edge;
    uint64_t size = strtoull(argv[1], NULL, 10);
    struct buf bundle = { 0 };
    if ((mkdir(argv[0], 0755) && errno != EEXIST) || chdir(argv[0]))
        die(argv[0]);
    for (uint64_t i = 0; i < size; i++) {
        uint8_t leaf[TLOG_HASH_BYTES];
        char entry[64];
        /* Of many lengths; the first is empty. */
        int bytes = snprintf(entry, sizeof(entry), "%" PRIu64 "%.*s", i, (int)(i * 7 % 17), "-----------------");
        bytes = i ? bytes : 0;
        tlog_leaf(entry, (size_t)bytes, leaf);
        if (tlog_bundle_append(&bundle, entry, (size_t)bytes) || tlog_edge_append(&edge, leaf, put_tile, NULL))
            die("append");
        if (i % TLOG_TILE_WIDTH == TLOG_TILE_WIDTH - 1 || i == size - 1)
            put_bundle(size, i / TLOG_TILE_WIDTH, &bundle);
    }
    tlog_edge_partials(&edge, put_tile, NULL);
    put_checkpoint(&edge.tree);
    buf_free(&bundle);
    return 0;
}

/* A log as it is read, with one byte of one file altered on the way. */
struct log {
    struct tlog_directory directory;
    struct tlog_source stored;
    char *texts[2]; /* checkpoint, vkey */
    size_t text_bytes[2];
    char path[TLOG_PATH_BYTES]; /* of the tile whose byte at offset is altered by mask; "" for none */
    size_t offset;
    uint8_t mask;
};

static int read_altered(
    void *arg, const struct tlog_tile *tile, const uint8_t **ret, size_t *ret_bytes, struct problem *problem)
{
    struct log *log = arg;
    char path[TLOG_PATH_BYTES];
    int error = log->stored.read(log->stored.arg, tile, ret, ret_bytes, problem);
    tlog_tile_path(tile, path);
    if (!error && !strcmp(path, log->path))
        log->directory.bytes[log->offset] ^= log->mask;
    return error;
}

static int verify_log(struct log *log, struct tlog_checkpoint *ret, struct problem *problem)
{
    struct tlog_checked checked;
    struct tlog_vkey key;
    if (tlog_vkey_parse(log->texts[1], &key, problem) ||
        tlog_checkpoint_open(log->texts[0], log->text_bytes[0], &key, ret, NULL, problem))
        return -1;
    log->stored = tlog_directory_source(&log->directory, ret->size);
    const struct tlog_source source = { ret->size, read_altered, log };
    return tlog_check(&source, ret, 0, &checked, problem);
}

static struct log open_log(const char *path)
{
    struct log log = { 0 };
    struct problem problem;
    if (tlog_directory_open(path, &log.directory, &problem) ||
        tlog_directory_text(
            &log.directory, "checkpoint", TLOG_NOTE_BYTES, &log.texts[0], &log.text_bytes[0], &problem) ||
        tlog_directory_text(&log.directory, "vkey", TLOG_VKEY_BYTES, &log.texts[1], &log.text_bytes[1], &problem))
        fail(&problem);
    return log;
}

static void close_log(struct log *log)
{
    free(log->texts[0]);
    free(log->texts[1]);
    tlog_directory_close(&log->directory);
}

static int print_receipt(char **argv)
{
    struct log log = open_log(argv[0]);
    struct tlog_receipt receipt = { .index = strtoull(argv[1], NULL, 10) };
    struct tlog_checkpoint checkpoint;
    struct tlog_note note;
    struct problem problem;
    struct buf cosigned = { 0 }, text = { 0 };
    if (tlog_note_parse(log.texts[0], log.text_bytes[0], &note, &problem) ||
        tlog_checkpoint_parse(note.text, note.text_bytes, &checkpoint, &problem))
        fail(&problem);
    const struct tlog_source source = tlog_directory_source(&log.directory, checkpoint.size);
    if (tlog_prove_inclusion(&source, receipt.index, checkpoint.size, &receipt.proof, &problem))
        fail(&problem);
    if (chdir(argv[0]))
        die(argv[0]);
    buf_text(&cosigned, log.texts[0]);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "witness.example/1" : "witness.example/0";
        const struct tlog_signer witness = make_signer(name, TLOG_COSIGNATURE, i ? "witness1" : "witness0");
        tlog_note_sign(&cosigned, note.text, note.text_bytes, &witness, 1700000000 + i);
    }
    receipt.checkpoint = cosigned.data;
    receipt.checkpoint_bytes = cosigned.length;
    if (cosigned.failed || tlog_receipt_format(&text, &receipt))
        die("receipt");
    fputs(text.data, stdout);
    buf_free(&cosigned);
    buf_free(&text);
    close_log(&log);
    return 0;
}

static int verify(char **argv)
{
    struct log log = open_log(argv[0]);
    struct tlog_checkpoint checkpoint;
    struct problem problem;
    if (verify_log(&log, &checkpoint, &problem))
        fail(&problem);
    printf("%s holds: %" PRIu64 " entries\n", checkpoint.origin, checkpoint.size);
    close_log(&log);
    return 0;
}

/* The length of a tile or bundle as it is stored. */
static size_t length_of(struct log *log, const struct tlog_tile *tile)
{
    const uint8_t *data;
    struct problem problem;
    size_t bytes;
    if (log->stored.read(log->stored.arg, tile, &data, &bytes, &problem))
        fail(&problem);
    return bytes;
}

static unsigned flips, missed;

static void expect_noticed(struct log *log, const char *where, size_t offset)
{
    struct tlog_checkpoint checkpoint;
    struct problem problem;
    flips++;
    if (verify_log(log, &checkpoint, &problem))
        return;
    missed++;
    printf("byte %zu of %s may be altered\n", offset, where);
}

static void flip_text(struct log *log, int which, size_t offset, uint8_t mask)
{
    log->texts[which][offset] ^= (char)mask;
    expect_noticed(log, which ? "vkey" : "checkpoint", offset);
    log->texts[which][offset] ^= (char)mask;
}

static void flip_tile(struct log *log, const struct tlog_tile *tile, size_t offset, uint8_t mask)
{
    tlog_tile_path(tile, log->path);
    log->offset = offset;
    log->mask = mask;
    expect_noticed(log, log->path, offset);
    log->path[0] = '\0';
}

static struct tlog_tile tile_at(const struct log *log, int level, uint64_t number)
{
    return (struct tlog_tile){ level, tlog_tile_width(log->stored.size, level, number), number };
}

static void flip_each(struct log *log)
{
    for (int which = 0; which < 2; which++) {
        for (size_t i = 0; i < log->text_bytes[which]; i++)
            flip_text(log, which, i, (uint8_t)(1 << i % 8));
    }
    for (int level = TLOG_BUNDLE; level < TLOG_LEVELS; level++) {
        for (uint64_t n = 0; n < tlog_tile_count(log->stored.size, level); n++) {
            const struct tlog_tile tile = tile_at(log, level, n);
            size_t bytes = length_of(log, &tile);
            for (size_t i = 0; i < bytes; i++)
                flip_tile(log, &tile, i, (uint8_t)(1 << i % 8));
        }
    }
}

/* Levels by turns: drawn by bytes, the few tiles above the lowest level would hardly ever be. */
static void flip_some(struct log *log, unsigned count)
{
    int levels = 1;
    while (levels < TLOG_LEVELS && tlog_tile_count(log->stored.size, levels))
        levels++;
    for (unsigned i = 0; i < count; i++) {
        int level = (int)(i % (unsigned)(levels + 2)) - 2; /* -2: checkpoint */
        uint8_t mask = (uint8_t)(1 << rand() % 8);
        if (level < TLOG_BUNDLE) {
            flip_text(log, 0, (size_t)rand() % log->text_bytes[0], mask);
        } else {
            const struct tlog_tile tile =
                tile_at(log, level, (uint64_t)rand() % tlog_tile_count(log->stored.size, level));
            flip_tile(log, &tile, (size_t)rand() % length_of(log, &tile), mask);
        }
    }
}

static int flip(char **argv)
{
    struct log log = open_log(argv[0]);
    struct tlog_checkpoint checkpoint;
    struct problem problem;
    unsigned count = (unsigned)strtoul(argv[1], NULL, 10);
    if (verify_log(&log, &checkpoint, &problem))
        fail(&problem);
    srand((unsigned)strtoul(argv[2], NULL, 10));
    if (count)
        flip_some(&log, count);
    else
        flip_each(&log);
    printf("%u bytes altered, %u not noticed\n", flips, missed);
    close_log(&log);
    return missed ? 1 : 0;
}

static const struct {
    const char *name;
    int arguments;
    int (*run)(char **argv);
} commands[] = {
    { "make", 2, make },
    { "receipt", 2, print_receipt },
    { "verify", 1, verify },
    { "flip", 3, flip },
};

int main(int argc, char **argv)
{
    crypto_open();
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (argc == 2 + commands[i].arguments && !strcmp(argv[1], commands[i].name))
            return commands[i].run(argv + 2);
    }
    return 2;
}
