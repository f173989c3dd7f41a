#include "lib/signed/status_file.h"

#include <stdlib.h>

#include "lib/files.h"
#include "lib/signed/status.h"

bool status_file_counts(const char *path, const struct trust *trust, struct trust_revoked revoked)
{
    char *text;
    size_t bytes;
    if (file_read_secret(path, DSSE_BYTES, &text, &bytes, NULL))
        return false;
    bool counts = status_counts(text, trust, revoked);
    free(text);
    return counts;
}
