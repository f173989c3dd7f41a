/* Any bytes as an order of a backup, as what is kept of one, and as what the programs that back up and restore say. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/backups/backup_line.h"
#include "agent/work/backups/ordered.h"
#include "agent/work/backups/restore_line.h"
#include "lib/message/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* It is told to a server, which takes no other text. */
static void check_reason(const char *said)
{
    json_t *reason = json_string(said);
    if (!reason || strlen(said) >= SAID_REASON_BYTES)
        abort();
    json_decref(reason);
}

static void read_line(const char *text)
{
    struct backup_said backup;
    struct restore_said restore;
    backup_line(text, &backup);
    check_reason(backup.reason);
    restore_line(text, &restore);
    check_reason(restore.reason);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct order order;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    read_line(text);
    if (!order_parse(text, size, &order, NULL))
        order_free(&order);
    ordered_free(ordered_parse(text, size, NULL));
    free(text);
    return 0;
}
