/* The folder of a directory target, as its files share it. For lib/target/ alone. */
#ifndef VEDETTE_TARGET_DIRECTORY_H
#define VEDETTE_TARGET_DIRECTORY_H

#include <stdbool.h>

#include "lib/target/transport.h"

/* The folder that the name is in, opened without following a link below the target; *ret_base is what is left of the
 * name. make: folders that are missing are made, durably. The folder is the caller's to close. */
enum target_result directory_enter(
    struct target *, const char *name, bool make, int *ret_folder, const char **ret_base, struct problem *);

/* What errno means for the object of this name, with a problem of "cannot <doing> <name>". */
enum target_result directory_error(const char *doing, const char *name, struct problem *);

enum target_result directory_put(struct target *, const char *name, struct cargo *, struct problem *);
enum target_result directory_list(struct target *, const char *folder, target_lister, void *arg, struct problem *);

#endif
