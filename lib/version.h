/* Which version of Vedette this program is, and how versions are ordered. */
#ifndef VEDETTE_VERSION_H
#define VEDETTE_VERSION_H

#include <stdint.h>

#define VERSION_BYTES 33 /* fields.def's version, and NUL */

extern const char vedette_version[];  /* 1.2.3 */
extern const char vedette_platform[]; /* for what it was built: linux-amd64 */

/* Three numbers below a million with points between, as written by us and no other way; a higher version gives a higher
 * number. 0, or -1 and *ret untouched. */
int version_parse(const char *text, uint64_t *ret);

/* What `--version` of the agent's programs prints, and a package's file VERSION holds: "vedette-agent 1.2.3
 * linux-amd64", a line. Of another program, or in another form: -1, and the texts untouched. */
int version_line_parse(
    const char *line, const char *program, char ret_version[VERSION_BYTES], char ret_platform[VERSION_BYTES]);

#endif
