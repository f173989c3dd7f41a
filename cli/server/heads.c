#include "cli/server/heads.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/keep.h"
#include "lib/files.h"
#include "lib/journal_frame.h"
#include "lib/tlog/checkpoint.h"
#include "lib/tlog/key.h"

#define JOURNAL "audit/journal"
#define SEGMENT_BYTES_MAX (1u << 30) /* setting audit.segment_bytes */
#define PATH_BYTES 400

static int newest_segment(char ret[PATH_BYTES], struct problem *problem)
{
    unsigned newest = 0, number;
    DIR *folder = opendir(JOURNAL);
    if (!folder)
        return problem_errno(problem, "journal", JOURNAL, "cannot read the journal");
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (sscanf(entry->d_name, "%8u.segment", &number) == 1 && number > newest)
            newest = number;
    }
    closedir(folder);
    snprintf(ret, PATH_BYTES, JOURNAL "/%08u.segment", newest);
    return 0;
}

static void take_frames(const uint8_t *data, size_t bytes, struct heads *ret)
{
    struct frame frame;
    struct frame_entry entry;
    for (size_t at = 0; at < bytes && !frame_check(data + at, bytes - at, &frame); at += frame.length) {
        struct wire_reader entries = frame_entries(&frame);
        memcpy(ret->size, frame.first, sizeof(ret->size));
        while (!frame_next_entry(&entries, &entry))
            ret->size[entry.class]++;
        ret->time_ms = frame.n_entries ? (int64_t)frame.time_ms : ret->time_ms;
    }
}

int heads_read(struct heads *ret, struct problem *problem)
{
    char path[PATH_BYTES];
    char *data;
    size_t bytes;
    struct heads heads = { 0 };
    if (newest_segment(path, problem) || file_read(path, SEGMENT_BYTES_MAX, &data, &bytes, problem))
        return -1;
    take_frames((const uint8_t *)data, bytes, &heads);
    free(data);
    *ret = heads;
    return 0;
}

/* Of the class whose key has signed it. */
static int open_seen(
    const char *text, size_t bytes, enum class *ret_class, struct tlog_checkpoint *ret, struct problem *problem)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        char path[PATH_BYTES];
        struct tlog_vkey key;
        snprintf(path, sizeof(path), "log/%s/vkey", class_words[class]);
        char *vkey = keep_read(path, problem);
        if (!vkey)
            return -1;
        int error = tlog_vkey_parse(vkey, &key, problem) || tlog_checkpoint_open(text, bytes, &key, ret, NULL, problem);
        free(vkey);
        if (!error) {
            *ret_class = (enum class) class;
            return 0;
        }
    }
    return -1;
}

int heads_compare(const struct heads *heads, const char *file, const char *second_place, enum class *ret_class,
    uint64_t *ret_lost, struct problem *problem)
{
    char *text, path[PATH_BYTES];
    size_t bytes;
    enum class class;
    struct tlog_checkpoint seen;
    if (file_read(file, TLOG_NOTE_BYTES, &text, &bytes, problem))
        return -1;
    int status = open_seen(text, bytes, &class, &seen, problem);
    if (!status) {
        *ret_class = class;
        *ret_lost = seen.size > heads->size[class] ? seen.size - heads->size[class] : 0;
        status = *ret_lost ? 1 : 0;
    }
    if (status > 0) {
        snprintf(path, sizeof(path), "%s/%s", second_place, class_words[class]);
        status = file_write(path, text, bytes, 0600, problem) ? -1 : 1;
    }
    free(text);
    return status;
}
