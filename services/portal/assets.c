#include "services/portal/assets.h"

#include <string.h>

#include "lib/http/asset.h"
#include "lib/http/http.h"
#include "services/portal/web.h"

extern const struct http_assets dist_assets;

static void refuse(struct http_request *http, const char *code, const char *reason, const char *allow)
{
    struct problem problem;
    problem_set(&problem, code, "", "%s", reason);
    web_refuse_early(http, &problem, allow);
}

void asset_take(struct http_request *http, const char *path)
{
    const char *method = http_method(http);
    const struct http_asset *asset = http_asset_find(&dist_assets, path);
    if (!asset)
        refuse(http, "not-found", "there is no such page", NULL);
    else if (strcmp(method, "GET") && strcmp(method, "HEAD"))
        refuse(http, "other-method", "this address takes GET", "GET, HEAD");
    else
        http_asset_answer(http, asset);
}
