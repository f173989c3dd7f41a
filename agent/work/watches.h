/*
 * Watches, between the documents that were judged and the resident that samples: documents of kind watch that may be
 * acted on stand in watches.json, and what the resident reports in watch/report is sealed (agent/watch/report.h). Both
 * are the resident's files, handled with the rights of their owner.
 */
#ifndef VEDETTE_AGENT_WORK_WATCHES_H
#define VEDETTE_AGENT_WORK_WATCHES_H

struct options;
struct work;

/* Have watches.json say what may be watched now. */
void watches_keep(struct work *);
/* Seal the reports that lie there, oldest first. */
void watches_send(struct work *);

/* vedette-agent-work script DOCUMENT WATCH: run the script of a watch once, judged anew, and print what it found as
 * vedette-agent-look does. */
int watches_script(const struct options *, char **argv);

#endif
