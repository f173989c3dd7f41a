#include "cli/prove/sample.h"

#include <stdlib.h>
#include <string.h>

#define DRAWS_A_FILE 8 /* until one is found that is not there yet and has room */

struct drawing {
    const struct nodes *nodes;
    const struct sample_limits *limits;
    uint8_t seed[SAMPLE_SEED_BYTES];
    uint64_t draws;
    uint32_t n;      /* of files */
    uint32_t *files; /* their nodes */
    uint64_t total;  /* their bytes */
    uint8_t *chosen;
    uint32_t drawn;
    uint64_t bytes;
};

/* Below `below`; so little uneven that nobody could see it. */
static uint64_t draw(struct drawing *drawing, uint64_t below)
{
    uint8_t hash[BLAKE2B_BYTES];
    uint64_t number;
    drawing->draws++;
    crypto_blake2b_keyed(drawing->seed, &drawing->draws, sizeof(drawing->draws), hash);
    memcpy(&number, hash, sizeof(number));
    return number % below;
}

static void list_files(struct drawing *drawing)
{
    for (uint32_t i = 0; i < drawing->nodes->n; i++) {
        const struct entry *entry = &drawing->nodes->all[i].entry;
        if (entry->type != ENTRY_FILE || entry->size > drawing->limits->bytes)
            continue;
        drawing->files[drawing->n++] = i;
        drawing->total += entry->size;
    }
}

static uint32_t draw_by_byte(struct drawing *drawing)
{
    uint64_t at = draw(drawing, drawing->total);
    uint32_t i = 0;
    for (; i + 1 < drawing->n; i++) {
        uint64_t size = drawing->nodes->all[drawing->files[i]].entry.size;
        if (at < size)
            break;
        at -= size;
    }
    return drawing->files[i];
}

static void choose(struct drawing *drawing, uint32_t node)
{
    uint64_t size = drawing->nodes->all[node].entry.size;
    if (drawing->chosen[node] || size > drawing->limits->bytes - drawing->bytes)
        return;
    drawing->drawn++;
    drawing->bytes += size;
    for (uint32_t one = node; one != NODE_NONE && !drawing->chosen[one]; one = drawing->nodes->all[one].parent)
        drawing->chosen[one] = 1;
}

uint8_t *sample_draw(const struct nodes *nodes, const uint8_t seed[SAMPLE_SEED_BYTES],
    const struct sample_limits *limits, uint32_t *ret_files, uint64_t *ret_bytes)
{
    struct drawing drawing = { .nodes = nodes, .limits = limits };
    memcpy(drawing.seed, seed, sizeof(drawing.seed));
    drawing.chosen = calloc(nodes->n + 1, 1);
    drawing.files = malloc((nodes->n + 1) * sizeof(*drawing.files));
    if (!drawing.chosen || !drawing.files) {
        free(drawing.chosen);
        free(drawing.files);
        return NULL;
    }
    list_files(&drawing);
    for (uint64_t i = 0; i < (uint64_t)limits->files * DRAWS_A_FILE && drawing.n && drawing.drawn < limits->files;
         i++) {
        bool by_byte = i % 2 && drawing.total;
        choose(&drawing, by_byte ? draw_by_byte(&drawing) : drawing.files[draw(&drawing, drawing.n)]);
    }
    free(drawing.files);
    *ret_files = drawing.drawn;
    *ret_bytes = drawing.bytes;
    return drawing.chosen;
}

void sample_disarm(struct nodes *nodes, const uint8_t *chosen, uint32_t uid, uint32_t gid)
{
    for (uint32_t i = 0; i < nodes->n; i++) {
        struct entry *entry = &nodes->all[i].entry;
        if (!chosen[i])
            continue;
        entry->uid = uid;
        entry->gid = gid;
        entry->mode = entry->type == ENTRY_FOLDER ? 0700 : 0600;
        entry->xattrs_bytes = 0;
    }
}
