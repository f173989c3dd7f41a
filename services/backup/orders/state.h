/* How an order moves. Pure. */
#ifndef BACKUP_ORDER_STATE_H
#define BACKUP_ORDER_STATE_H

#include <stdbool.h>

#include "contract.h"

bool order_state_ended(enum backup_state);
/* May what is in the one state come into the other? Forward only: agents say things twice, and late. A commit that
 * verifies is believed whatever was thought before; that one was missed, or that nobody heard of it any more, is our
 * own guess, and its agent knows better. */
bool order_state_may(enum backup_state from, enum backup_state to);

#endif
