#include "services/portal/portal.h"

#include <stdio.h>

#include "lib/bus/bus.h"
#include "lib/db.h"
#include "lib/http/http.h"

static const char schema[] =
#include "schema.inc"
    ;

struct db *portal_database(const char *path, struct problem *problem)
{
    return db_open(path, schema, problem);
}

struct portal *portal_of(const struct bus_request *request)
{
    return bus_request_context(request);
}

void portal_url(const struct portal *portal, char ret[PORTAL_URL_BYTES])
{
    const struct settings *settings = &portal->program.settings;
    unsigned port = settings->portal.public_port ? (unsigned)settings->portal.public_port : http_port(portal->http);
    if (port == 443)
        snprintf(ret, PORTAL_URL_BYTES, "https://%s", settings->common.public_name);
    else
        snprintf(ret, PORTAL_URL_BYTES, "https://%s:%u", settings->common.public_name, port);
}
