/*
 * Documents that begin nothing, and change what this machine takes from now on: settings, which restrict it for as long
 * as they are good, and moves, which give it to another tenant or site for good.
 */
#ifndef VEDETTE_AGENT_WORK_EFFECTS_H
#define VEDETTE_AGENT_WORK_EFFECTS_H

struct document;
struct held;
struct problem;
struct work;

/* "policy-setting": a setting that would loosen the owner's policy; "old-version": a move that was signed before the
 * last one that was followed. Other kinds are none of ours: 0. */
int effects_allow(const struct work *, const struct document *, struct problem *);
/* Have the settings that are in force restrict work->policy. */
void effects_restrict(struct work *);
/* Let one that is held have its effect, once, and tell it. */
void effects_look(struct work *, struct held *);

#endif
