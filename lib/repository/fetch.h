/* A whole object into memory. */
#ifndef VEDETTE_REPOSITORY_FETCH_H
#define VEDETTE_REPOSITORY_FETCH_H

#include "lib/buf.h"
#include "lib/repository/name.h"
#include "lib/target/target.h"

/* In the place of what was in *ret, whose limit counts; its memory is used again. */
enum target_result object_fetch(struct target *, const char *name, struct buf *ret, struct problem *);

#endif
