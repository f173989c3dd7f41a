#include "cli/browse/versions.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

#define TEXT_BYTES (1u << 20)

struct versions_text {
    struct versions_text *next;
    size_t used, room;
    char text[];
};

/* Of a folder that is being added: the name below which the next one stands. */
struct rung {
    uint32_t node, name; /* in the tree, and here */
    uint32_t before;     /* the child that was added last; VERSIONS_NONE: none yet */
};

static int grow(void **all, uint32_t n, uint32_t *room, size_t each, uint32_t most)
{
    if (n < *room)
        return 0;
    uint32_t more = *room ? *room * 2 : 1024;
    void *grown = n < most ? reallocarray(*all, more, each) : NULL;
    if (!grown)
        return -1;
    *all = grown;
    *room = more;
    return 0;
}

static const char *keep(struct versions *versions, const char *text, size_t bytes)
{
    struct versions_text *texts = versions->texts;
    if (!texts || texts->room - texts->used < bytes + 1) {
        size_t room = bytes + 1 > TEXT_BYTES ? bytes + 1 : TEXT_BYTES;
        texts = malloc(sizeof(*texts) + room);
        if (!texts)
            return NULL;
        *texts = (struct versions_text){ .next = versions->texts, .room = room };
        versions->texts = texts;
    }
    char *kept = texts->text + texts->used;
    memcpy(kept, text, bytes);
    kept[bytes] = '\0';
    texts->used += bytes + 1;
    return kept;
}

int versions_make(struct versions *versions)
{
    *versions = (struct versions){ 0 };
    if (grow((void **)&versions->names, 0, &versions->names_room, sizeof(*versions->names), VERSIONS_NAMES_MAX))
        return -1;
    versions->names[versions->n_names++] = (struct name){
        .text = "", .parent = VERSIONS_NONE, .child = VERSIONS_NONE, .next = VERSIONS_NONE, .versions = VERSIONS_NONE
    };
    return 0;
}

void versions_free(struct versions *versions)
{
    while (versions->texts) {
        struct versions_text *next = versions->texts->next;
        free(versions->texts);
        versions->texts = next;
    }
    free(versions->names);
    free(versions->all);
    *versions = (struct versions){ 0 };
}

static int compare(const struct name *name, const struct entry *entry)
{
    size_t bytes = name->bytes < entry->name_bytes ? name->bytes : entry->name_bytes;
    int order = memcmp(name->text, entry->name, bytes);
    return order ? order : (int)name->bytes - (int)entry->name_bytes;
}

/* The name of an entry below a folder. Names rise on both sides, so each is passed once. VERSIONS_NONE: no memory. */
static uint32_t place(struct versions *versions, struct rung *rung, const struct entry *entry)
{
    if (grow((void **)&versions->names, versions->n_names, &versions->names_room, sizeof(*versions->names),
            VERSIONS_NAMES_MAX))
        return VERSIONS_NONE;
    struct name *names = versions->names;
    uint32_t *link = rung->before == VERSIONS_NONE ? &names[rung->name].child : &names[rung->before].next;
    int order = 1;
    while (*link != VERSIONS_NONE && (order = compare(&names[*link], entry)) < 0)
        link = &names[*link].next;
    if (*link == VERSIONS_NONE || order) {
        const char *text = keep(versions, entry->name, entry->name_bytes);
        if (!text)
            return VERSIONS_NONE;
        names[versions->n_names] = (struct name){ .text = text,
            .parent = rung->name,
            .child = VERSIONS_NONE,
            .next = *link,
            .versions = VERSIONS_NONE,
            .bytes = (uint16_t)entry->name_bytes };
        *link = versions->n_names++;
    }
    rung->before = *link;
    return *link;
}

static bool is_same(const struct version *version, const struct entry *entry, enum entry_type type, uint64_t size)
{
    return version->type == type && version->size == size && version->mtime_s == entry->mtime_s &&
           version->mtime_ns == entry->mtime_ns && version->mode == entry->mode && version->uid == entry->uid &&
           version->gid == entry->gid && version->flags == entry->flags &&
           (type != ENTRY_SYMLINK || !strcmp(version->link, entry->link));
}

/* The one before goes on, or another begins. */
static int note(struct versions *versions, uint32_t name, const struct entry *entry, uint64_t size)
{
    enum entry_type type = entry->type == ENTRY_HARD_LINK ? ENTRY_FILE : entry->type;
    uint16_t backup = (uint16_t)versions->n_backups;
    uint32_t newest = versions->names[name].versions;
    struct version *before = newest == VERSIONS_NONE ? NULL : &versions->all[newest];
    if (before && before->last + 1 == backup && is_same(before, entry, type, size)) {
        before->last = backup;
        return 0;
    }
    const char *link = type == ENTRY_SYMLINK ? keep(versions, entry->link, strlen(entry->link)) : NULL;
    if (type == ENTRY_SYMLINK && !link)
        return -1;
    if (grow((void **)&versions->all, versions->n_versions, &versions->versions_room, sizeof(*versions->all),
            VERSIONS_MAX))
        return -1;
    versions->all[versions->n_versions] = (struct version){ .type = type,
        .first = backup,
        .last = backup,
        .next = newest,
        .mode = entry->mode,
        .uid = entry->uid,
        .gid = entry->gid,
        .mtime_ns = entry->mtime_ns,
        .flags = entry->flags,
        .mtime_s = entry->mtime_s,
        .size = size,
        .link = link };
    versions->names[name].versions = versions->n_versions++;
    return 0;
}

static int add_all(struct versions *versions, const struct nodes *nodes, struct rung rungs[TREE_DEPTH_MAX + 1])
{
    size_t depth = 0;
    rungs[0] = (struct rung){ NODE_NONE, VERSIONS_ROOT, VERSIONS_NONE };
    for (uint32_t i = 0; i < nodes->n; i++) {
        const struct node *node = &nodes->all[i];
        const struct entry *entry = &node->entry;
        uint64_t size = entry->type == ENTRY_HARD_LINK ? nodes->all[entry->number].entry.size : entry->size;
        while (rungs[depth].node != node->parent)
            depth--;
        uint32_t name = place(versions, &rungs[depth], entry);
        if (name == VERSIONS_NONE || note(versions, name, entry, size))
            return -1;
        if (entry->type == ENTRY_FOLDER)
            rungs[++depth] = (struct rung){ i, name, VERSIONS_NONE };
    }
    return 0;
}

int versions_add(struct versions *versions, const struct nodes *nodes, struct problem *problem)
{
    struct rung *rungs = calloc(TREE_DEPTH_MAX + 1, sizeof(*rungs));
    int error = !rungs || versions->n_backups == VERSIONS_BACKUPS_MAX || add_all(versions, nodes, rungs);
    free(rungs);
    if (error)
        return problem_set(problem, "no-memory", "", "no memory for what stands in so many backups");
    versions->n_backups++;
    return 0;
}

const struct version *versions_in(const struct versions *versions, uint32_t name, unsigned backup)
{
    for (uint32_t at = versions->names[name].versions; at != VERSIONS_NONE; at = versions->all[at].next) {
        const struct version *version = &versions->all[at];
        if (version->first <= backup)
            return version->last >= backup && backup < versions->n_backups ? version : NULL;
    }
    return NULL;
}

const struct version *versions_first(const struct versions *versions, uint32_t name)
{
    uint32_t at = versions->names[name].versions;
    while (versions->all[at].next != VERSIONS_NONE)
        at = versions->all[at].next;
    return &versions->all[at];
}

unsigned versions_count(const struct versions *versions, uint32_t name)
{
    unsigned n = 0;
    for (uint32_t at = versions->names[name].versions; at != VERSIONS_NONE; at = versions->all[at].next)
        n++;
    return n;
}

size_t versions_path(const struct versions *versions, uint32_t name, char ret[NODE_PATH_BYTES])
{
    size_t length = 0, at;
    for (uint32_t one = name; one != VERSIONS_ROOT; one = versions->names[one].parent)
        length += versions->names[one].bytes + 1u;
    if (!length || length > NODE_PATH_BYTES)
        return 0;
    at = length;
    for (uint32_t one = name; one != VERSIONS_ROOT; one = versions->names[one].parent) {
        const struct name *part = &versions->names[one];
        ret[--at] = one == name ? '\0' : '/';
        at -= part->bytes;
        memcpy(ret + at, part->text, part->bytes);
    }
    return length - 1;
}

uint32_t versions_find(const struct versions *versions, const char *pattern, uint32_t behind)
{
    static char path[NODE_PATH_BYTES + 1];
    bool whole = strpbrk(pattern, "*?"), paths = strchr(pattern, '/');
    for (uint32_t name = behind + 1; name < versions->n_names; name++) {
        const char *text = versions->names[name].text;
        if (versions->names[name].versions == VERSIONS_NONE)
            continue;
        if (paths) {
            path[0] = '/';
            if (!versions_path(versions, name, path + 1))
                continue;
            text = path;
        }
        if (whole ? !fnmatch(pattern, text, FNM_CASEFOLD | FNM_NOESCAPE) : strcasestr(text, pattern) != NULL)
            return name;
    }
    return VERSIONS_NONE;
}
