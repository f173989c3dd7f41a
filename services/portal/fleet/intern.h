/* One copy of each text that many agents share: tenants, sites, operating systems. Freed with the process. */
#ifndef VEDETTE_PORTAL_INTERN_H
#define VEDETTE_PORTAL_INTERN_H

/* The one copy of text; NULL for NULL. Ends the process when memory does. */
const char *intern(const char *text);

#endif
