#include "cli/sign/signer.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/sign/passphrase.h"
#include "lib/files.h"
#include "lib/signed/key_file.h"

#define SSH_PUBLIC_BYTES 4096
#define ARMOUR_BYTES 16384

extern char **environ;

static int open_key(struct cli *cli, const char *path, const char *pem, const char *passphrase_file,
    struct signing_key *ret, struct problem *problem)
{
    struct problem why = { .code = "" };
    char question[PATH_MAX + 32], passphrase[PASSPHRASE_BYTES];
    if (!signing_key_open(pem, NULL, ret, &why))
        return 0;
    if (strcmp(why.code, "passphrase")) {
        if (problem)
            *problem = why;
        return -1;
    }
    snprintf(question, sizeof(question), "Passphrase of %s: ", path);
    int error = passphrase_get(cli, passphrase_file, question, false, passphrase, problem) ||
                signing_key_open(pem, passphrase, ret, problem);
    crypto_forget(passphrase, sizeof(passphrase));
    return error ? -1 : 0;
}

int signer_by_key(struct cli *cli, const char *path, const char *passphrase_file, const struct signing *signing,
    struct signature *ret, struct problem *problem)
{
    struct signing_key key;
    char *pem;
    size_t bytes;
    if (file_read_secret(path, KEY_FILE_BYTES, &pem, &bytes, problem))
        return -1;
    int error = open_key(cli, path, pem, passphrase_file, &key, problem);
    crypto_forget(pem, bytes);
    free(pem);
    if (error)
        return -1;
    memcpy(ret->keyid, key.public.keyid, sizeof(ret->keyid));
    error = signing_key_sign(&key, signing->dsse.pae, signing->dsse.pae_bytes, ret->sig, &ret->bytes, problem);
    signing_key_free(&key);
    return error;
}

/* The public half stands beside the private one. */
static int read_ssh_public(const char *path, struct signature *ret, struct problem *problem)
{
    char public[PATH_MAX], *text;
    size_t bytes, length = strlen(path);
    struct ssh_key key;
    bool named = length > 4 && !strcmp(path + length - 4, ".pub");
    if (snprintf(public, sizeof(public), "%s%s", path, named ? "" : ".pub") >= (int)sizeof(public))
        return problem_set(problem, "file", "--ssh-key", "the path of the key is too long");
    if (file_read(public, SSH_PUBLIC_BYTES, &text, &bytes, problem))
        return -1;
    int error = ssh_key_read(text, &key, problem);
    free(text);
    if (error)
        return -1;
    memcpy(ret->keyid, key.key.keyid, sizeof(ret->keyid));
    key_free(&key.key);
    return 0;
}

/* A file in memory, so that neither side waits for the other. */
static int hold(const void *data, size_t bytes)
{
    int fd = memfd_create("document", MFD_CLOEXEC);
    if (fd >= 0 && (write(fd, data, bytes) != (ssize_t)bytes || lseek(fd, 0, SEEK_SET))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* ssh-keygen asks for passphrase and touch on the terminal itself. */
static int run_ssh_keygen(const char *path, int in, int out, struct problem *problem)
{
    char *const argv[] = { "ssh-keygen", "-q", "-Y", "sign", "-n", SSHSIG_NAMESPACE, "-f", (char *)path, NULL };
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    errno = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (errno)
        return problem_errno(problem, "ssh-keygen", "--ssh-key", "cannot run ssh-keygen");
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status ? problem_set(problem, "ssh-keygen", "--ssh-key", "ssh-keygen did not sign") : 0;
}

static int read_armour(int fd, struct signature *ret, struct problem *problem)
{
    char text[ARMOUR_BYTES];
    ssize_t bytes = pread(fd, text, sizeof(text), 0);
    if (bytes < 0)
        return problem_errno(problem, "file", "--ssh-key", "cannot read what ssh-keygen wrote");
    return sshsig_unarmour(text, (size_t)bytes, ret->sig, sizeof(ret->sig), &ret->bytes, problem);
}

int signer_by_ssh(const char *path, const struct signing *signing, struct signature *ret, struct problem *problem)
{
    if (read_ssh_public(path, ret, problem))
        return -1;
    int in = hold(signing->dsse.pae, signing->dsse.pae_bytes), out = hold("", 0);
    int error = in < 0 || out < 0 ? problem_errno(problem, "file", "", "cannot hand the document to ssh-keygen")
                                  : run_ssh_keygen(path, in, out, problem) || read_armour(out, ret, problem);
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return error ? -1 : 0;
}
