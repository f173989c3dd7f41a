/* What audit tells of itself: events, log lines, metrics. */
#ifndef VEDETTE_AUDIT_TELL_H
#define VEDETTE_AUDIT_TELL_H

struct audit;

/* Every so often, with the struct audit: how much room its disk has, */
void tell_disk(void *audit);
/* how far the index is, */
void tell_index(void *audit);
/* and who was refused, or held back by a quota, since it last said so. */
void tell_held_back(void *audit);

/* Once, at start. */
void tell_metrics(const struct audit *);

#endif
