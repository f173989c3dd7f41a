/* What the walk comes by goes into the feed: entries, and files' contents, as far as the backup before does not have
 * them. */
#ifndef VEDETTE_AGENT_BACKUP_ENTRIES_H
#define VEDETTE_AGENT_BACKUP_ENTRIES_H

#include <sys/stat.h>

#include "agent/backup/facts.h"
#include "agent/backup/links.h"
#include "agent/backup/walk.h"
#include "lib/buf.h"

#define PATH_BYTES_MAX 65536 /* of what stands deeper, nothing is kept */

/* One walk under way. */
struct steps {
    struct walk *walk;
    struct links links;
    struct facts facts;
    struct buf header; /* of an archive */
    dev_t device;      /* of the folder above */
    unsigned depth;
    bool same; /* the current file is as it was at the last backup */
    size_t path_bytes;
    char path[PATH_BYTES_MAX];
};

/* What stands at the current path cannot be read, as errno says: it is told of, and the backup goes on without. -1 +
 * problem: what is lacking is memory or descriptors of our own, and all that follows would be left out, too. */
int entries_unread(struct steps *, struct problem *);
/* What went while the walk was on is not missing. */
int entries_gone_or_unread(struct steps *, struct problem *);

/* What the facts say, without content. */
int entries_put(struct steps *, struct problem *);
/* A file, with content; the entry for its further links. 1: another stands there by now, and nothing was put. */
int entries_put_file(struct steps *, const char *name, const struct stat *, struct problem *);
/* Two blocks of zeros. */
int entries_end_archive(struct steps *, struct problem *);

#endif
