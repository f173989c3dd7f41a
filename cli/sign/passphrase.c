#include "cli/sign/passphrase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/crypto.h"
#include "lib/files.h"

#define LEAST_CHARACTERS 12 /* beside scrypt: what no dictionary of a thief has */

static FILE *open_terminal(struct problem *problem)
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (!terminal)
        problem_set(problem, "no-terminal", "", "there is no terminal to ask on");
    return terminal;
}

/* One line; with echo off the line end is ours to write. */
static int ask(FILE *terminal, const char *question, bool shown, char *ret, size_t room)
{
    struct termios before, silent;
    bool changed = false;
    if (!shown && !tcgetattr(fileno(terminal), &before)) {
        silent = before;
        silent.c_lflag &= ~(tcflag_t)ECHO;
        changed = !tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
    }
    fprintf(terminal, "%s", question);
    fflush(terminal);
    bool read = fgets(ret, (int)room, terminal);
    if (changed) {
        tcsetattr(fileno(terminal), TCSAFLUSH, &before);
        fprintf(terminal, "\n");
    }
    if (!read)
        return -1;
    ret[strcspn(ret, "\n")] = '\0';
    return 0;
}

static int ask_twice(FILE *terminal, const char *question, char ret[PASSPHRASE_BYTES], struct problem *problem)
{
    char again[PASSPHRASE_BYTES];
    int error = ask(terminal, question, false, ret, PASSPHRASE_BYTES) ||
                ask(terminal, "Once more: ", false, again, sizeof(again));
    if (error)
        problem_set(problem, "no-terminal", "", "no passphrase was typed");
    else if (strcmp(ret, again))
        error = problem_set(problem, "passphrase", "", "the two are not the same");
    crypto_forget(again, sizeof(again));
    return error ? -1 : 0;
}

static int from_file(const struct cli *cli, const char *file, char ret[PASSPHRASE_BYTES], struct problem *problem)
{
    char path[PATH_MAX], *text;
    size_t bytes;
    if (cli_path(cli, file, path, problem) || file_read_secret(path, PASSPHRASE_BYTES - 1, &text, &bytes, problem))
        return -1;
    snprintf(ret, PASSPHRASE_BYTES, "%.*s", (int)strcspn(text, "\n"), text);
    crypto_forget(text, bytes);
    free(text);
    return 0;
}

int passphrase_get(const struct cli *cli, const char *file, const char *question, bool new, char ret[PASSPHRASE_BYTES],
    struct problem *problem)
{
    FILE *terminal = file ? NULL : open_terminal(problem);
    if (!file && !terminal)
        return -1;
    int error = file  ? from_file(cli, file, ret, problem)
                : new ? ask_twice(terminal, question, ret, problem)
                      : ask(terminal, question, false, ret, PASSPHRASE_BYTES);
    if (terminal)
        fclose(terminal);
    if (!error && new &&strlen(ret) < LEAST_CHARACTERS)
        error = problem_set(problem, "passphrase", "", "a passphrase has at least %d characters", LEAST_CHARACTERS);
    return error ? -1 : 0;
}

int terminal_confirm(const char *question, struct problem *problem)
{
    char answer[16] = "";
    FILE *terminal = open_terminal(problem);
    if (!terminal)
        return -1;
    int error = ask(terminal, question, true, answer, sizeof(answer));
    fclose(terminal);
    return error || strcmp(answer, "yes") ? problem_set(problem, "declined", "", "nothing was signed") : 0;
}
