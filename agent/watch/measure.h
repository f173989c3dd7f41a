/* How full a file system is and how old a file, by an open descriptor: what the resident and vedette-agent-look both do. */
#ifndef VEDETTE_WATCH_MEASURE_H
#define VEDETTE_WATCH_MEASURE_H

#include <stdint.h>

struct sample;

void measure_disk(int fd, int64_t wall_ms, struct sample *ret);
void measure_age(int fd, int64_t wall_ms, struct sample *ret);
/* It could not be opened: what is not there is critical, what we may not see is unknown. */
void measure_missing(int error, struct sample *ret);

#endif
