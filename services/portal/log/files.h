/*
 * The log's files over HTTP, as c2sp.org/tlog-tiles lays them out: `/log/<class>/` and behind it checkpoint, vkey,
 * tile/…. Audit writes them, the portal only reads.
 *
 * Hash tiles and checkpoints say how much happened and nothing of what: whoever may log in may follow the log, so that
 * a witness needs no more than a viewer's token. Bundles hold every entry of every tenant: an auditor's, bound to none.
 */
#ifndef VEDETTE_PORTAL_LOG_FILES_H
#define VEDETTE_PORTAL_LOG_FILES_H

#define LOG_FOLDER "log" /* in the state directory */

#endif
