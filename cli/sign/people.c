#include "cli/sign/people.h"

#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/signed/key_file.h"
#include "lib/signed/sshsig.h"

#define FILE_BYTES 8192

static json_t *from_pem(const char *text, struct problem *problem)
{
    struct public_key key;
    char spki[SPKI_TEXT_BYTES];
    if (key_read_pem(text, &key, problem))
        return NULL;
    key_text(&key, spki);
    key_free(&key);
    return json_pack("{ss ss}", "type", "key", "public_key", spki);
}

/* Without its comment. */
static json_t *from_ssh(const char *text, struct problem *problem)
{
    struct ssh_key key;
    if (ssh_key_read(text, &key, problem))
        return NULL;
    key_free(&key.key);
    size_t type = strcspn(text, " ") + 1, length = type + strcspn(text + type, " \r\n");
    return json_pack("{ss ss%}", "type", "ssh", "public_key", text, length);
}

json_t *people_key(const struct cli *cli, const char *file, struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    if (cli_path(cli, file, path, problem) || file_read(path, FILE_BYTES, &text, &bytes, problem))
        return NULL;
    json_t *key = strstr(text, "-----BEGIN PUBLIC KEY-----") ? from_pem(text, problem)
                  : text[0] == '{'                           ? message_parse(text, bytes, problem)
                                                             : from_ssh(text, problem);
    free(text);
    return key;
}

static json_t *person_of(json_t *people, const char *name, size_t length, size_t *ret_index)
{
    size_t i;
    json_t *person;
    json_array_foreach(people, i, person)
    {
        const char *have = json_string_value(json_object_get(person, "name"));
        if (have && strlen(have) == length && !memcmp(have, name, length)) {
            *ret_index = i;
            return person;
        }
    }
    return NULL;
}

int people_add(const struct cli *cli, json_t *payload, const char *text, struct problem *problem)
{
    size_t length = strcspn(text, "="), index;
    if (!length || !text[length])
        return problem_set(problem, "usage", "--person", "--person wants NAME=FILE with a public key");
    json_t *key = people_key(cli, text + length + 1, problem), *people = json_object_get(payload, "people");
    if (!key)
        return -1;
    json_t *person = person_of(people, text, length, &index);
    int error = person ? json_array_append_new(json_object_get(person, "keys"), key)
                       : json_array_append_new(people, json_pack("{ss% s[o]}", "name", text, length, "keys", key));
    return error ? problem_set(problem, "no-memory", "", "no memory") : 0;
}

int people_remove(json_t *payload, const char *name, struct problem *problem)
{
    size_t index;
    json_t *people = json_object_get(payload, "people");
    if (!person_of(people, name, strlen(name), &index))
        return problem_set(problem, "no-person", "--remove", "nobody in the trust file is called %.64s", name);
    return json_array_remove(people, index);
}

static void set_threshold(json_t *thresholds, const char *kind, int64_t n)
{
    size_t i;
    json_t *one;
    json_array_foreach(thresholds, i, one)
    {
        if (!strcmp(json_string_value(json_object_get(one, "kind")), kind)) {
            json_object_set_new(one, "signers", json_integer(n));
            return;
        }
    }
    json_array_append_new(thresholds, json_pack("{ss sI}", "kind", kind, "signers", (json_int_t)n));
}

int people_threshold(json_t *payload, const char *text, struct problem *problem)
{
    json_t *thresholds = json_object_get(payload, "thresholds");
    const char *equals = strchr(text, '='), *number = equals ? equals + 1 : text;
    char *end, kind[32] = "";
    long n = strtol(number, &end, 10);
    if (equals && (size_t)(equals - text) < sizeof(kind))
        memcpy(kind, text, (size_t)(equals - text));
    int which = equals ? word_index(document_kind_words, kind) : -1;
    if (*end || n < 1 || (equals && (which < 0 || kind_rows[which].signed_by != BY_THRESHOLD)))
        return problem_set(problem, "usage", "--threshold", "--threshold wants a number of people, or KIND=N");
    for (int each = 0; each < DOCUMENT_KIND_COUNT; each++) {
        if (kind_rows[each].signed_by == BY_THRESHOLD && (!equals || each == which))
            set_threshold(thresholds, document_kind_words[each], n);
    }
    return 0;
}
