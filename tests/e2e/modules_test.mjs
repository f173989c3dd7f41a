#!/usr/bin/env node
// The UI's pure modules, without a browser: search, order, filters, spells of presence, times in words.
import assert from "node:assert/strict";

import { main, test, until } from "./tap.mjs";
import { bundled } from "./ui.mjs";

async function setUp() {
  const ui = await bundled("fleet/fleet", "fleet/search", "fleet/view", "fleet/ranges", "agent/spells", "agent/inventory", "agent/policy", "clock", "size", "log/query", "log/rows",
    "log/entry", "key");
  return { ui, close() {} };
}

const STATES = ["never", "online", "late", "offline", "goodbye", "updating", "maintenance", "retired"];
const at = (ms) => new Date(ms).toISOString();

/** A page of the list with so many made-up agents, the same each time. */
function page(count, first = 1) {
  const ids = Array.from({ length: count }, (_, i) => first + i);
  const pick = (list) => ids.map((id) => list[(id * 2654435761) % 4294967296 % list.length]);
  return {
    now: at(1e12), next: 0, agent: ids, name: ids.map((id) => `Web-${id % 97}-${id}`), tenant: pick(["acme", "borealis"]),
    site: pick(["depot", "north", "harbour"]), state: pick(STATES), since: ids.map(() => at(0)),
    last_seen: ids.map((id) => (id % 5 ? at(1e12 - id * 1000) : null)), hostname: ids.map((id) => (id % 3 ? `h${id}.İst` : null)),
    os: pick(["Debian", "Ubuntu", null]), address: ids.map((id) => `10.0.${id >> 8}.${id & 255}`), tags: pick([null, "web", "db web", "webshop"]),
  };
}

function fleetOf(ui, count) {
  const fleet = new ui.Fleet();
  fleet.load(page(count));
  return fleet;
}

test("a list in pages, with gaps in the ids, loaded twice: every agent once", ({ ui }) => {
  const fleet = new ui.Fleet();
  for (const one of [page(100), page(50, 500), page(100)]) fleet.load(one);
  assert.equal(fleet.size, 150);
  for (let row = 0; row < fleet.size; row++) assert.equal(fleet.rowOf(fleet.id[row]), row);
  assert.equal(fleet.rowOf(300), -1);
  assert.equal(fleet.rowOf(4_000_000_000), -1);
});

test("search finds exactly the rows that hold every word, whatever the case", ({ ui }) => {
  const fleet = fleetOf(ui, 3000);
  const search = new ui.Search(fleet);
  assert.equal(search.find("  "), null);
  for (const query of ["web-9", "ACME", "acme north", "10.0.1.", "#17", "h2.i", "debian web-1", "nothing like it", "\t", "e"]) {
    const hits = search.find(query);
    if (!query.trim()) continue;
    for (let row = 0; row < fleet.size; row++) {
      const text = ["#" + fleet.id[row], fleet.name[row], fleet.host[row], fleet.address[row],
        fleet.tenants.list[fleet.tenant[row]], fleet.sites.list[fleet.site[row]], fleet.systems.list[fleet.os[row]], fleet.tagSets.list[fleet.tags[row]]]
        .join("\t").replace(/[A-Z]/g, (c) => c.toLowerCase());
      const expected = query.toLowerCase().split(" ").every((word) => text.includes(word));
      assert.equal(!!hits[row], expected, `${query}: ${text}`);
    }
  }
  fleet.setName(1, "lighthouse");
  assert.equal(search.find("lighthouse").reduce((sum, hit) => sum + hit), 1);
});

test("an empty fleet is searched, ordered and filtered too", ({ ui }) => {
  const fleet = new ui.Fleet();
  assert.equal(new ui.Search(fleet).find("x").length, 0);
  assert.equal(ui.select(fleet, ui.order(fleet, "name"), null, ui.everything).rows.length, 0);
});

test("every order is a permutation; names count numbers as numbers; states begin with trouble", ({ ui }) => {
  const fleet = fleetOf(ui, 500);
  for (const column of ["state", "name", "tenant", "site", "host", "os", "address", "tags", "seen"]) {
    const order = ui.order(fleet, column);
    assert.deepEqual([...order].sort((a, b) => a - b), Array.from({ length: 500 }, (_, i) => i), column);
  }
  const names = [...ui.order(fleet, "name")].map((row) => fleet.name[row]);
  assert(names.indexOf("Web-2-2") < names.indexOf("Web-10-10"));
  const states = [...ui.order(fleet, "state")].map((row) => STATES[fleet.state[row]]);
  assert.equal(states[0], "offline");
  assert.equal(states.at(-1), "retired");
});

test("filters: rows of that tenant, site and state only; counts are of all states", ({ ui }) => {
  const fleet = fleetOf(ui, 1000);
  const query = { ...ui.everything, tenant: "acme", site: "depot", states: 1 << ui.stateCode("late"), down: true };
  const { rows, counts } = ui.select(fleet, ui.order(fleet, "name"), null, query);
  const place = (row) => `${fleet.tenants.list[fleet.tenant[row]]}/${fleet.sites.list[fleet.site[row]]}`;
  assert(rows.length > 0);
  for (const row of rows) assert.equal(`${place(row)} ${STATES[fleet.state[row]]}`, "acme/depot late");
  assert.equal(counts.reduce((sum, n) => sum + n), Array.from({ length: 1000 }, (_, r) => r).filter((r) => place(r) === "acme/depot").length);
  assert.equal(counts[ui.stateCode("late")], rows.length);
  assert.equal(ui.select(fleet, ui.order(fleet, "name"), null, { ...query, tenant: "unheard-of" }).rows.length, 0);
});

test("tags: found by the whole word; given and taken, the list of all follows", ({ ui }) => {
  const fleet = fleetOf(ui, 1000);
  const tagged = (tag) => [...ui.select(fleet, ui.order(fleet, "name"), null, { ...ui.everything, tag }).rows].map((row) => fleet.id[row]);
  const web = tagged("web");
  assert(web.length > 0 && web.length < 1000);
  for (const id of web) assert(fleet.tagsOf(fleet.rowOf(id)).includes("web"));
  assert.deepEqual(fleet.allTags(), ["db", "web", "webshop"]);
  fleet.setTag([1, 2, 999_999], "attic", true);
  fleet.setTag(web, "web", false);
  assert.deepEqual(tagged("attic"), [1, 2].sort((a, b) => (fleet.name[fleet.rowOf(a)] < fleet.name[fleet.rowOf(b)] ? -1 : 1)));
  assert.deepEqual([tagged("web"), fleet.allTags()], [[], ["attic", "db", "webshop"]]);
});

/** What the server reads out of a text of ranges. */
const expand = (text) => text.split(",").flatMap((one) => {
  const [first, last = first] = one.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
});

test("agents as ranges: each once, in as few calls as the server takes", ({ ui }) => {
  assert.deepEqual(ui.ranges([]), []);
  assert.deepEqual(ui.ranges([5, 3, 4, 9, 4]), ["3-5,9"]);
  const odd = Array.from({ length: 25_000 }, (_, i) => 4_000_000 + i * 2);
  for (const ids of [Array.from({ length: 25_000 }, (_, i) => i + 1), odd]) {
    const texts = ui.ranges(ids);
    for (const text of texts) assert(text.length <= 8192 && expand(text).length <= 10_000, `${text.length}`);
    assert.deepEqual(texts.flatMap(expand), ids);
  }
  assert.equal(ui.ranges(Array.from({ length: 25_000 }, (_, i) => i + 1)).length, 3);
});

test("a policy in sentences, whatever a machine says it is", ({ ui }) => {
  const initial = { kinds: "task watch", scripts: "off", users: "*", hours: "always", consent: "none", consent_wait: "10min" };
  const words = (policy) => Object.fromEntries(ui.sentences({ ...initial, ...policy }).map((one) => [one.about, one.words]));
  assert.match(words({}).Scripts, /refused/);
  assert.equal(words({ users: "* root" })["As users"], "anybody but the agent’s own user; root by name");
  assert.equal(words({ users: "backup www-data" })["As users"], "only backup and www-data");
  assert.match(words({ consent: "ask" }).Consent, /no answer within 10min is a no/);
  assert.equal(words({ kinds: "none" })["Carried out"], "nothing");
  for (const odd of [{ kinds: 7 }, { users: null, hours: [] }, { scripts: { on: true } }]) assert(Array.isArray(ui.sentences({ ...initial, ...odd })));
  assert.deepEqual(ui.sentences({}), []);
});

test("spells fill the period without gaps, whatever the transitions", ({ ui }) => {
  const reply = { time: [at(500), at(1500), at(1500), at(1800), at(9000)], state: ["late", "online", "offline", "offline", "online"] };
  const spells = ui.spells(reply, 1000, 3000);
  assert.deepEqual(spells, [{ from: 1000, to: 1500, state: "late" }, { from: 1500, to: 3000, state: "offline" }]);
  assert.deepEqual(ui.spells({ time: [], state: [] }, 1000, 3000), [{ from: 1000, to: 3000, state: null }]);
  assert.deepEqual(ui.sums(spells).map((sum) => [sum.state, sum.ms]), [["offline", 1500], ["late", 500]]);
});

test("an inventory of any shape is read without trouble", ({ ui }) => {
  for (const said of [{}, { disks: 7, addresses: {}, cpus: "two" }, { disks: [null, 3, { mount: 5 }], addresses: [1, "::1"] }]) {
    const found = ui.readInventory(said);
    assert(Array.isArray(found.disks) && found.addresses.every((one) => typeof one === "string"));
  }
});

test("spans and sizes in words", ({ ui }) => {
  assert.deepEqual([0, 999, 59_999, 60_000, 3_599_000, 86_400_000, -5].map(ui.span), ["0 s", "0 s", "59 s", "1 min", "59 min", "1 d", "0 s"]);
  assert.deepEqual([61_000, 3_600_000, 3_720_000, 90_000_000, 86_400_000 + 59_000].map(ui.exactSpan), ["1 min 1 s", "1 h", "1 h 2 min", "1 d 1 h", "1 d"]);
  assert.deepEqual([0, 1023, 1024, 25_274_793_984, 270 * 2 ** 30].map(ui.size), ["0 B", "1023 B", "1.0 KiB", "23.5 GiB", "270 GiB"]);
});

const entryText = (part) => JSON.stringify({
  specversion: "1.0", id: "ops-7", type: "vedette.operation.requested.v1", subject: "agent/17", time: "2026-01-31T10:00:00.000Z", sev: 4, tenant: "acme",
  data: { unmapped: { call: "agent.rename", arguments: { agent: 17, name: "db-7.Example" } } }, ...part,
});
const NOW = Date.parse("2026-01-31T12:00:00Z");

test("a question survives the address, whatever is wrong in it", ({ ui }) => {
  const query = { ...ui.EVERYTHING, range: "7d", text: "a&b=c d", classes: "ops alert", sev: "2", agent: "17" };
  assert.deepEqual(ui.readQuery(ui.writeQuery(query)), query);
  assert.equal(ui.writeQuery(ui.EVERYTHING), "");
  const between = { ...ui.EVERYTHING, range: "", from: at(0), to: at(1e12) };
  assert.deepEqual(ui.readQuery(ui.writeQuery(between)), between);
  const wrong = ui.readQuery("range=always&sev=9&agent=x&from=never");
  assert.deepEqual([wrong.sev, wrong.agent, wrong.from], ["", "", ""]);
});

test("what comes live matches as the search does: whole words, capitals or not", ({ ui }) => {
  const entry = ui.readEntry(entryText({}));
  const says = (part) => ui.matches({ ...ui.EVERYTHING, ...part }, entry, NOW);
  for (const part of [{}, { text: "db-7" }, { text: "DB-7.example" }, { agent: "17" }, { classes: "access ops" },
    { sev: "4" }, { type: "operation.requested", tenant: "acme" }]) assert(says(part), JSON.stringify(part));
  for (const part of [{ text: "db-71" }, { text: "b-7" }, { text: "exampl" }, { agent: "1" }, { classes: "fleet" }, { sev: "3" }, { tenant: "umbra" },
    { range: "1h" }, { range: "", from: "2026-01-31T11:00:00Z" }]) assert(!says(part), JSON.stringify(part));
});

test("an entry of any shape is read without trouble", ({ ui }) => {
  for (const raw of ["", "null", "[]", "{}", '{"id":"ops-x"}', entryText({ id: "mail-3" }), entryText({ time: 5 })]) assert.equal(ui.readEntry(raw), null);
  for (const data of [null, 7, [], { unmapped: 3 }, { unmapped: { agent: { sealed: "x" } } }]) assert.equal(ui.readEntry(entryText({ data })).sequence, 7);
});

test("rows that come by both ways are one; letting old ones go moves the cursor", ({ ui }) => {
  const one = (log, sequence, ms) => ({ class: log, sequence, time: at(ms) });
  const merged = ui.merge([one("ops", 3, 30), one("ops", 2, 20)], [one("fleet", 9, 25), one("ops", 2, 20), one("ops", 1, 40)]);
  assert.deepEqual(merged.map(ui.idOf).filter((id, i, all) => all.indexOf(id) === i).length, merged.length);
  assert.deepEqual(merged.filter((row) => row.class === "ops").map((row) => row.sequence), [3, 2, 1]);
  const rows = [one("ops", 9, 90), one("fleet", 5, 80), one("ops", 8, 70), one("fleet", 4, 60), one("ops", 7, 50)];
  assert.deepEqual(ui.shorten(rows, "ops=7 alert=3", 3), { rows: rows.slice(0, 3), before: "ops=8 alert=3 fleet=5" });
  assert.deepEqual(ui.shorten(rows, undefined, 5), { rows, before: undefined });
});

test("what an event tells while an older answer is on its way stays", async () => {
  const { fleet, followFleet, loadFleet, refresh, follow, unfollow } = await bundled("fleet/live", "stream");
  const tab = Object.assign(globalThis, { document: { hidden: true } });
  const navigator = { locks: { request: () => new Promise(() => {}) } };
  Object.defineProperty(tab, "navigator", { value: navigator, configurable: true });
  const asked = []; // each is answered when the test says so
  const real = tab.fetch;
  tab.fetch = (url) => new Promise((resolve) => asked.push({ url, answer: (reply) => resolve({ ok: true, json: async () => reply }) }));
  const other = new BroadcastChannel("vedette-stream");
  follow();
  const leave = followFleet();
  try {
    const one = page(1);
    const old = { ...one, state: ["online"], last_seen: [one.now], address: [null] };
    const loaded = loadFleet();
    asked.shift().answer(old);
    await loaded;
    const told = (type, data, seen) => {
      other.postMessage({ kind: "event", event: { type, data: { agent: 1, ...data } } });
      return until(type, seen);
    };
    const live = refresh([1]);
    const isOffline = () => fleet.value.stateOf(1) === "offline";
    await told("agent.offline", { since: at(1e12), last_seen: at(1e12 - 45_000) }, isOffline);
    asked.shift().answer({ now: old.now, agent: [1], state: ["online"], age_ms: [1000] });
    await live;
    assert(isOffline());
    await until("the agent without address to be asked for", () => asked.length);
    await told("agent.renamed", { name: "lantern" }, () => fleet.value.name[0] === "lantern");
    asked.shift().answer({ ...old, os: ["Plan 9"] });
    await until("the answer", () => fleet.value.systems.list[fleet.value.os[0]] === "Plan 9");
    assert.equal(fleet.value.name[0], "lantern");
  } finally {
    leave();
    unfollow();
    other.close();
    tab.fetch = real;
  }
});

test("requests that want the key at the same time share one question; who settled it settles no later one", async ({ ui }) => {
  const [first, second] = [ui.proveKey(), ui.proveKey()];
  const settle = ui.keyWanted.value;
  settle(true);
  assert.deepEqual(await Promise.all([first, second]), [true, true]);
  assert.equal(ui.keyWanted.value, null);
  const third = ui.proveKey();
  settle(true);
  assert.notEqual(ui.keyWanted.value, null);
  ui.keyWanted.value(false);
  assert.equal(await third, false);
});

await main(setUp);
