/* The status that a machine has taken and keeps in a file. */
#ifndef VEDETTE_SIGNED_STATUS_FILE_H
#define VEDETTE_SIGNED_STATUS_FILE_H

#include "lib/signed/verify.h"

/* Does it count (status.h)? To be asked whenever trust file or revocation is another. One that cannot be read counts for
 * nothing. */
bool status_file_counts(const char *path, const struct trust *, struct trust_revoked);

#endif
