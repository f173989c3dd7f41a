#include "services/ingest/memory/snapshot.h"

#include <string.h>
#include <unistd.h>

#define MAGIC "vedette pulses\n"
#define FORMAT 1
#define AGENTS_MOST (1u << 25) /* twice what settings allow: what is more has never been written */

static uint64_t part_at(uint32_t part)
{
    return SNAPSHOT_HEADER_BYTES + (uint64_t)part * sizeof(struct snapshot_part);
}

static uint32_t parts_of(uint32_t agents)
{
    return (agents + PAGE_AGENTS - 1) / PAGE_AGENTS;
}

static void fill(struct snapshot_part *part, const struct hot *hot, uint32_t first, uint32_t agents)
{
    uint32_t n = agents - first < PAGE_AGENTS ? agents - first : PAGE_AGENTS;
    for (uint32_t i = 0; i < n; i++) {
        part->counter[i] = __atomic_load_n(&hot->pulse[first + i].counter, __ATOMIC_RELAXED);
        part->seen[i] = __atomic_load_n(&hot->pulse[first + i].seen, __ATOMIC_RELAXED);
    }
}

int snapshot_write(const struct pair *files, uint64_t generation, const struct hot *hot)
{
    static struct snapshot_part part; /* there is one writer */
    uint32_t agents = __atomic_load_n(&hot->highest, __ATOMIC_RELAXED) + 1;
    struct snapshot_header header = { MAGIC, FORMAT, agents, generation, { 0 } };
    header.sum = checksum_add(CHECKSUM_BEGIN, &header, offsetof(struct snapshot_header, sum));
    for (uint32_t i = 0; i < parts_of(agents); i++) {
        fill(&part, hot, i * PAGE_AGENTS, agents);
        header.sum = checksum_add(header.sum, &part, sizeof(part));
        if (pair_write(files, generation, &part, sizeof(part), part_at(i)))
            return -1;
    }
    return pair_write(files, generation, &header, sizeof(header), 0) || fdatasync(files->fd[generation % 2]) ? -1 : 0;
}

bool snapshot_check(const uint8_t *bytes, size_t size, struct snapshot_header *ret)
{
    struct snapshot_header header;
    if (size < SNAPSHOT_HEADER_BYTES)
        return false;
    memcpy(&header, bytes, sizeof(header));
    if (memcmp(header.magic, MAGIC, sizeof(header.magic)) || header.format != FORMAT || header.agents > AGENTS_MOST ||
        part_at(parts_of(header.agents)) > size)
        return false;
    struct checksum sum = checksum_add(CHECKSUM_BEGIN, &header, offsetof(struct snapshot_header, sum));
    sum = checksum_add(sum, bytes + part_at(0), part_at(parts_of(header.agents)) - part_at(0));
    *ret = header;
    return checksum_same(sum, header.sum);
}

static void apply(const uint8_t *bytes, uint32_t agents, struct hot *hot)
{
    for (uint32_t agent = 1; agent < agents && agent <= hot->highest; agent++) {
        const struct snapshot_part *part = (const void *)(bytes + part_at(agent / PAGE_AGENTS));
        hot->pulse[agent].counter = part->counter[agent % PAGE_AGENTS];
        hot->pulse[agent].seen = part->seen[agent % PAGE_AGENTS];
    }
}

/* The generation of the snapshot in one of the files; 0: none that is whole. Applied if it is newer than `than`. */
static uint64_t load_one(const struct pair *files, uint64_t file, uint64_t than, struct hot *hot)
{
    struct snapshot_header header;
    size_t size;
    uint64_t generation = 0;
    const uint8_t *bytes = pair_map(files, file, &size);
    if (!bytes)
        return 0;
    if (snapshot_check(bytes, size, &header) && header.generation % 2 == file)
        generation = header.generation;
    if (generation > than)
        apply(bytes, header.agents, hot);
    pair_unmap(bytes, size);
    return generation;
}

uint64_t snapshot_load(const struct pair *files, struct hot *hot)
{
    uint64_t one = load_one(files, 0, 0, hot), other = load_one(files, 1, one, hot);
    return one > other ? one : other;
}
