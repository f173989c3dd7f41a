#include "services/ingest/mail/machine.h"

#include <string.h>

#include "contract.h"
#include "lib/message/message.h"
#include "services/ingest/registry/registry.h"

/* The field's limits are those of the contract: everybody who is told the text later insists on them. */
static const char *read_text(const json_t *inventory, const char *name)
{
    const struct shape *machine = &call_agent_get_reply_shape;
    json_t *value = json_object_get(inventory, name);
    struct field field = { 0 };
    for (size_t i = 0; i < machine->n_fields && !field.name; i++) {
        if (!strcmp(machine->fields[i].name, name))
            field = machine->fields[i];
    }
    field.offset = 0;
    const struct shape only = { .name = name, .size = sizeof(const char *), .fields = &field, .n_fields = 1 };
    json_t *object = json_pack("{s:O?}", name, value);
    const char *text = NULL;
    if (value && object && message_decode(&only, object, &text, NULL))
        text = NULL;
    json_decref(object);
    return text;
}

void machine_read(const json_t *inventory, struct agent_row *row)
{
    row->hostname = read_text(inventory, "hostname");
    row->os = read_text(inventory, "os");
    row->kernel = read_text(inventory, "kernel");
    row->version = read_text(inventory, "version");
}
