/* Entries of a log as its bundles hold them, and as the events that they are. */
#ifndef VEDETTE_CLI_LOG_ENTRY_H
#define VEDETTE_CLI_LOG_ENTRY_H

#include "cli/log/open.h"
#include "lib/event/event.h"

struct log_entry {
    struct event_read read; /* its texts point into the source's bytes: until the next read of it */
    const char *text;
    size_t bytes;
};

/* By its index; "absent" where retention has taken it. */
int log_entry_read(const struct tlog_source *, uint64_t index, struct log_entry *ret, struct problem *);
void log_entry_free(struct log_entry *);

/* Visit entries [from, to) in order until the visitor says false; bundles that are absent are passed over. */
typedef bool log_visit(void *arg, uint64_t index, const struct tlog_entry *);
int log_entries(const struct tlog_source *, uint64_t from, uint64_t to, log_visit *, void *arg, struct problem *);

/* Every entry is an event of the log's class with its own index as sequence. */
int log_entries_check(struct opened_log *, struct problem *);

#endif
