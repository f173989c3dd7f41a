#include "services/scheduler/documents/state.h"

#define STAYS_IN_FORCE                                                                                                 \
    (1u << DOCUMENT_KIND_FREEZE | 1u << DOCUMENT_KIND_UNFREEZE | 1u << DOCUMENT_KIND_REVOCATION |                      \
        1u << DOCUMENT_KIND_TRUST | 1u << DOCUMENT_KIND_STATUS | 1u << DOCUMENT_KIND_SUCCESSION)
#define IS_OPEN (1u << DOCUMENT_STATE_DRAFT | 1u << DOCUMENT_STATE_SIGNED | 1u << DOCUMENT_STATE_LOGGED)

enum document_state document_state_at(
    enum document_kind kind, enum document_state state, int64_t expires_ms, int64_t now_ms)
{
    bool stays = STAYS_IN_FORCE >> kind & 1 && state == DOCUMENT_STATE_LOGGED;
    return now_ms >= expires_ms && IS_OPEN >> state & 1 && !stays ? DOCUMENT_STATE_EXPIRED : state;
}

enum document_state document_state_cancelled(enum document_state state)
{
    return IS_OPEN >> state & 1 ? DOCUMENT_STATE_CANCELLED : state;
}
