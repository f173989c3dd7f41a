#!/usr/bin/env node
// What people are told of backups: figures, plans, fates. The pure part, without a browser.
import assert from "node:assert/strict";

import { main, test } from "./tap.mjs";
import { bundled } from "./ui.mjs";

async function setUp() {
  return { ui: await bundled("backups/figures", "backups/plans", "backups/fate", "backups/targets", "compose/restore/form", "compose/permits"), async close() {} };
}

const backup = (part) => ({
  backup: "b".repeat(32), backup_class: "daily", slot: "2026-11-22", backup_state: "done", since: "2026-11-22T01:40:00Z", content_bytes: 1000, new_bytes: 10,
  files: 200, changed_files: 4, proven_at: null, ...part,
});

test("figures are of backups that are done, the newest first", ({ ui }) => {
  const list = [backup({ backup_state: "running", content_bytes: null, new_bytes: null }), backup({}), backup({ slot: "2026-11-21", new_bytes: 490, proven_at: "2026-11-21T05:00:00Z" })];
  const of = ui.figures(list);
  assert.deepEqual([of.newest.slot, of.size_bytes, of.changed, of.stored, of.proven_at], ["2026-11-22", 1000, 0.02, 4, "2026-11-21T05:00:00Z"]);
  const none = ui.figures([backup({ backup_state: "failed" })]);
  assert.deepEqual([none.newest, none.size_bytes, none.changed, none.stored, none.proven_at], [null, null, null, null, null]);
  assert.equal(ui.figures([backup({ new_bytes: 0 })]).stored, null);
});

test("a plan is one for all its machines; those that went wrong come first, then those without a backup, then the oldest", ({ ui }) => {
  const on = (agent, backup_state, done_at, part) => ({ document: "d1", document_version: 1, title: "Homes", backup_target: "nas", agent, backup_state, done_at, next_at: null, ...part });
  const rows = [on(1, "done", "2026-11-22T00:00:00Z"), on(2, null, null), on(3, "failed", "2026-11-20T00:00:00Z"), on(4, "done", "2026-11-21T00:00:00Z"),
    on(1, "done", "2026-11-22T00:00:00Z", { document: "d2", title: "Attic" })];
  const [attic, homes] = ui.plansOf(rows);
  assert.deepEqual([attic.title, homes.machines.length], ["Attic", 4]);
  assert.deepEqual(ui.worstFirst(homes.machines).map(({ agent }) => agent), [3, 2, 4, 1]);
  assert.equal(ui.stateWords(homes.machines), "2 done, 1 none yet, 1 failed");
  assert.equal(ui.stateWords(attic.machines), "done");
  assert.equal(ui.earliest([null, "2026-11-23T00:00:00Z", "2026-11-22T00:00:00Z"]), "2026-11-22T00:00:00Z");
});

test("fates say what and why, in order of class and date", ({ ui }) => {
  const row = (part) => ({ backup: "b", backup_class: "daily", slot: "2026-11-22", planned: false, fate: "kept", kept_by: "date", kept_until: "2026-11-28", ends_at: "", goes_at: null, ...part });
  assert.equal(ui.fateWords(row({})), "Daily of 22 Nov 2026: is kept until 28 Nov 2026 is over.");
  assert.match(ui.fateWords(row({ kept_by: "base" })), /needs it/);
  assert.match(ui.fateWords(row({ kept_by: "due", fate: "condemned", goes_at: "2026-12-02T00:00:00Z" })), /nothing keeps it after 28 Nov 2026; it goes /);
  assert.match(ui.fateWords(row({ kept_by: "due", fate: "gone" })), /is deleted by then/);
  assert.equal(ui.lookOf(row({ planned: true })), "planned");
  const order = ui.byClass([row({ backup_class: "weekly" }), row({ slot: "2026-11-23" }), row({})]);
  assert.deepEqual(order.map(([name, list]) => [name, list.map(({ slot }) => slot)]), [["daily", ["2026-11-22", "2026-11-23"]], ["weekly", ["2026-11-22"]]]);
});

test("who could delete is said plainly; whatever a machine tells, what was not tried is no comfort", ({ ui }) => {
  const tried = { tried_at: "2026-11-20T10:00:00Z", write_once: true, replace: "no", remove: "no" };
  const words = (value) => ui.judge("nas", ui.readTargets({ nas: value }).get("nas"));
  assert.deepEqual([words({ kind: "sftp", ...tried }).grave, words({ kind: "directory", ...tried }).grave], [false, true]);
  assert.match(words({ kind: "s3", ...tried, write_once: false, replace: "hide" }).words, /can hide/);
  assert.match(words({ kind: "s3", ...tried, write_once: false, remove: "yes" }).words, /can delete/);
  for (const odd of [{ kind: "sftp" }, { kind: "sftp", ...tried, tried_at: "never" }, null, 7, [], { kind: 7, write_once: true }]) assert(words(odd).grave, JSON.stringify(odd));
  assert(words({ kind: "sftp", ...tried, remove: "yes" }).grave); // says both
  assert(ui.judge("nas", undefined).grave);
  for (const said of [null, undefined, {}]) assert.equal(ui.readTargets(said).size, 0);
});

test("paths of a restore are whole and in one form, as documents want them", ({ ui }) => {
  for (const path of ["/", "/srv/data", "/a b", "/..a", "/a/.b"]) assert.equal(ui.isPath(path), true, path);
  for (const path of ["", "srv", "//", "/a/", "/a//b", "/.", "/a/../b", "/a/."]) assert.equal(ui.isPath(path), false, path);
  assert.match(ui.pathProblem(`/${"ü".repeat(2048)}`), /4,096 bytes/);
});

const SOURCE = { backup: "b".repeat(32), commit_sha256: "c".repeat(64), agent: 7, name: "web-1", slot: "2026-11-22", backup_class: "daily" };
const KEYS = new Map([[7, { fingerprint: "7".repeat(64), agent: 7, name: "web-1" }], [8, { fingerprint: "8".repeat(64), agent: 8, name: "new" }]]);

test("a restore's document says where to and of which machine; on another one, whose backup it is", ({ ui }) => {
  const given = { deployment: "d".repeat(32), document: "e".repeat(32), version: 1, now: Date.parse("2026-11-22T12:00:00Z"), keys: KEYS };
  const form = { ...ui.restoreOf(SOURCE, "disk", ["/srv/a", "/srv/b "]), into: "/var/back" };
  assert.equal(ui.restoreLacks(form), "");
  const made = ui.restoreDocument(form, given);
  assert.deepEqual(made.paths, ["/srv/a", "/srv/b "]);
  assert.deepEqual([made.into, made.source, made.targets, made.commit_sha256], ["/var/back", undefined, [KEYS.get(7)], SOURCE.commit_sha256]);
  const other = ui.restoreDocument({ ...form, agents: [8], what: "all", place: "there" }, given);
  assert.deepEqual([other.into, other.source, other.targets, other.paths], ["/", KEYS.get(7), [KEYS.get(8)], undefined]);
  const again = ui.restoreForm(other);
  assert.deepEqual([again.of, again.agents, again.place, again.what], [7, [8], "there", "all"]);
});

test("what a restore lacks is said, and what its machine would refuse", ({ ui }) => {
  const form = { ...ui.restoreOf(SOURCE, "disk", []), into: "/var/back" };
  const lacks = (part) => ui.restoreLacks({ ...form, ...part });
  assert.match(lacks({ commit_sha256: "" }), /commit/);
  assert.match(lacks({ what: "paths" }), /no path/);
  assert.match(lacks({ what: "paths", paths: "/a\n".repeat(257) }), /More than 256/);
  assert.match(lacks({ what: "paths", paths: "a" }), /is no path/);
  assert.match(lacks({ into: " " }), /which folder/);
  assert.match(lacks({ agents: [] }), /No agent/);
  const refusals = (policy, targets = new Map([["disk", {}]])) => ui.refusalsOfRestore(form, { kinds: "restore", users: "root", ...policy }, false, targets);
  assert.deepEqual(refusals({}), []);
  assert.deepEqual(refusals({ kinds: "task", users: "*" }), ["it carries out no restores", "nothing may be brought back by the rights of root"]);
  assert.deepEqual(refusals({}, new Map()), ["it has told of no target disk"]);
});

await main(setUp);
