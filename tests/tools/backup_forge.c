/*
 * backup_forge FOLDER SIGN.key RECOVERY.pub AGENT BACKUP ENTRIES TIMES
 *
 * A backup as only a machine that was taken over would write it, in a target that is a folder. Standard input: how many
 * bytes of contents there are (a line), these, and the tree's records as they are to stand there, so many TIMES.
 * Contents are one frame of the first segment, the records are a frame each time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/problem.h"
#include "lib/repository/frame.h"
#include "lib/repository/manifest.h"
#include "lib/sha256.h"
#include "tests/prune/maker.h"

#define INPUT_MAX (8u << 20)
#define SEGMENTS_MAX 64

static struct commit_segment segments[SEGMENTS_MAX];
static struct commit commit = {
    .class = BACKUP_CLASS_MANUAL, .slot = 20000, .kept_until = 40000, .segments = segments
};
static struct maker maker;
static const struct envelope_key *recipient;
static struct sealing sealing = { .recipients = &recipient, .n = 1 };
static struct segment segment;

static void must(bool held, const char *what)
{
    if (held)
        return;
    fprintf(stderr, "backup_forge: %s\n", what);
    exit(1);
}

static void put(const char *name, const struct sealed *sealed)
{
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    for (int i = 0; i < 3; i++)
        must(!buf_append(&object, sealed->parts[i].iov_base, sealed->parts[i].iov_len), "memory");
    maker_object(&maker, name, object.data, object.length, object.length, time(NULL));
    buf_free(&object);
}

static void begin(enum segment_kind kind)
{
    struct context context = { .agent = commit.agent, .kind = (char)kind };
    memcpy(context.backup, commit.backup, BACKUP_BYTES);
    segment_begin(&segment, &context);
}

static void end(enum segment_kind kind)
{
    struct sealed sealed;
    char name[OBJECT_NAME_BYTES];
    must(commit.n_segments < SEGMENTS_MAX && !segment_seal(&segment, &sealing, &sealed, NULL), "segment");
    name_segment(name, commit.agent, sealed.sha256);
    put(name, &sealed);
    struct commit_segment *line = &segments[commit.n_segments++];
    *line = (struct commit_segment){ .kind = kind, .bytes = sealed.bytes, .live_bytes = sealed.bytes };
    line->marked = true;
    memcpy(line->sha256, sealed.sha256, SHA256_BYTES);
    memcpy(line->mark, sealed.bulk.mark, BULK_MARK_BYTES);
    sealed_free(&sealed);
}

static void put_frames(enum segment_kind kind, const uint8_t *data, size_t bytes, unsigned long times)
{
    struct packer *packer = packer_make();
    size_t room = frame_bound(bytes);
    uint8_t *frame = malloc(room);
    must(packer && frame, "memory");
    size_t packed = frame_pack(packer, FRAME_CHECKED, data, bytes, frame, room);
    uint32_t offset;
    begin(kind);
    for (; times; times--) {
        if (!segment_add(&segment, frame, packed, &offset))
            continue;
        end(kind);
        begin(kind);
        must(!segment_add(&segment, frame, packed, &offset), "a frame");
    }
    end(kind);
    free(frame);
    packer_free(packer);
}

static void put_manifest(const uint8_t *tree, size_t bytes, unsigned long times)
{
    struct manifest manifest = { .hostname = "forged", .tree_bytes = bytes * times };
    struct segment room;
    struct sealed sealed;
    struct sha256 sha256;
    char name[OBJECT_NAME_BYTES];
    sha256_begin(&sha256);
    for (unsigned long i = 0; i < times; i++)
        sha256_add(&sha256, tree, bytes);
    sha256_end(&sha256, manifest.tree_sha256);
    must(!manifest_seal(&manifest, &commit, &sealing, &room, &sealed, NULL), "manifest");
    memcpy(commit.manifest, sealed.sha256, SHA256_BYTES);
    commit.manifest_bytes = sealed.bytes;
    name_of_backup(name, commit.agent, OBJECT_MANIFEST, commit.backup);
    put(name, &sealed);
    sealed_free(&sealed);
    segment_free(&room);
}

static void put_commit(const struct envelope_key *signer)
{
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    char name[OBJECT_NAME_BYTES];
    commit.began_ms = commit.ended_ms = time(NULL) * 1000;
    must(!commit_sign(&commit, signer, &object, NULL), "commit");
    name_of_backup(name, commit.agent, OBJECT_COMMIT, commit.backup);
    maker_object(&maker, name, object.data, object.length, object.length, time(NULL));
    buf_free(&object);
}

int main(int argc, char **argv)
{
    static uint8_t input[INPUT_MAX];
    struct problem problem;
    size_t contents;
    must(argc == 8, "usage");
    struct envelope_key *signer = envelope_key_load(argv[2], &problem);
    struct envelope_key *owner = signer ? envelope_key_public_load(argv[3], &problem) : NULL;
    must(signer && owner, problem.reason);
    recipient = owner;
    sealing.owner = envelope_key_fingerprint(signer);
    snprintf(maker.folder, sizeof(maker.folder), "%s", argv[1]);
    memset(commit.deployment, '0', sizeof(commit.deployment) - 1);
    commit.agent = (uint32_t)strtoul(argv[4], NULL, 10);
    snprintf(commit.backup, sizeof(commit.backup), "%s", argv[5]);
    commit.files = strtoull(argv[6], NULL, 10);
    unsigned long times = strtoul(argv[7], NULL, 10);
    must(scanf("%zu", &contents) == 1 && getchar() == '\n', "input");
    size_t bytes = fread(input, 1, sizeof(input), stdin);
    must(contents <= bytes && !segment_make(&segment, SEGMENT_BYTES_MAX), "input");
    maker_agent(&maker, commit.agent);
    put_frames(SEGMENT_CHUNKS, input, contents, 1);
    put_frames(SEGMENT_TREE, input + contents, bytes - contents, times);
    put_manifest(input + contents, bytes - contents, times);
    put_commit(signer);
    segment_free(&segment);
    envelope_key_free(signer);
    envelope_key_free(owner);
    return 0;
}
