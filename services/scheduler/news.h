/* What agents say of themselves that the registry is to know: that a move which people signed was carried out. Ingest is
 * told of it until it has heard. */
#ifndef SCHEDULER_NEWS_H
#define SCHEDULER_NEWS_H

#include <stdint.h>

struct paper;
struct scheduler;

/* The agent says that it carried this move out. */
void news_moved(struct scheduler *, const struct paper *, uint32_t agent);
/* Tell ingest of some that it has not heard of; each second. */
void news_tick(struct scheduler *);

#endif
