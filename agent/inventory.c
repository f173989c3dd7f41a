#include "agent/inventory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/machine.h"
#include "agent/state.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/version.h"

static json_t *fact(void (*read)(char ret[FACT_BYTES]))
{
    char text[FACT_BYTES];
    read(text);
    return json_string(text);
}

static json_t *hostname(void)
{
    return fact(machine_hostname);
}

static json_t *os(void)
{
    return fact(machine_os);
}

static json_t *kernel(void)
{
    return fact(machine_kernel);
}

static json_t *cpu(void)
{
    return fact(machine_cpu);
}

static json_t *cpus(void)
{
    return json_integer(machine_cpus());
}

static json_t *memory_bytes(void)
{
    return json_integer(machine_memory_bytes());
}

static json_t *version(void)
{
    return json_string(vedette_version);
}

const struct inventory_field inventory_fields[] = {
    { "hostname", "people look for a machine by its name", hostname },
    { "os", "which updates and tasks suit it", os },
    { "kernel", "whether a security update has taken effect", kernel },
    { "cpu", "what the machine can carry", cpu },
    { "cpus", "what the machine can carry", cpus },
    { "memory_bytes", "what the machine can carry", memory_bytes },
    { "disks", "local disks: where they are mounted and how large; never what is on them", machine_disks },
    { "addresses", "where the machine is in the network", machine_addresses },
    { "version", "which agents are due for an update", version },
    { NULL, NULL, NULL },
};

json_t *inventory_collect(void)
{
    json_t *all = json_object();
    for (const struct inventory_field *field = inventory_fields; field->name && all; field++) {
        if (json_object_set_new(all, field->name, field->collect())) {
            json_decref(all);
            all = NULL;
        }
    }
    return all;
}

static bool stands_in(const char *file, const char *text)
{
    char *there;
    size_t bytes;
    if (file_read(file, INVENTORY_LIMIT_BYTES, &there, &bytes, NULL))
        return false;
    bool same = bytes == strlen(text) && !memcmp(there, text, bytes);
    free(there);
    return same;
}

int inventory_spool(bool anyway, bool *ret_spooled, struct problem *problem)
{
    int error = 0;
    json_t *all = inventory_collect();
    char *text = all ? message_text(all, JSON_COMPACT) : NULL;
    bool news = text && (anyway || !stands_in(INVENTORY_FILE, text));
    if (!text)
        error = problem_set(problem, "no-memory", "", "no memory for the inventory");
    else if (news && strlen(text) > INVENTORY_LIMIT_BYTES)
        error = problem_set(
            problem, "too-large", "inventory", "the inventory has more than %d bytes", INVENTORY_LIMIT_BYTES);
    else if (news && !stands_in(SPOOLED_INVENTORY_FILE, text))
        error =
            dir_make(SPOOL_DIR, 0700, problem) || file_write(SPOOLED_INVENTORY_FILE, text, strlen(text), 0600, problem)
                ? -1
                : 0;
    else if (!news)
        inventory_unspool(); /* it changed and changed back before it could be sent */
    free(text);
    json_decref(all);
    if (!error)
        *ret_spooled = news;
    return error;
}

void inventory_unspool(void)
{
    unlink(SPOOLED_INVENTORY_FILE);
}
