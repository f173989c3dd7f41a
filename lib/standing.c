#include "lib/standing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/certificate.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/log.h"

#define FILE_BYTES_MAX 65536 /* as vedette.conf */
#define PATH_BYTES 64

static void path_of(const struct standing *standing, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, "%s/standing.json", standing->service);
}

static bool is_of(const struct setting_row *row, const char *service)
{
    return !strcmp(row->section, service) ||
           (!strcmp(service, "audit") && (!strcmp(row->section, "common") || !strcmp(row->section, "bus")));
}

static json_t *value_of(const struct setting_row *row, const struct settings *settings)
{
    const void *place = (const char *)settings + row->offset;
    switch (row->type) {
    case SETTING_INT:
        return json_sprintf("%" PRId64, *(const int64_t *)place);
    case SETTING_FLAG:
        return json_string(*(const bool *)place ? "on" : "off");
    case SETTING_WORD:
        return json_string(row->words[*(const int *)place]);
    case SETTING_TEXT:
    case SETTING_ADDRESS:
    case SETTING_ENDPOINT:
        return json_string(*(const char *const *)place);
    }
    return NULL;
}

/* settings NULL: as they are initially. */
static json_t *collect(const struct settings *settings, const char *service)
{
    json_t *found = json_object();
    for (size_t i = 0; i < setting_count && found; i++) {
        const struct setting_row *row = &setting_rows[i];
        char name[64];
        if (!is_of(row, service))
            continue;
        snprintf(name, sizeof(name), "%s.%s", row->section, row->key);
        if (json_object_set_new(found, name, settings ? value_of(row, settings) : json_string(row->initial))) {
            json_decref(found);
            found = NULL;
        }
    }
    return found;
}

json_t *standing_settings(const struct settings *settings, const char *service)
{
    return collect(settings, service);
}

json_t *standing_defaults(const char *service)
{
    return collect(NULL, service);
}

/* Members of one that the other does not have like that. */
static json_t *differing(const json_t *one, const json_t *other)
{
    json_t *found = json_object(), *value;
    const char *name;
    json_object_foreach((json_t *)one, name, value)
    {
        if (!json_equal(value, json_object_get(other, name)) && found && json_object_set(found, name, value)) {
            json_decref(found);
            return NULL;
        }
    }
    return found;
}

int standing_changes(const json_t *was, const json_t *is, json_t **ret_old, json_t **ret_new)
{
    json_t *old = differing(was, is), *new = differing(is, was);
    if (!old || !new) {
        json_decref(old);
        json_decref(new);
        return -1;
    }
    *ret_old = old;
    *ret_new = new;
    return 0;
}

/* A file that is not there, or not as we write it, is as good as none: then the initial settings are what was known. */
static json_t *load(const struct standing *standing)
{
    char path[PATH_BYTES];
    path_of(standing, path);
    json_t *file = json_file_read(path, FILE_BYTES_MAX, NULL);
    if (json_is_object(json_object_get(file, "settings")) && json_is_object(json_object_get(file, "keys")))
        return file;
    json_decref(file);
    return json_pack("{s:o, s:{}}", "settings", standing_defaults(standing->service), "keys");
}

int standing_open(
    struct standing *standing, const char *service, const struct settings *settings, struct problem *problem)
{
    *standing = (struct standing){ .service = service, .settings = standing_settings(settings, service), .keys = json_object() };
    standing->told = load(standing);
    if (standing->settings && standing->keys && standing->told)
        return 0;
    standing_close(standing);
    return problem_set(problem, "no-memory", "", "no memory for the settings known");
}

void standing_close(struct standing *standing)
{
    json_decref(standing->settings);
    json_decref(standing->keys);
    json_decref(standing->told);
    standing->settings = standing->keys = standing->told = NULL;
}

void standing_key(struct standing *standing, const char *name, const uint8_t sha256[32])
{
    char hex[HEX_BYTES(32)];
    crypto_hex(sha256, 32, hex);
    json_object_set_new(standing->keys, name, json_string(hex));
}

void standing_file(struct standing *standing, const char *name, const char *path)
{
    uint8_t sha256[SHA256_BYTES];
    char *text;
    size_t bytes;
    if (file_read(path, FILE_BYTES_MAX, &text, &bytes, NULL))
        return;
    crypto_sha256(text, bytes, sha256);
    free(text);
    standing_key(standing, name, sha256);
}

void standing_certificate(struct standing *standing, const char *name, const char *path)
{
    char fingerprint[FINGERPRINT_BYTES], *pem;
    size_t bytes;
    if (file_read(path, FILE_BYTES_MAX, &pem, &bytes, NULL))
        return;
    if (!certificate_fingerprint(pem, fingerprint, NULL))
        json_object_set_new(standing->keys, name, json_string(strchr(fingerprint, ':') + 1));
    free(pem);
}

static void keep(struct standing *standing)
{
    char path[PATH_BYTES];
    struct problem problem;
    path_of(standing, path);
    if (json_file_write(path, json_incref(standing->told), JSON_INDENT(1) | JSON_SORT_KEYS, 0600, &problem))
        log_problem(LOG_LEVEL_WARNING, "standing.not-kept", &problem);
}

static void stored(void *arg, const struct problem *refused)
{
    struct standing *standing = arg;
    if (--standing->untold == 0 && !refused)
        keep(standing);
}

static void tell_settings(struct standing *standing, struct bus *bus)
{
    struct event_configuration_changed data = { .thing = "settings", .which = standing->service };
    const struct event_about about = { 0 };
    if (standing_changes(json_object_get(standing->told, "settings"), standing->settings, &data.old, &data.new))
        return;
    if ((json_object_size(data.old) || json_object_size(data.new)) &&
        !emit_configuration_changed(bus, &about, &data, stored, standing)) {
        standing->untold++;
        json_object_set_new(standing->told, "settings", json_deep_copy(standing->settings));
    }
    json_decref(data.old);
    json_decref(data.new);
}

static void tell_keys(struct standing *standing, struct bus *bus)
{
    json_t *was = json_object_get(standing->told, "keys");
    const struct event_about about = { 0 };
    const char *name;
    json_t *value;
    json_object_foreach(standing->keys, name, value)
    {
        char full[65];
        const struct event_key_changed data = {
            .key_name = full,
            .key_sha256 = json_string_value(value),
            .key_sha256_before = json_string_value(json_object_get(was, name)),
        };
        snprintf(full, sizeof(full), "%s/%s", standing->service, name);
        if (!json_equal(value, json_object_get(was, name)) && !emit_key_changed(bus, &about, &data, stored, standing)) {
            standing->untold++;
            json_object_set(was, name, value);
        }
    }
}

void standing_tell(struct standing *standing, struct bus *bus)
{
    tell_settings(standing, bus);
    tell_keys(standing, bus);
}
