/* Any bytes as an order of a backup, as what is kept of one, and as what the program that backs up says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/backup_line.h"
#include "lib/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_line(const char *text)
{
    struct backup_said said;
    backup_line(text, &said);
    /* It is told to a server, which takes no other text. */
    json_t *reason = json_string(said.reason);
    if (!reason || strlen(said.reason) >= ORDERED_REASON_BYTES)
        abort();
    json_decref(reason);
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
