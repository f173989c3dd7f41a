/* What time makes of a document. Pure. */
#ifndef SCHEDULER_DOCUMENT_STATE_H
#define SCHEDULER_DOCUMENT_STATE_H

#include <stdint.h>

#include "contract.h"

/*
 *     draft → signed → logged → stopped | cancelled | replaced
 *         └───────┴────────┴──→ expired
 *
 * At its expiry nothing new begins by a document, whoever still waits for a signature, for the log or for an agent;
 * what agents began before they still tell, and it counts. A freeze and its end, a revocation, a trust file, a status
 * and a succession are in force beyond the time in which they are taken.
 */
enum document_state document_state_at(enum document_kind, enum document_state, int64_t expires_ms, int64_t now_ms);
/* People cancel it: what has ended stays as it ended. */
enum document_state document_state_cancelled(enum document_state);

#endif
