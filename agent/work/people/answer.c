#include "agent/work/people/answer.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/options.h"
#include "agent/state.h"
#include "agent/work/people/people.h"
#include "agent/work/place.h"
#include "agent/work/progress.h"
#include "lib/files.h"
#include "lib/problem.h"

#define FILES_MAX 1000      /* anybody may put some here */
#define FILES_A_TIME 100000 /* that are looked at to remove them: whoever lays them down may go on */
#define PATH_BYTES 96       /* the folder, id, user number */

static const char *answers;

int answer_open(const char *folder, struct problem *problem)
{
    struct stat found;
    answers = folder;
    if (dir_make(folder, 01733, problem))
        return -1;
    if (lstat(folder, &found) || !S_ISDIR(found.st_mode) || found.st_uid != geteuid())
        return problem_set(problem, "bad-state", folder, "%s is not a directory of this user", folder);
    return 0;
}

static bool is_id(const char *text)
{
    size_t length = strlen(text);
    return length && length < DOCUMENT_ID_BYTES && strspn(text, "0123456789abcdef") == length;
}

/* The file's word, if it is an answer to this question by somebody who may give one: a file that has another name, too, may be
 * one of his that somebody else has laid here. ID of the file: at least its first
 * eight digits. */
static bool read_answer(int folder, const char *name, const char *document, bool *ret_allow, uid_t *ret_by)
{
    char id[DOCUMENT_ID_BYTES] = "", word[8] = "";
    struct stat found;
    size_t digits = strspn(name, "0123456789abcdef");
    if (digits < 8 || digits >= sizeof(id) || strncmp(name, document, digits))
        return false;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good =
        !fstat(fd, &found) && S_ISREG(found.st_mode) && found.st_nlink == 1 && read(fd, word, sizeof(word) - 1) > 0;
    close(fd);
    bool allow = !strcmp(word, "allow"), deny = !strcmp(word, "deny");
    if (!good || (!allow && !deny) || !people_may_answer(found.st_uid))
        return false;
    *ret_allow = allow;
    *ret_by = found.st_uid;
    return true;
}

/* Each of the question's files. Among too many none counts: somebody may have laid them there to hide another's no. */
static bool look(const char *document, bool *ret_allow, uid_t *ret_by)
{
    DIR *folder = opendir(answers);
    struct dirent *entry;
    bool found = false, allow = true;
    uid_t by = 0;
    int n = 0;
    while (folder && n <= FILES_MAX && (entry = readdir(folder))) {
        bool one;
        uid_t one_by;
        n++;
        if (!read_answer(dirfd(folder), entry->d_name, document, &one, &one_by) || (found && one))
            continue;
        found = true;
        allow = one;
        by = one_by;
    }
    if (folder)
        closedir(folder);
    if (!found || n > FILES_MAX)
        return false;
    *ret_allow = allow;
    *ret_by = by;
    return true;
}

bool answer_take(const char *document, bool *ret_allow, uid_t *ret_by)
{
    if (!look(document, ret_allow, ret_by))
        return false;
    answer_forget(document);
    return true;
}

/* Those of a question; NULL: all. How many there were. */
static int clear(const char *document)
{
    DIR *folder = opendir(answers);
    struct dirent *entry;
    int n = 0;
    for (; folder && n < FILES_A_TIME && (entry = readdir(folder)); n++) {
        if (!document || !strncmp(entry->d_name, document, 8))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
    return n;
}

void answer_forget(const char *document)
{
    if (clear(document) > FILES_MAX)
        clear(NULL); /* or nobody would be heard any more */
}

int answer_give(const char *document, bool allow, uid_t by, struct problem *problem)
{
    char path[PATH_BYTES];
    const char *word = allow ? "allow" : "deny";
    /* By a name that nobody else can have taken before. */
    snprintf(path, sizeof(path), "%s/%.32s.%u.XXXXXX", answers, document, by);
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return problem_errno(problem, "no-answer", path, "cannot write the answer");
    int error = write(fd, word, strlen(word)) != (ssize_t)strlen(word);
    close(fd);
    return error ? problem_errno(problem, "no-answer", path, "cannot write the answer") : 0;
}

int answer_command(const struct options *options, char **argv)
{
    (void)argv;
    struct problem problem;
    int state;
    const char *word = options->n_words > 1 ? options->words[1] : "",
               *id = options->n_words > 2 ? options->words[2] : "";
    if ((strcmp(word, "allow") && strcmp(word, "deny")) || !is_id(id) || strlen(id) < 8) {
        problem_set(&problem, "bad-option", "", "consent allow|deny and the 8 digits that were shown");
        return say_problem(&problem);
    }
    /* Installed, anybody may; else only who may enter our directory. */
    answers = ANSWERS_INSTALLED;
    if (!state_is_installed(options->state) &&
        (place_enter(options, &state, &problem) || place_answers(options, &problem)))
        return say_problem(&problem);
    if (answer_give(id, !strcmp(word, "allow"), getuid(), &problem))
        return say_problem(&problem);
    return 0;
}
