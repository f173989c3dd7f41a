/* What there is to know of one file, folder or whatever else, without its content. */
#ifndef VEDETTE_AGENT_BACKUP_FACTS_H
#define VEDETTE_AGENT_BACKUP_FACTS_H

#include <sys/stat.h>

#include "agent/backup/batch.h"
#include "lib/repository/tree.h"

struct facts {
    struct entry entry; /* borrows from the rest, and its name from the caller */
    struct stamp stamp;
    struct buf xattrs;
    char link[TREE_LINK_MAX + 1];
};

/* Of `name` in the current folder, whose status that is. -1: it went, or has more than a tree keeps; errno says
 * what. */
int facts_read(const char *name, const struct stat *, struct facts *ret);
void facts_free(struct facts *);

bool stamp_equal(const struct stamp *, const struct stamp *);
struct stamp stamp_of(const struct stat *);

#endif
