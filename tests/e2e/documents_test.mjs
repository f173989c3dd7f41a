#!/usr/bin/env node
// What people are shown of a document before they sign it, and of output that machines write: the pure part, without a browser.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";

import { main, test } from "./tap.mjs";
import { bundled } from "./ui.mjs";

globalThis.crypto ??= webcrypto; // node 18 keeps it aside

async function setUp() {
  return { ui: await bundled("document/document", "document/changes", "tasks/groups", "compose/form", "compose/task/form", "compose/plan/form", "compose/permits", "parts/plain"), async close() {} };
}

const task = {
  deployment: "d".repeat(32), document: "1".repeat(32), kind: "task", version: 1, title: "Restart", made_at: "2026-11-22T05:00:00Z",
  not_before: "2026-11-22T05:00:00Z", expires: "2026-11-29T05:00:00Z", targets: [{ fingerprint: "a".repeat(64), agent: 7, name: "web-7" }],
  script: { interpreter: ["/bin/sh", "-eu"], body: "one\ntwo\nthree\n" }, user: "nobody", timeout_s: 600, output_limit_bytes: 262144, consent: "none",
};

test("the number of a document is SHA-256 of DSSE's PAE", async ({ ui }) => {
  const pae = new TextDecoder().decode(ui.pae("task", new TextEncoder().encode("{}")));
  assert.equal(pae, "DSSEv1 36 application/vnd.vedette.task.v1+json 2 {}");
  const read = await ui.readDocument("task", new TextEncoder().encode(JSON.stringify(task)));
  assert.match(read.sha256, /^[0-9a-f]{64}$/);
  await assert.rejects(ui.readDocument("update", new TextEncoder().encode(JSON.stringify(task))), /of kind/);
  await assert.rejects(ui.readDocument("task", new Uint8Array([0x22, 0xff, 0x22])));
});

test("what would not be seen is named", ({ ui }) => {
  const shown = (text) => ui.pieces(text).map(({ plain, unseen }) => plain + unseen).join("");
  assert.equal(shown("plain\n\ttext"), "plain\n\ttext");
  assert.equal(shown("a\u202eb\u2066c\u200bd\x1b[31me\r\x00\x7f"), "a[U+202E]b[U+2066]c[U+200B]d^[[31me^M^@^?");
  assert.equal(shown("\u{e0041}\u00ad\u3164\ufeff\ud800\u2028"), "[U+E0041][U+00AD][U+3164][U+FEFF][U+D800][U+2028]");
  assert.equal(shown("ä 漢字 שלום 😀"), "ä 漢字 שלום 😀");
});

test("an output of what is not seen alone does not become a million elements", ({ ui }) => {
  assert.deepEqual(ui.pieces("\x00".repeat(500_000)).map(({ unseen }) => unseen.length), [1_000_000, 0]);
  const list = ui.pieces("a\x1b".repeat(250_000));
  assert(list.length < 2_100, `${list.length}`);
  assert.equal(list.map(({ plain, unseen }) => plain + unseen).join(""), "a^[".repeat(250_000));
});

test("changes: fields, targets whatever their order, lines of a script", ({ ui }) => {
  assert.deepEqual(ui.changes(task, { ...task, version: 2, made_at: "2026-12-01T00:00:00Z" }), []);
  const other = { fingerprint: "b".repeat(64), agent: 8, name: "web-8" };
  const next = { ...task, user: "root", targets: [other, ...task.targets], script: { ...task.script, body: "one\n2\nthree\n" } };
  const list = ui.changes(task, next);
  const at = Object.fromEntries(list.map((one) => [one.path, one]));
  assert.deepEqual([at.user.before, at.user.after], ["nobody", "root"]);
  assert.equal(at[`targets.${other.fingerprint}`].after, `web-8, agent 8, ${other.fingerprint}`);
  assert.deepEqual(at["script.body"].lines.map(({ is, text }) => `${is[0]} ${text}`), ["s one", "r two", "a 2", "s three"]);
  assert.equal(list.length, 3);
  const cut = ui.changes(task, { ...task, script: { ...task.script, body: "one\ntwo\nthree" } });
  assert.deepEqual(cut[0].lines.map(({ is, text }) => `${is[0]} ${text}`), ["s one", "s two", "s three", "r "]);
  const gone = ui.changes(next, { ...task, argv: ["/bin/true"], script: undefined });
  assert(gone.some((one) => one.path === "argv.0" && one.before === undefined));
  assert(gone.some((one) => one.path === "script.body" && one.after === undefined));
});

test("failures that differ in the machine's name and in numbers are one", ({ ui }) => {
  const failure = (agent, output, how = "failed: exit status 1") => ({ agent, name: `web-${agent}`, how, output });
  const list = ui.groups([
    failure(1, "web-1: pid 4711: no space left\n"),
    failure(2, "web-2: pid 99: no space left"),
    failure(3, "web-3: connection refused"),
    failure(4, null, "refused: policy"),
  ]);
  assert.deepEqual(list.map((group) => group.agents), [[1, 2], [3], [4]]);
});

test("the composer's form becomes a document, and comes back from it", ({ ui }) => {
  const key = { fingerprint: "a".repeat(64), agent: 7, name: "web-7" };
  const given = { deployment: task.deployment, document: task.document, version: 1, now: Date.parse(task.made_at), keys: new Map([[7, key]]) };
  const form = { ...ui.emptyTask("Europe/Oslo"), title: " Restart ", body: "one\ntwo\nthree", agents: [7] };
  assert.equal(ui.taskLacks(form), "");
  const made = ui.taskOf(form, given);
  assert.deepEqual(made, task);
  assert.deepEqual(ui.taskOf(ui.taskForm(made, "Europe/Oslo"), given), made);
  const recurring = { ...form, when: "calendar", rings: true, to: "place", tenant: "acme", site: "oslo", what: "command", argv: "/bin/echo\n a b\n$x", memory: "64" };
  const second = ui.taskOf(recurring, given);
  assert.deepEqual(second.argv, ["/bin/echo", " a b", "$x"]);
  assert.equal(second.targets, undefined);
  assert.deepEqual(ui.taskOf(ui.taskForm(second, "UTC"), given), second);
  assert.match(ui.taskLacks({ ...form, body: "" }), /empty/);
  assert.match(ui.taskLacks({ ...form, agents: Array.from({ length: 1001 }, (_, i) => i + 1) }), /1000/);
});

const plan = {
  deployment: task.deployment, document: task.document, kind: "backup-plan", version: 1, title: "Homes", made_at: "2026-11-22T05:00:00Z",
  not_before: "2026-11-22T05:00:00Z", expires: "2027-02-20T05:00:00Z", tenant: "acme", paths: ["/etc", "/home"], excluded: ["/home/cache"], target: "nas",
  classes: [{ class: "daily", calendar: "Tue..Sun 01:30" }, { class: "weekly", calendar: "Mon 01:30", anchor: true }], zone: "Europe/Oslo", window_s: 7200,
  bandwidth_bytes_s: 2621440,
};

test("so does a plan of backups; what is left empty is left out", ({ ui }) => {
  const given = { deployment: plan.deployment, document: plan.document, version: 1, now: Date.parse(plan.made_at), keys: new Map() };
  const empty = ui.emptyPlan("Europe/Oslo");
  const { daily, differential, weekly } = empty.classes;
  const form = {
    ...empty, title: "Homes", to: "place", tenant: "acme", paths: " /etc\n\n/home ", excluded: "/home/cache", target: "nas", window: "2", bandwidth: "2.5",
    classes: { daily, differential: { ...differential, on: false }, weekly: { ...weekly, anchor: true } },
  };
  assert.equal(ui.planLacks(form), "");
  assert.deepEqual(ui.planOf(form, given), plan);
  assert.deepEqual(ui.planOf(ui.planForm(plan, "UTC"), given), plan);
  assert.match(ui.planLacks({ ...form, target: "" }), /where/);
  assert.match(ui.planLacks({ ...form, paths: "\n" }), /nothing/);
  const off = { ...daily, on: false };
  assert.match(ui.planLacks({ ...form, classes: { daily: off, differential, weekly: { ...weekly, on: false } } }), /need fulls/);
  assert.match(ui.planLacks({ ...form, classes: { daily: off, differential: off, weekly: off } }), /nothing is ever due/);
});

test("a plan's lists are sets: what changed in them is said by itself", ({ ui }) => {
  const next = { ...plan, paths: ["/srv", "/home"], classes: [plan.classes[1], { ...plan.classes[0], calendar: "daily" }] };
  const list = ui.changes(plan, next).map(({ path, before, after }) => [path, before, after]);
  assert.deepEqual(list, [["paths./srv", undefined, "/srv"], ["classes.daily.calendar", "Tue..Sun 01:30", "daily"], ["paths./etc", "/etc", undefined]].sort(
    (a, b) => list.findIndex(([path]) => path === a[0]) - list.findIndex(([path]) => path === b[0])));
});

test("what owners let plans do, said before people sign", ({ ui }) => {
  const policy = { kinds: "task backup-plan", longest_life: "90d", backup_paths: "/home /srv", backup_targets: "nas", backup_dumps: "none" };
  const form = { ...ui.planForm(plan, "UTC"), paths: "/home/anna\n/srv" };
  const said = (part, rules = {}) => ui.refusalsOfPlan({ ...form, ...part }, { ...policy, ...rules }, false);
  assert.deepEqual(said({}), []);
  assert.match(said({ paths: "/srv\n/homes" })[0], /nothing of \/homes/);
  assert.match(said({ databases: "/etc/a.db" })[0], /nothing of \/etc\/a.db/);
  assert.deepEqual(said({ paths: "/etc" }, { backup_paths: "/" }), []);
  assert.match(said({ target: "disk" })[0], /to disk/);
  assert.deepEqual(said({ target: "disk" }, { backup_targets: "*" }), []);
  assert.equal(said({ dumps: "shop" }).length, 1);
  assert.match(said({}, { kinds: "task" })[0], /no backup plans/);
  assert.deepEqual(ui.refusalsOfPlan(form, { kinds: "backup-plan" }, false), []); // an agent of before
});

test("before people sign it is said what machines would refuse", ({ ui }) => {
  const policy = { kinds: "task watch", scripts: "off", users: "*", longest_life: "90d", time_limit: "1h", output_limit: "16M", memory_limit: "512M" };
  const form = { ...ui.emptyTask("UTC"), agents: [1, 2, 3, 4], user: "root", timeout: "61" };
  const told = new Map([[1, { policy, frozen: false }], [2, { policy: { ...policy, scripts: "on", users: "* root", time_limit: "2h" }, frozen: false }], [3, undefined]]);
  const judge = (rules, frozen) => ui.refusalsOfTask(form, rules, frozen);
  const by = Object.fromEntries(ui.refusing(form.agents, told, judge).map(({ why, agents }) => [why, agents]));
  assert.deepEqual(Object.entries(by).map(([why, agents]) => `${agents}: ${why.slice(0, 24)}`).sort(),
    ["1: a task may take 1h at mo", "1: it refuses scripts", "1: nothing may run as root", "3: it has not said that it "]);
  const allowed = { ...form, user: "nobody", timeout: "60", what: "command" };
  assert.deepEqual(ui.refusalsOfTask(allowed, policy, false), []);
  assert.deepEqual(ui.refusalsOfTask(allowed, policy, true), ["it is frozen"]);
  assert.equal(ui.refusalsOfTask({ ...allowed, days: "91", memory: "513", output: "16385" }, policy, false).length, 3);
  assert.deepEqual(ui.refusalsOfTask({ ...allowed, user: "vedette-agent" }, policy, false), ["nothing may run as vedette-agent"]);
});

await main(setUp);
