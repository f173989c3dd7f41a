#include "lib/repository/tree.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/problem.h"
#include "lib/repository/number.h"

static int number(struct buf *buf, uint64_t value)
{
    uint8_t bytes[NUMBER_BYTES_MAX];
    return buf_append(buf, bytes, number_write(bytes, value));
}

static int text(struct buf *buf, const void *data, size_t bytes)
{
    return number(buf, bytes) || buf_append(buf, data, bytes) ? -1 : 0;
}

static int record(struct buf *buf, char letter, struct buf *body)
{
    int error = body->failed || body->length > TREE_RECORD_MAX || buf_append(buf, &letter, 1) ||
                text(buf, body->data, body->length);
    buf_free(body);
    return error ? -1 : 0;
}

int tree_xattr(struct buf *buf, const char *name, const void *value, size_t bytes)
{
    return text(buf, name, strlen(name) + 1) || text(buf, value, bytes) ? -1 : 0;
}

static int of_type(struct buf *body, const struct entry *entry)
{
    switch (entry->type) {
    case ENTRY_FILE:
        return number(body, entry->size);
    case ENTRY_SYMLINK:
        return text(body, entry->link, entry->link_bytes);
    case ENTRY_CHARACTER:
    case ENTRY_BLOCK:
        return number(body, entry->major) || number(body, entry->minor);
    case ENTRY_HARD_LINK:
        return number(body, entry->number);
    case ENTRY_FOLDER:
    case ENTRY_FIFO:
    case ENTRY_SOCKET:
        break;
    }
    return 0;
}

int tree_entry(struct buf *buf, const struct entry *entry)
{
    struct buf body = { 0 };
    if (text(&body, entry->name, entry->name_bytes) || number(&body, entry->mode) || number(&body, entry->uid) ||
        number(&body, entry->gid) || number(&body, number_fold(entry->mtime_s)) || number(&body, entry->mtime_ns) ||
        number(&body, entry->flags) || text(&body, entry->xattrs, entry->xattrs_bytes) || of_type(&body, entry))
        body.failed = true;
    return record(buf, (char)entry->type, &body);
}

int tree_pieces(struct buf *buf, const struct piece *pieces, size_t n)
{
    struct buf body = { 0 };
    for (size_t i = 0; i < n; i++) {
        const struct piece *piece = &pieces[i];
        number(&body, piece->hole ? 0 : (uint64_t)piece->segment + 1);
        if (!piece->hole) {
            number(&body, piece->offset);
            number(&body, piece->skip);
        }
        number(&body, piece->length);
        if (!piece->hole)
            buf_append(&body, &piece->sum, sizeof(piece->sum));
    }
    return record(buf, '+', &body);
}

int tree_up(struct buf *buf)
{
    return record(buf, 'u', &(struct buf){ 0 });
}

struct in {
    const uint8_t *at, *end;
};

static int take(struct in *in, uint64_t most, uint64_t *ret)
{
    uint64_t value;
    if (number_read(&in->at, in->end, &value) || value > most)
        return -1;
    *ret = value;
    return 0;
}

static int take_u32(struct in *in, uint32_t most, uint32_t *ret)
{
    uint64_t value;
    if (take(in, most, &value))
        return -1;
    *ret = (uint32_t)value;
    return 0;
}

/* NULL: not so long, or cut off. */
static const void *take_text(struct in *in, size_t least, size_t most, size_t *ret_bytes)
{
    uint64_t bytes;
    if (take(in, most, &bytes) || bytes < least || bytes > (size_t)(in->end - in->at))
        return NULL;
    *ret_bytes = (size_t)bytes;
    in->at += bytes;
    return in->at - bytes;
}

static bool is_name(const char *name, size_t bytes)
{
    return !memchr(name, '/', bytes) && !memchr(name, '\0', bytes) && !(bytes == 1 && name[0] == '.') &&
           !(bytes == 2 && name[0] == '.' && name[1] == '.');
}

static int take_xattr(struct in *in, struct xattr *ret)
{
    size_t name_bytes;
    ret->name = take_text(in, 2, TREE_NAME_MAX + 1, &name_bytes);
    if (!ret->name || memchr(ret->name, '\0', name_bytes) != ret->name + name_bytes - 1)
        return -1;
    ret->value = take_text(in, 0, TREE_XATTRS_BYTES_MAX, &ret->bytes);
    return ret->value ? 0 : -1;
}

bool xattr_next(const uint8_t **at, const uint8_t *end, struct xattr *ret)
{
    struct in in = { *at, end };
    if (*at == end || take_xattr(&in, ret))
        return false;
    *at = in.at;
    return true;
}

static int check_xattrs(const struct entry *entry)
{
    struct in in = { entry->xattrs, entry->xattrs + entry->xattrs_bytes };
    struct xattr xattr;
    for (int n = 0; in.at < in.end; n++) {
        if (n == TREE_XATTRS_MAX || take_xattr(&in, &xattr))
            return -1;
    }
    return 0;
}

static int take_of_type(struct in *in, struct entry *entry)
{
    switch (entry->type) {
    case ENTRY_FILE:
        return take(in, INT64_MAX, &entry->size);
    case ENTRY_SYMLINK:
        entry->link = take_text(in, 1, TREE_LINK_MAX, &entry->link_bytes);
        return entry->link && !memchr(entry->link, '\0', entry->link_bytes) ? 0 : -1;
    case ENTRY_CHARACTER:
    case ENTRY_BLOCK:
        return take_u32(in, UINT32_MAX, &entry->major) || take_u32(in, UINT32_MAX, &entry->minor) ? -1 : 0;
    case ENTRY_HARD_LINK:
        return take(in, UINT64_MAX, &entry->number);
    case ENTRY_FOLDER:
    case ENTRY_FIFO:
    case ENTRY_SOCKET:
        break;
    }
    return 0;
}

static int take_entry(struct in *in, struct entry *entry)
{
    uint64_t mtime_s;
    entry->name = take_text(in, 1, TREE_NAME_MAX, &entry->name_bytes);
    if (!entry->name || !is_name(entry->name, entry->name_bytes) || take_u32(in, 07777, &entry->mode) ||
        take_u32(in, UINT32_MAX, &entry->uid) || take_u32(in, UINT32_MAX, &entry->gid) ||
        take(in, UINT64_MAX, &mtime_s) || take_u32(in, 999999999, &entry->mtime_ns) ||
        take_u32(in, ENTRY_UNSTEADY, &entry->flags))
        return -1;
    entry->xattrs = take_text(in, 0, TREE_XATTRS_BYTES_MAX, &entry->xattrs_bytes);
    if (!entry->xattrs || check_xattrs(entry))
        return -1;
    entry->mtime_s = number_unfold(mtime_s);
    return take_of_type(in, entry);
}

static int take_sum(struct in *in, uint32_t *ret)
{
    if ((size_t)(in->end - in->at) < sizeof(*ret))
        return -1;
    memcpy(ret, in->at, sizeof(*ret));
    in->at += sizeof(*ret);
    return 0;
}

static int take_pieces(struct in *in, struct tree_record *ret)
{
    for (ret->n_pieces = 0; in->at < in->end; ret->n_pieces++) {
        struct piece *piece = &ret->pieces[ret->n_pieces];
        uint64_t segment;
        if (ret->n_pieces == TREE_PIECES_MAX || take(in, UINT32_MAX, &segment))
            return -1;
        *piece = (struct piece){ .hole = !segment, .segment = segment ? (uint32_t)segment - 1 : 0 };
        if (segment && (take_u32(in, UINT32_MAX, &piece->offset) || take_u32(in, UINT32_MAX, &piece->skip)))
            return -1;
        if (take(in, INT64_MAX, &piece->length) || !piece->length || (segment && take_sum(in, &piece->sum)))
            return -1;
    }
    return 0;
}

static int bad(struct problem *problem)
{
    return problem_set(problem, "bad-tree", "", "the tree is damaged");
}

int tree_read(const uint8_t **at, const uint8_t *end, struct tree_record *ret, struct problem *problem)
{
    struct in in = { *at, end }, body;
    size_t bytes;
    if (in.at == in.end)
        return bad(problem);
    uint8_t letter = *in.at++;
    body.at = take_text(&in, 0, TREE_RECORD_MAX, &bytes);
    if (!body.at)
        return bad(problem);
    body.end = body.at + bytes;
    int error = -1;
    if (letter == 'u') {
        ret->record = RECORD_UP;
        error = 0;
    } else if (letter == '+') {
        ret->record = RECORD_PIECES;
        error = take_pieces(&body, ret);
    } else if (letter && strchr("dflpscbh", letter)) {
        ret->record = RECORD_ENTRY;
        ret->entry = (struct entry){ .type = (enum entry_type)letter };
        error = take_entry(&body, &ret->entry);
    }
    if (error || body.at != body.end)
        return bad(problem);
    *at = in.at;
    return 0;
}
