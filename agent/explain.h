#ifndef VEDETTE_AGENT_EXPLAIN_H
#define VEDETTE_AGENT_EXPLAIN_H

struct options;

/* `vedette-agent what-i-send`. Works without enrolment: an owner may want to know before. */
int agent_explain(const struct options *, char **argv);

#endif
