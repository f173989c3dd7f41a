/*
 * How far backups and restores are, to everybody who follows the feed: beside the log's events and without a position, as
 * `event: running` and `event: restoring`, for it is of this moment and stands in no log. Their data is what backup.running
 * and restore.list answer for the tenant that the stream is bound to; `{}`: there is too much of it, ask.
 */
#ifndef VEDETTE_PORTAL_PROGRESS_H
#define VEDETTE_PORTAL_PROGRESS_H

#include <stdint.h>

struct bus;
struct bus_event;
struct feed;
struct progress;

struct progress *progress_new(struct bus *, struct feed *); /* NULL: no memory */
/* Each second. */
void progress_tick(struct progress *, int64_t now_ms);
/* Backups or restores may be under way from now on. */
void progress_take(struct progress *, const struct bus_event *);

#endif
