#include "services/backup/orders/state.h"

static const unsigned ranks[BACKUP_STATE_COUNT] = {
    [BACKUP_STATE_ORDERED] = 0,
    [BACKUP_STATE_SENT] = 1,
    [BACKUP_STATE_MISSED] = 2,
    [BACKUP_STATE_TAKEN] = 3,
    [BACKUP_STATE_WAITING] = 4,
    [BACKUP_STATE_RUNNING] = 5,
    [BACKUP_STATE_FAILED] = 6,
    [BACKUP_STATE_REFUSED] = 6,
    [BACKUP_STATE_DONE] = 7,
};

bool order_state_ended(enum backup_state state)
{
    return ranks[state] >= ranks[BACKUP_STATE_FAILED];
}

bool order_state_may(enum backup_state from, enum backup_state to)
{
    if (to == BACKUP_STATE_MISSED)
        return ranks[from] < ranks[BACKUP_STATE_RUNNING] && from != BACKUP_STATE_MISSED;
    return ranks[to] > ranks[from];
}
