/*
 * backup_floor DIR FOLDER: what the primitives of a full backup of DIR cost a processor, each done alone on the same
 * bytes: read, cut, name (ghash), sum, compress, encrypt, hash, write to FOLDER. Prints seconds of CPU, a line each.
 *
 * Nothing else is in them: no walk's order, no entries, no caches, no threads, no copy from one place to the next.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "agent/backup/batch.h"
#include "lib/envelope/key.h"
#include "lib/repository/chunker.h"
#include "lib/repository/segment.h"
#include "lib/repository/sum.h"
#include "lib/sha256.h"

#define FILE_BYTES_MAX (64u << 20)

enum primitive { READ, CUT, NAME, SUM, COMPRESS, ENCRYPT, HASH, WRITE, PRIMITIVES };
static const char *const words[PRIMITIVES] = { "read", "cut", "name", "sum", "compress", "encrypt", "hash", "write" };
static double spent_s[PRIMITIVES];

static struct ghash *naming;
static struct packer *packer;
static struct gathered {
    uint8_t *data;
    size_t length;
} sorts[SORT_COUNT];
static size_t gathered;
static struct segment segment;
static struct envelope_key *recipient;
static const char *folder;
static unsigned n_segments;

static void must(bool held, const char *what)
{
    if (held)
        return;
    perror(what);
    exit(1);
}

static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void write_segment(const struct sealed *sealed)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%u", folder, n_segments++);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0440);
    must(writev(fd, sealed->parts, 3) == (ssize_t)sealed->bytes && !close(fd), path);
}

/* Sealing encrypts and hashes; what the hash costs is measured once more, and taken off. */
static void end_segment(void)
{
    struct sealed sealed;
    struct sha256 sha256;
    uint8_t hash[SHA256_BYTES];
    const struct envelope_key *const recipients[] = { recipient, recipient };
    double began_s = cpu_s();
    must(!segment_seal(&segment, &(struct sealing){ recipients, 2, "floor" }, &sealed, NULL), "seal");
    double sealed_s = cpu_s();
    sha256_begin(&sha256);
    for (size_t i = 0; i < 3; i++)
        sha256_add(&sha256, sealed.parts[i].iov_base, sealed.parts[i].iov_len);
    sha256_end(&sha256, hash);
    double hash_s = cpu_s() - sealed_s;
    spent_s[HASH] += hash_s;
    spent_s[ENCRYPT] += sealed_s - began_s - hash_s;
    began_s = cpu_s();
    write_segment(&sealed);
    spent_s[WRITE] += cpu_s() - began_s;
    sealed_free(&sealed);
    segment_begin(&segment, &(struct context){ .agent = 7, .kind = SEGMENT_CHUNKS });
}

static void pack_all(void)
{
    static uint8_t *packed;
    size_t room = frame_bound(BATCH_BYTES);
    uint32_t offset;
    if (!packed)
        packed = malloc(room);
    for (int sort = 0; sort < SORT_COUNT; sort++) {
        for (size_t at = 0; at < sorts[sort].length; at += BATCH_BYTES) {
            size_t left = sorts[sort].length - at, bytes = left < BATCH_BYTES ? left : BATCH_BYTES;
            double began_s = cpu_s();
            size_t n = frame_pack(packer, sort_frame(sort), sorts[sort].data + at, bytes, packed, room);
            spent_s[COMPRESS] += cpu_s() - began_s;
            if (segment_add(&segment, packed, n, &offset)) {
                end_segment();
                must(!segment_add(&segment, packed, n, &offset), "segment");
            }
        }
        sorts[sort].length = 0;
    }
    gathered = 0;
}

static size_t read_file(const char *path, uint8_t *data)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t bytes = 0;
    struct stat status;
    must(fd >= 0 && !fstat(fd, &status) && (uint64_t)status.st_size < FILE_BYTES_MAX, path);
    for (ssize_t n; (n = pread(fd, data + bytes, FILE_BYTES_MAX - bytes, (off_t)bytes)) > 0;)
        bytes += (size_t)n;
    close(fd);
    return bytes;
}

static int take(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    static uint8_t *data;
    uint8_t id[GHASH_BYTES];
    (void)where;
    if (kind != FTW_F)
        return 0;
    if (!data)
        data = malloc(FILE_BYTES_MAX);
    double began_s = cpu_s();
    size_t bytes = read_file(path, data);
    spent_s[READ] += cpu_s() - began_s;
    struct chunker chunker = chunker_for((uint64_t)status->st_size);
    for (size_t at = 0, cut; at < bytes; at += cut) {
        began_s = cpu_s();
        cut = bytes <= CHUNK_WHOLE_MAX ? bytes : chunker_cut(&chunker, data + at, bytes - at);
        double cut_s = cpu_s();
        must(!ghash(naming, data + at, cut, id), "name");
        double named_s = cpu_s();
        sum_of(data + at, cut);
        spent_s[CUT] += cut_s - began_s;
        spent_s[NAME] += named_s - cut_s;
        spent_s[SUM] += cpu_s() - named_s;
        struct gathered *sort = &sorts[sort_of(data + at, cut)];
        memcpy(sort->data + sort->length, data + at, cut);
        sort->length += cut;
        gathered += cut;
        if (gathered >= BATCH_BYTES)
            pack_all();
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct buf pem = { 0 };
    if (argc != 3)
        return 2;
    folder = argv[2];
    crypto_open();
    naming = ghash_new((const uint8_t[SECRET_BYTES]){ 1 });
    packer = packer_make();
    must(naming && packer && !segment_make(&segment, SEGMENT_BYTES_MAX), "memory");
    for (int sort = 0; sort < SORT_COUNT; sort++)
        must((sorts[sort].data = malloc(BATCH_BYTES + CHUNK_BYTES_MAX)), "memory");
    must(!envelope_key_make(ENVELOPE_KEY_P256, &pem, NULL), "key");
    recipient = envelope_key_private(pem.data, pem.length, NULL);
    segment_begin(&segment, &(struct context){ .agent = 7, .kind = SEGMENT_CHUNKS });
    must(!nftw(argv[1], take, 32, FTW_PHYS), argv[1]);
    pack_all();
    end_segment();
    for (int i = 0; i < PRIMITIVES; i++)
        printf("%s %.3f\n", words[i], spent_s[i]);
    return 0;
}
