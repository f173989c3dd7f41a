/*
 * The files of a task: wanted until carry has fetched them, then copied into a folder of the run's own, which belongs
 * to the task's user and is its working directory. What was copied is what was hashed.
 */
#ifndef VEDETTE_AGENT_WORK_FILES_H
#define VEDETTE_AGENT_WORK_FILES_H

#include <limits.h>
#include <stdbool.h>

#include "agent/work/runs/account.h"
#include "contract.h"

struct post;
struct problem;

/* What should be asked for in an envelope, because no carrier fetches; tell files_asked. Zeroed at first. */
struct files_ask {
    const char *sha256; /* NULL: nothing; lives in the document */
    uint64_t offset;
};
/* Are all here? Those that are not are wanted from now on. */
bool files_are_here(const struct post *, const struct document_task *, struct files_ask *ret_ask);
void files_asked(const struct post *, const struct files_ask *);
/* A piece that came in an envelope. */
int files_take(const struct post *, const struct envelope_file *, struct problem *);
/* Make the folder and the files in it. -1 + problem "bad-file" (another hash; it is fetched anew for the next run). */
int files_lay_out(const struct post *, const struct document_task *, const struct account *, char ret_folder[PATH_MAX],
    struct problem *);
/* One that is used without being laid out: is it here, and wanted from now on if not? */
bool files_is_here(const struct post *, const char *sha256, uint64_t bytes, struct files_ask *ret_ask);
/* All of it; *ret is the caller's to free. -1 + problem as above. */
int files_read(const struct post *, const char *sha256, uint64_t bytes, char **ret, struct problem *);
/* It is needed no more; another document that names it has it fetched again. */
void files_forget(const struct post *, const char *sha256);
void files_forget_all(const struct post *, const struct document_task *);
/* The folder goes, by its owner's hand. Waits for it. */
void files_clear(const char *folder, const struct account *);

#endif
