#!/usr/bin/env node
// What the browser does to prove an entry, without a browser: against logs that lib/tlog made, and its receipts.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { webcrypto } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT } from "./deployment.mjs";
import { main, test } from "./tap.mjs";
import { bundled } from "./ui.mjs";

globalThis.crypto ??= webcrypto; // node 18 keeps it aside

const SIZES = [1, 2, 3, 7, 255, 256, 257, 511, 70_000];
const FLIPPED = 257; // the size of the log whose bytes are altered
const TOOL = join(ROOT, "build/tests/tools/tlog_log");

async function setUp() {
  const ui = await bundled("log/proof/prove", "log/proof/tiles", "log/proof/note", "log/proof/tree", "log/proof/receipt");
  const folder = mkdtempSync(join(tmpdir(), "v-proof-"));
  for (const size of SIZES) execFileSync(TOOL, ["make", join(folder, String(size)), String(size)]);
  return { ui, folder, close: () => rmSync(folder, { recursive: true }) };
}

/** A log's files from a directory; `altered` is one that reads otherwise. */
function sourceOf(folder, altered = {}) {
  const read = (path) => {
    if (path in altered) return altered[path];
    try {
      return new Uint8Array(readFileSync(join(folder, path)));
    } catch {
      return null;
    }
  };
  return {
    text: async (name) => {
      const bytes = read(name);
      return bytes && new TextDecoder().decode(bytes);
    },
    bytes: async (path) => read(path),
  };
}

async function entryOf(ui, folder, index, size) {
  return new ui.Tiles(sourceOf(folder)).entry(index, size);
}

async function proveIn(ui, folder, index, size, more = {}, altered = {}) {
  const shown = more.shown ?? (await entryOf(ui, folder, index, size));
  const asked = { log: "ops", index, shown, bundles: true, witnesses: [], quorum: 0, seen: null, ...more };
  return ui.prove(sourceOf(folder, altered), asked, () => {});
}

const sample = (size) => [...new Set([0, 1, 127, 128, 254, 255, 256, 257, 65_535, 65_536, size - 2, size - 1])].filter((i) => i >= 0 && i < size);

test("every sampled entry of logs of all sizes is proven", async ({ ui, folder }) => {
  for (const size of SIZES) {
    for (const index of sample(size)) {
      const proof = await proveIn(ui, join(folder, String(size)), index, size);
      assert.equal(proof.outcome, "good", `${index} of ${size}: ${JSON.stringify(proof.steps)}`);
      assert.match(proof.verdict, /^Proven: this is entry/);
    }
  }
});

test("receipts are those that lib/tlog makes, but for witnesses", async ({ ui, folder }) => {
  for (const index of [0, 255, 65_536, 69_999]) {
    const log = join(folder, "70000");
    const theirs = execFileSync(TOOL, ["receipt", log, String(index)], { encoding: "utf8" });
    const { receipt } = await proveIn(ui, log, index, 70_000);
    const upToRoot = (text) => text.slice(0, text.indexOf("\n\n", text.indexOf("\n\n") + 2));
    assert.equal(upToRoot(receipt), upToRoot(theirs));
  }
});

test("cosignatures of witnesses are checked, by name, key and time", async ({ ui, folder }) => {
  const log = join(folder, "70000");
  const receipt = execFileSync(TOOL, ["receipt", log, "5"], { encoding: "utf8" });
  const cosigned = new TextEncoder().encode(receipt.slice(receipt.indexOf("\n\n") + 2));
  const witnesses = ["witness0", "witness1"].map((name) => readFileSync(join(log, name), "utf8").trim());
  const altered = { checkpoint: cosigned, "checkpoint.cosigned": cosigned };
  const proof = await proveIn(ui, log, 5, 70_000, { witnesses, quorum: 2 }, altered);
  assert.equal(proof.outcome, "good", JSON.stringify(proof.steps));
  assert.match(proof.steps.find((step) => step.name === "Witnesses").words, /^Cosigned by .* at .*, .* at /);
  assert(!proof.limits.some((limit) => limit.includes("everybody")));
  const text = new TextDecoder().decode(cosigned);
  const line = text.trimEnd().split("\n").pop();
  const flipped = text.replace(line, line.replace(/.(=*)$/, (last, pad) => (last[0] === "A" ? "B" : "A") + pad));
  const wrong = await proveIn(ui, log, 5, 70_000, { witnesses, quorum: 2 }, { "checkpoint.cosigned": new TextEncoder().encode(flipped) });
  assert.notEqual(wrong.outcome, "good");
});

test("between all sizes the older tree is found to be the beginning of the newer one", async ({ ui, folder }) => {
  for (const older of SIZES) {
    for (const newer of SIZES.filter((size) => size >= older)) {
      const [before, after] = [older, newer].map((size) => join(folder, String(size)));
      const seen = { vkey: readFileSync(join(after, "vkey"), "utf8").trim(), checkpoint: readFileSync(join(before, "checkpoint"), "utf8"), at: "2026-01-01T00:00:00Z" };
      const proof = await proveIn(ui, after, 0, newer, { seen });
      assert.equal(proof.outcome, "good", `${older} in ${newer}: ${JSON.stringify(proof.steps)}`);
      assert.match(proof.steps.find((step) => step.name === "Memory").words, /still there/);
    }
  }
});

test("another tree than was seen, a smaller one, another key: a fork, with both checkpoints", async ({ ui, folder }) => {
  const log = join(folder, "511");
  const seenOf = (size, part = {}) => ({
    vkey: readFileSync(join(log, "vkey"), "utf8").trim(), checkpoint: readFileSync(join(folder, String(size), "checkpoint"), "utf8"), at: "2026-01-01T00:00:00Z", ...part,
  });
  const otherRoot = (size) => {
    const lines = seenOf(size).checkpoint.split("\n");
    lines[2] = Buffer.alloc(32, 7).toString("base64");
    return { checkpoint: lines.join("\n") };
  };
  for (const seen of [seenOf(256, otherRoot(256)), seenOf(257, otherRoot(257)), seenOf(511, otherRoot(511)), seenOf(70_000),
    seenOf(257, { vkey: `log.example/other+00000000+AQ==` })]) {
    const proof = await proveIn(ui, log, 3, 511, { seen });
    assert.equal(proof.outcome, "bad");
    assert.match(proof.verdict, /^FORK/);
    assert.equal(proof.fork.seen, seen);
    assert.equal(proof.keep, undefined);
  }
});

test("what was seen is not forgotten for a tree that could not be compared with it", async ({ ui, folder }) => {
  const log = join(folder, "70000");
  const seen = { vkey: readFileSync(join(log, "vkey"), "utf8").trim(), checkpoint: readFileSync(join(folder, "257", "checkpoint"), "utf8"), at: "2026-01-01T00:00:00Z" };
  // Entry 69,999 is proven without this tile; that the tree began with the 257 is not.
  const proof = await proveIn(ui, log, 69_999, 70_000, { seen }, { "tile/0/001": null });
  assert.equal(proof.outcome, "unsure", JSON.stringify(proof.steps));
  assert.match(proof.receipt, /^c2sp/);
  assert.equal(proof.keep, undefined);
  assert(proof.limits.some((limit) => limit.includes("saw before")));
  assert((await proveIn(ui, log, 69_999, 70_000, { seen })).keep);
});

test("of an entry with sealed fields is proven what is sealed, and no more is said", async ({ ui, folder }) => {
  const proof = await proveIn(ui, join(folder, "257"), 9, 257, { sealed: true });
  assert.equal(proof.outcome, "good");
  assert.match(proof.verdict, /but for its personal fields/);
  assert(proof.limits.some((limit) => limit.includes("personal fields")));
});

test("each byte of small files, and bytes of tiles, altered: never proven", async ({ ui, folder }) => {
  const log = join(folder, String(FLIPPED));
  // Of its own hash in tile/0 an entry's proof takes nothing: it is computed from the entry.
  for (const [index, path, step] of [[256, "checkpoint", 1], [256, "vkey", 1], [256, "tile/1/000.p/1", 1], [256, "tile/entries/001.p/1", 1],
    [77, "tile/0/001.p/1", 1], [77, "tile/0/000", 61]]) {
    const whole = new Uint8Array(readFileSync(join(log, path)));
    for (let at = 0; at < whole.length; at += step) {
      const bytes = whole.slice();
      bytes[at] ^= 1 << at % 8;
      const { outcome, steps } = await proveIn(ui, log, index, FLIPPED, {}, { [path]: bytes });
      assert.notEqual(outcome, "good", `${path} byte ${at}: ${JSON.stringify(steps)}`);
    }
  }
});

test("an entry other than the one in the log is not proven, whoever may read bundles", async ({ ui, folder }) => {
  const log = join(folder, "257");
  const shown = await entryOf(ui, log, 9, 257);
  shown[3] ^= 1;
  for (const bundles of [true, false]) assert.equal((await proveIn(ui, log, 9, 257, { shown, bundles })).outcome, "bad");
  const right = await entryOf(ui, log, 9, 257);
  assert.equal((await proveIn(ui, log, 10, 257, { shown: right, bundles: false })).outcome, "bad");
});

test("a bundle that retention deleted: what is shown is still proven by its hash", async ({ ui, folder }) => {
  const log = join(folder, "511");
  const proof = await proveIn(ui, log, 9, 511, {}, { "tile/entries/000": null });
  assert.equal(proof.outcome, "good");
  assert.equal(proof.steps.find((step) => step.name === "Bundle").outcome, "none");
});

test("a browser without Ed25519 says so, and still checks the hashes", async ({ ui, folder }) => {
  const { importKey } = crypto.subtle;
  crypto.subtle.importKey = () => Promise.reject(new DOMException("", "NotSupportedError"));
  try {
    const proof = await proveIn(ui, join(folder, "257"), 9, 257);
    assert.equal(proof.outcome, "unsure");
    assert.match(proof.verdict, /^Partly proven/);
    assert(proof.limits.some((limit) => limit.includes("can't check signatures")));
    assert.equal(proof.keep, undefined);
    const wrong = await proveIn(ui, join(folder, "257"), 9, 257, { shown: new Uint8Array(3) });
    assert.equal(wrong.outcome, "bad");
  } finally {
    crypto.subtle.importKey = importKey;
  }
});

test("files that are none of a log prove nothing, and do no harm", async ({ ui, folder }) => {
  const log = join(folder, "257");
  for (const text of ["", "x", "\n\n", "a\n5\nAAAA\n\n— a AAAA\n", "<html>", "log.example/test\n99999999999999999999\nAAAA\n\n"]) {
    const bytes = new TextEncoder().encode(text);
    for (const path of ["checkpoint", "vkey", "tile/0/000", "tile/entries/000"])
      assert.notEqual((await proveIn(ui, log, 9, 257, {}, { [path]: bytes })).outcome, "good", `${path}: ${text}`);
  }
});

await main(setUp);
