/* The policy as it stands, for whoever plans from afar what may be asked of this machine. */
#ifndef VEDETTE_AGENT_POLICY_REPORT_H
#define VEDETTE_AGENT_POLICY_REPORT_H

#include <jansson.h>

struct policy;

/* {key: value as it could be written}; the caller's, NULL without memory. */
json_t *policy_report(const struct policy *);

#endif
