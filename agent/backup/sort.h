/*
 * What sort of bytes a chunk is of, by a glance at some of them. Alike stand together in frames of their own: a
 * compressor that knows nothing else makes 4 % less of them so (tests/tools/backup_data), at no cost.
 */
#ifndef VEDETTE_AGENT_BACKUP_SORT_H
#define VEDETTE_AGENT_BACKUP_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/repository/frame.h"

enum sort {
    SORT_TEXT,
    SORT_NUMBERS, /* in digits */
    SORT_DENSE,   /* compressed already, or media, or a program's code */
    SORT_SPARSE,  /* with many zeros: databases, records */
    SORT_COUNT,
};

enum sort sort_of(const uint8_t *data, size_t bytes);
enum frame_sort sort_frame(enum sort);

#endif
