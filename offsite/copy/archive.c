#include "offsite/copy/archive.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/calendar/civil.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/repository/manifest.h"
#include "lib/repository/retention.h"
#include "lib/repository/sum.h"
#include "lib/repository/tree.h"

#define CONTENTS_BYTES (4u << 20) /* of a segment: smaller than agents', for there are seven of us on a machine */
#define TREE_BYTES (1u << 20)
#define RECORDS_BYTES (256u << 10) /* from here on they are packed; a record has at most TREE_RECORD_MAX */
#define PIECES_AT_ONCE 1024

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to back up with");
}

static void describe(struct archive *archive, enum backup_class class, const char *deployment)
{
    struct commit *commit = &archive->commit;
    uint8_t id[(BACKUP_BYTES - 1) / 2], hash[SHA256_BYTES];
    crypto_random(id, sizeof(id));
    crypto_hex(id, sizeof(id), commit->backup);
    crypto_sha256(deployment, strlen(deployment), hash);
    crypto_hex(hash, (DEPLOYMENT_ID_BYTES - 1) / 2, commit->deployment);
    commit->agent = server_set_number(archive->spool->set);
    commit->class = class;
    commit->began_ms = clock_wall_ms();
    commit->slot = civil_day_of(commit->began_ms / 1000);
    commit->kept_until = retention_kept_until(&retention_rules.spans[commit->class], commit->slot);
}

int archive_begin(struct archive *archive, enum backup_class class, const struct copy_keys *keys, struct spool *spool,
    const char *deployment, struct problem *problem)
{
    *archive = (struct archive){ .keys = keys, .spool = spool, .packer = packer_make() };
    archive->packed.limit_bytes = frame_bound(ARCHIVE_CHUNK_BYTES);
    archive->records.limit_bytes = RECORDS_BYTES + TREE_RECORD_MAX;
    sha256_begin(&archive->hash);
    describe(archive, class, deployment);
    if (archive->packer && !segment_make(&archive->contents.segment, CONTENTS_BYTES) &&
        !segment_make(&archive->tree.segment, TREE_BYTES))
        return 0;
    archive_free(archive);
    return no_memory(problem);
}

void archive_free(struct archive *archive)
{
    packer_free(archive->packer);
    segment_free(&archive->contents.segment);
    segment_free(&archive->tree.segment);
    buf_free(&archive->packed);
    buf_free(&archive->records);
    commit_free(&archive->commit);
    *archive = (struct archive){ 0 };
}

static int add_line(
    struct archive *archive, const struct commit_segment *segment, uint32_t *ret_line, struct problem *problem)
{
    struct commit *commit = &archive->commit;
    if (commit->n_segments == archive->room) {
        size_t room = archive->room ? 2 * archive->room : 64;
        void *all = room <= COMMIT_SEGMENTS_MAX ? reallocarray(commit->segments, room, sizeof(*segment)) : NULL;
        if (!all)
            return no_memory(problem);
        commit->segments = all;
        archive->room = room;
    }
    *ret_line = (uint32_t)commit->n_segments;
    commit->segments[commit->n_segments++] = *segment;
    return 0;
}

static struct sealing sealing_of(const struct archive *archive)
{
    const struct copy_keys *keys = archive->keys;
    return (struct sealing){ (const struct envelope_key *const *)keys->recipients, keys->n,
        envelope_key_fingerprint(keys->sign) };
}

static int send(struct archive *archive, struct archive_part *part, struct problem *problem)
{
    struct commit_segment *line = &archive->commit.segments[part->line];
    char name[OBJECT_NAME_BYTES];
    struct sealed sealed;
    const struct sealing sealing = sealing_of(archive);
    if (!part->open)
        return 0;
    part->open = false;
    if (segment_seal(&part->segment, &sealing, &sealed, problem))
        return -1;
    line->bytes = sealed.bytes;
    line->live_bytes = part->live_bytes < sealed.bytes ? (uint32_t)part->live_bytes : sealed.bytes;
    memcpy(line->sha256, sealed.sha256, SHA256_BYTES);
    archive->commit.new_bytes += sealed.bytes;
    name_segment(name, archive->commit.agent, sealed.sha256);
    int error = spool_put(archive->spool, name, sealed.parts, 3, problem);
    sealed_free(&sealed);
    return error;
}

static int begin_part(
    struct archive *archive, struct archive_part *part, enum segment_kind kind, struct problem *problem)
{
    struct context context = { .agent = archive->commit.agent, .kind = (char)kind };
    const struct commit_segment line = { .kind = kind };
    if (part->open)
        return 0;
    memcpy(context.backup, archive->commit.backup, BACKUP_BYTES);
    if (add_line(archive, &line, &part->line, problem))
        return -1;
    segment_begin(&part->segment, &context);
    part->open = true;
    part->live_bytes = 0;
    return 0;
}

/* As a frame of the segment that is being filled, or of the next. */
static int pack(struct archive *archive, struct archive_part *part, enum segment_kind kind, const void *data,
    size_t bytes, struct held_piece *ret, struct problem *problem)
{
    buf_clear(&archive->packed);
    char *place = buf_reserve(&archive->packed, frame_bound(bytes));
    enum frame_sort sort = kind == SEGMENT_CHUNKS ? FRAME_PIECES : FRAME_CHECKED;
    size_t packed = place ? frame_pack(archive->packer, sort, data, bytes, place, frame_bound(bytes)) : 0;
    if (!packed)
        return no_memory(problem);
    if (begin_part(archive, part, kind, problem))
        return -1;
    if (segment_add(&part->segment, place, packed, &ret->offset) &&
        (send(archive, part, problem) || begin_part(archive, part, kind, problem) ||
            segment_add(&part->segment, place, packed, &ret->offset)))
        return -1;
    part->live_bytes += packed;
    ret->line = part->line;
    ret->frame_bytes = (uint32_t)packed;
    ret->length = bytes;
    return 0;
}

int archive_content(
    struct archive *archive, const void *data, size_t bytes, struct held_piece *ret, struct problem *problem)
{
    *ret = (struct held_piece){ .sum = sum_of(data, bytes) };
    archive->commit.content_bytes += bytes;
    return pack(archive, &archive->contents, SEGMENT_CHUNKS, data, bytes, ret, problem);
}

/* A piece of an earlier backup: its segment gets a line with the first that refers to it. */
static int refer(struct archive *archive, struct held_piece *piece, struct problem *problem)
{
    struct commit *commit = &archive->commit;
    size_t i = commit->n_segments;
    while (i && memcmp(commit->segments[i - 1].sha256, piece->sha256, SHA256_BYTES))
        i--;
    if (i) {
        piece->line = (uint32_t)(i - 1);
    } else {
        struct commit_segment line = { .kind = SEGMENT_CHUNKS, .bytes = piece->segment_bytes };
        memcpy(line.sha256, piece->sha256, SHA256_BYTES);
        if (add_line(archive, &line, &piece->line, problem))
            return -1;
    }
    struct commit_segment *line = &commit->segments[piece->line];
    line->live_bytes =
        piece->frame_bytes < line->bytes - line->live_bytes ? line->live_bytes + piece->frame_bytes : line->bytes;
    commit->content_bytes += piece->length;
    return 0;
}

static int flush_records(struct archive *archive, size_t from, struct problem *problem)
{
    struct held_piece piece;
    if (archive->records.failed)
        return no_memory(problem);
    if (archive->records.length <= from)
        return 0;
    sha256_add(&archive->hash, archive->records.data, archive->records.length);
    archive->tree_bytes += archive->records.length;
    int error =
        pack(archive, &archive->tree, SEGMENT_TREE, archive->records.data, archive->records.length, &piece, problem);
    buf_clear(&archive->records);
    return error;
}

static int add_entry(struct archive *archive, enum entry_type type, const char *name, const struct stat *status,
    uint64_t size, struct problem *problem)
{
    const struct entry entry = { .type = type,
        .name = name,
        .name_bytes = strlen(name),
        .mode = status->st_mode & 07777,
        .uid = status->st_uid,
        .gid = status->st_gid,
        .mtime_s = status->st_mtim.tv_sec,
        .mtime_ns = (uint32_t)status->st_mtim.tv_nsec,
        .size = size };
    if (tree_entry(&archive->records, &entry))
        return no_memory(problem);
    archive->commit.files++;
    return flush_records(archive, RECORDS_BYTES, problem);
}

int archive_folder(struct archive *archive, const char *name, const struct stat *status, struct problem *problem)
{
    return add_entry(archive, ENTRY_FOLDER, name, status, 0, problem);
}

int archive_up(struct archive *archive, struct problem *problem)
{
    return tree_up(&archive->records) ? no_memory(problem) : flush_records(archive, RECORDS_BYTES, problem);
}

int archive_file(struct archive *archive, const char *name, const struct stat *status, uint64_t size,
    struct held_piece *pieces, size_t n, struct problem *problem)
{
    static const uint8_t none[SHA256_BYTES];
    struct piece part[PIECES_AT_ONCE];
    if (add_entry(archive, ENTRY_FILE, name, status, size, problem))
        return -1;
    for (size_t i = 0, filled = 0; i < n; i++) {
        if (memcmp(pieces[i].sha256, none, SHA256_BYTES) && refer(archive, &pieces[i], problem))
            return -1;
        part[filled++] = (struct piece){ .segment = pieces[i].line,
            .offset = pieces[i].offset,
            .length = pieces[i].length,
            .sum = pieces[i].sum };
        if (filled < PIECES_AT_ONCE && i + 1 < n)
            continue;
        if (tree_pieces(&archive->records, part, filled) || flush_records(archive, RECORDS_BYTES, problem))
            return archive->records.failed ? no_memory(problem) : -1;
        filled = 0;
    }
    return 0;
}

static int put_manifest(struct archive *archive, struct problem *problem)
{
    struct manifest manifest = { .tree_bytes = archive->tree_bytes };
    const struct sealing sealing = sealing_of(archive);
    struct segment segment;
    struct sealed sealed;
    char name[OBJECT_NAME_BYTES];
    sha256_end(&archive->hash, manifest.tree_sha256);
    if (gethostname(manifest.hostname, sizeof(manifest.hostname) - 1) || !manifest.hostname[0])
        strcpy(manifest.hostname, "?");
    if (manifest_seal(&manifest, &archive->commit, &sealing, &segment, &sealed, problem))
        return -1;
    memcpy(archive->commit.manifest, sealed.sha256, SHA256_BYTES);
    archive->commit.manifest_bytes = sealed.bytes;
    name_of_backup(name, archive->commit.agent, OBJECT_MANIFEST, archive->commit.backup);
    int error = spool_put(archive->spool, name, sealed.parts, 3, problem);
    sealed_free(&sealed);
    segment_free(&segment);
    return error;
}

static int put_commit(struct archive *archive, uint8_t ret[SHA256_BYTES], struct problem *problem)
{
    struct buf object = { .limit_bytes = OBJECT_BYTES_MAX };
    char name[OBJECT_NAME_BYTES];
    archive->commit.ended_ms = clock_wall_ms();
    name_of_backup(name, archive->commit.agent, OBJECT_COMMIT, archive->commit.backup);
    int error = commit_sign(&archive->commit, archive->keys->sign, &object, problem) ||
                spool_put(archive->spool, name, &(struct iovec){ object.data, object.length }, 1, problem);
    sha256_of(object.data, object.length, ret);
    buf_free(&object);
    return error ? -1 : 0;
}

int archive_end(struct archive *archive, uint8_t ret_commit[SHA256_BYTES], struct problem *problem)
{
    return flush_records(archive, 0, problem) || send(archive, &archive->contents, problem) ||
                   send(archive, &archive->tree, problem) || put_manifest(archive, problem) ||
                   put_commit(archive, ret_commit, problem)
               ? -1
               : 0;
}
