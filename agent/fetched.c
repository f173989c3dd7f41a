#include "agent/fetched.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"

int fetched_open(struct problem *problem)
{
    return dir_make(FETCHED_DIR, 0700, problem);
}

void fetched_path(const char *sha256, const char *end, char ret[FETCHED_PATH_BYTES])
{
    snprintf(ret, FETCHED_PATH_BYTES, FETCHED_DIR "/%.64s%s", sha256, end);
}

bool fetched_has(const char *sha256)
{
    char path[FETCHED_PATH_BYTES];
    fetched_path(sha256, "", path);
    return access(path, F_OK) == 0;
}

void fetched_want(const char *sha256, uint64_t bytes)
{
    char path[FETCHED_PATH_BYTES], size[24];
    fetched_path(sha256, ".wanted", path);
    int length = snprintf(size, sizeof(size), "%llu", (unsigned long long)bytes);
    /* One that cannot be written is wanted again with the next look. */
    if (access(path, F_OK))
        file_write(path, size, (size_t)length, 0600, NULL);
}

void fetched_forget(const char *sha256)
{
    static const char *const ends[] = { "", ".part", ".wanted" };
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        char path[FETCHED_PATH_BYTES];
        fetched_path(sha256, ends[i], path);
        unlink(path);
    }
}

size_t fetched_wanted(char ret[FETCHED_WANTED_MAX][FETCHED_HASH_BYTES])
{
    DIR *folder = opendir(FETCHED_DIR);
    size_t n = 0;
    for (struct dirent *entry; folder && n < FETCHED_WANTED_MAX && (entry = readdir(folder));) {
        size_t digits = strspn(entry->d_name, "0123456789abcdef");
        if (digits != FETCHED_HASH_BYTES - 1 || strcmp(entry->d_name + digits, ".wanted"))
            continue;
        memcpy(ret[n], entry->d_name, digits);
        ret[n++][digits] = '\0';
    }
    if (folder)
        closedir(folder);
    return n;
}

int fetched_complete(const char *sha256, struct problem *problem)
{
    char part[FETCHED_PATH_BYTES], whole[FETCHED_PATH_BYTES], wanted[FETCHED_PATH_BYTES];
    fetched_path(sha256, ".part", part);
    fetched_path(sha256, "", whole);
    fetched_path(sha256, ".wanted", wanted);
    if (rename(part, whole))
        return problem_errno(problem, "file", whole, "cannot keep the file");
    unlink(wanted);
    return 0;
}
