/*
 * The owner's targets, /etc/vedette/targets.conf: where backups go, by what the other side is recognised, what it is
 * shown, and whose keys open them. It must belong to root and be writable by nobody else: a server that was taken over
 * can order a backup, but neither send it elsewhere nor make it readable for others. docs/backup-targets.md.
 */
#ifndef VEDETTE_TARGET_CONF_H
#define VEDETTE_TARGET_CONF_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem;

#define TARGETS_DEFAULT "/etc/vedette/targets.conf"
#define TARGETS_LIMIT_BYTES 65536
#define TARGETS_MAX 16
#define TARGET_WORD_BYTES 64  /* a target's name, a user, a region, with NUL */
#define TARGET_HOST_BYTES 254 /* a name of DNS, and NUL */
#define TARGET_PATH_BYTES 1024
#define TARGET_RECIPIENTS_MAX 8

enum target_kind {
    TARGET_DIRECTORY, /* file:///srv/backup */
    TARGET_SFTP,      /* sftp://user@host[:port]/folder */
    TARGET_S3,        /* s3://host[:port]/bucket[/folder], over TLS */
};

struct target_conf {
    char name[TARGET_WORD_BYTES];
    enum target_kind kind;
    char user[TARGET_WORD_BYTES], host[TARGET_HOST_BYTES];
    uint16_t port;
    char bucket[TARGET_WORD_BYTES];
    char path[TARGET_PATH_BYTES]; /* of the folder; "": the root of what an SFTP account sees. S3: no slashes at its
                                     ends, "": the bucket itself */

    uint8_t host_key[32];                /* SFTP: SHA-256 of the server's key, as `ssh-keygen -l` shows it */
    char ca[TARGET_PATH_BYTES];          /* S3: PEM file of the authority, in the place of the system's */
    char credentials[TARGET_PATH_BYTES]; /* SFTP: private key; S3: file of `access_key =` and `secret_key =` */
    char region[TARGET_WORD_BYTES];
    char bucket_owner[TARGET_WORD_BYTES]; /* account that must own the bucket; "": not asked */
    unsigned lock_days;                   /* Object Lock on each object, in compliance mode; 0: the bucket's own rule */

    /* PEM files of public keys or certificates that everything is sealed for. Of the first sort there is at least one. */
    char recovery[TARGET_RECIPIENTS_MAX][TARGET_PATH_BYTES]; /* offline recovery keys */
    unsigned recoveries;
    char restore_service[TARGET_PATH_BYTES]; /* of the restore key service; "": there is none */
};

struct target_confs {
    unsigned n;
    struct target_conf *all; /* n of them */
};
void target_confs_free(struct target_confs *);

/* The text alone; path is for the problem's sentence, which names file, line and key. text ends with NUL. */
int target_confs_parse(const char *path, const char *text, struct target_confs *ret, struct problem *);
/* The file must belong to root (or to us, where we are not root) and be writable by its owner only. */
int target_confs_load(const char *path, struct target_confs *ret, struct problem *);
/* The one of this name. */
int target_conf_find(const char *path, const char *name, struct target_conf *ret, struct problem *);
/* Of a directory that was named by hand; no recipients. */
int target_conf_directory(const char *folder, struct target_conf *ret, struct problem *);

#endif
