/*
 * A package laid out as a version beside the one that runs (agent/programs.h). What lies in its folder is whole: it is
 * made under another name and renamed when all of it is on the disk and has said which version it is.
 */
#ifndef VEDETTE_UPDATE_STAGING_H
#define VEDETTE_UPDATE_STAGING_H

struct package;
struct problem;

/* *package has been read and is what was signed; `keep` is the version that must not go, other ones do. "bad-package":
 * a program is missing, or says another version or platform than the package. */
int staging_lay_out(const char *folder, const struct package *, const char *keep, struct problem *);

/* Have the programs of which this process is one in the folder as well, so that there is something to go back to. */
int staging_keep_own(const char *folder, struct problem *);

#endif
