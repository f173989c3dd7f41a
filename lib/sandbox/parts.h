/* The two halves of sandbox_confine: which files, which system calls. Only lib/sandbox/ includes this. */
#ifndef VEDETTE_SANDBOX_PARTS_H
#define VEDETTE_SANDBOX_PARTS_H

#include <stdbool.h>

struct problem;
struct sandbox;

/* Landlock. Holds for the calling thread and those it starts from now on. */
int sandbox_files(const struct sandbox *, struct problem *);
/* seccomp, for every thread of the process. */
int sandbox_calls(const struct sandbox *, struct problem *);

#endif
