#include "agent/work/home.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/work/place.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define HOME_LIMIT_BYTES 1024

bool home_exists(void)
{
    return !file_absent(HOME_FILE);
}

static int take(json_t *json, struct home *ret, struct problem *problem)
{
    struct home home = { 0 };
    const char *deployment, *pin, *tenant, *site;
    json_int_t moved = 0;
    if (json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:s, s?I}", "deployment", &deployment, "pin", &pin,
            "tenant", &tenant, "site", &site, "moved", &moved) ||
        strlen(deployment) >= sizeof(home.deployment) || strlen(tenant) >= sizeof(home.tenant) ||
        strlen(site) >= sizeof(home.site) || crypto_unhex(pin, home.pin, sizeof(home.pin)))
        return problem_set(problem, "bad-state", HOME_FILE, "%s does not say whose this machine is", HOME_FILE);
    strcpy(home.deployment, deployment);
    strcpy(home.tenant, tenant);
    strcpy(home.site, site);
    home.moved_ms = moved;
    *ret = home;
    return 0;
}

int home_parse(const char *text, size_t bytes, struct home *ret, struct problem *problem)
{
    json_t *json = message_parse(text, bytes, problem);
    int error = json ? take(json, ret, problem) : -1;
    json_decref(json);
    return error;
}

int home_load(struct home *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (!home_exists())
        return problem_set(
            problem, "no-trust", HOME_FILE, "this machine trusts nobody yet: vedette-agent trust adopt sha256:…");
    if (file_read_secret(HOME_FILE, HOME_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    int error = home_parse(text, bytes, ret, problem);
    free(text);
    return error;
}

int home_save(const struct home *home, struct problem *problem)
{
    char pin[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(home->pin, sizeof(home->pin), pin);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:I}", "deployment", home->deployment, "pin", pin, "tenant",
        home->tenant, "site", home->site, "moved", (json_int_t)home->moved_ms);
    return json_file_write(HOME_FILE, json, JSON_INDENT(1), 0600, problem);
}
