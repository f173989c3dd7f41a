/* Through the folders of a target that has some, from object to object. For lib/target/ alone. */
#ifndef VEDETTE_TARGET_WALK_H
#define VEDETTE_TARGET_WALK_H

#include "lib/target/transport.h"

struct walk {
    struct target *target;
    target_lister lister;
    void *arg;
    const char *folder;           /* where it begins */
    char name[TARGET_NAME_BYTES]; /* of what is looked at, from the target on */
};

/* What stands in the folder of the first `length` bytes of the name. false: that has no name of ours, so it is none of
 * ours: what a crash left beside, a file system's lost+found. */
bool walk_look(struct walk *, size_t length, const char *base);
/* It is an object. */
enum target_result walk_tell(struct walk *, uint64_t bytes, int64_t modified_s);
/* It is a folder: its length, with the '/'. 0: no name of ours is so deep. */
size_t walk_enter(struct walk *);

#endif
