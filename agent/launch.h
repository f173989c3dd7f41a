/*
 * Which program is to be the resident. An agent that systemd has not installed finds its updates in its own state
 * directory: whatever vedette-agent is started there hands over to the version that the last update left, or to the one
 * that watches over an update which was cut off. The process stays the same, for whoever supervises it.
 *
 * Called within the state directory, as its user.
 */
#ifndef VEDETTE_AGENT_LAUNCH_H
#define VEDETTE_AGENT_LAUNCH_H

struct options;

/* Returns if this program is the right one, or no other can be executed. policy: whole path, NULL: the default. */
void launch_right(const struct options *, const char *policy);
/* Become the version before, which tries the new one. Returns if that cannot be executed. */
void launch_guard(const char *policy);

#endif
