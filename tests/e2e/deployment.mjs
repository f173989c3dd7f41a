// A real Vedette in a temporary folder, started by deploy/local; and an authenticator app for its administrator.
import { execFile, spawn } from "node:child_process";
import { createHash, createHmac, randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { chmodSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { until } from "./tap.mjs";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const READY_MS = 120_000;
const STOP_MS = 15_000;
const PORTS = 5;
const LOG_LINES = 12;
const OUTPUT_BYTES = 256 << 20; // a list of 100,000 agents has some 20 MB

const execute = promisify(execFile);

const isFree = (port) =>
  new Promise((resolve) => {
    const tcp = createServer();
    tcp.once("error", () => resolve(false));
    tcp.listen(port, "0.0.0.0", () => {
      const udp = createSocket("udp4");
      udp.once("error", () => tcp.close(() => resolve(false)));
      udp.bind(port, () => udp.close(() => tcp.close(() => resolve(true))));
    });
  });

async function freePorts() {
  for (;;) {
    const base = randomInt(10_000, 32_000);
    const free = await Promise.all(Array.from({ length: PORTS }, (_, i) => isFree(base + i)));
    if (free.every(Boolean)) return base;
  }
}

export class Deployment {
  /** options: words for deploy/local; settings: section.key=value. */
  static async start(options = [], settings = []) {
    const one = new Deployment();
    one.state = mkdtempSync(join(tmpdir(), "v-"));
    chmodSync(one.state, 0o711); // services give up root and must still pass
    one.said = join(one.state, "said");
    const said = openSync(one.said, "a");
    if (settings.length) await one.run("init", ...settings.flatMap((setting) => ["--set", setting]));
    const argv = ["--state", one.state, "--ports", String(await freePorts()), ...options];
    one.local = spawn(join(ROOT, "deploy/local"), argv, { stdio: ["ignore", said, said] });
    one.ended = new Promise((resolve) => one.local.once("exit", resolve));
    try {
      await until("ready.json", () => one.isReady(), READY_MS);
    } catch (problem) {
      const words = readFileSync(one.said, "utf8");
      await one.close();
      throw new Error(`${problem.message}\n${words}`);
    }
    return one;
  }

  isReady() {
    return existsSync(join(this.state, "ready.json"));
  }

  get ready() {
    return JSON.parse(readFileSync(join(this.state, "ready.json"), "utf8"));
  }

  get url() {
    return `https://localhost:${this.ready.ports.portal}`;
  }

  /** A command of the local command line; what it prints. */
  async run(...words) {
    const argv = ["--state", this.state, ...words];
    return (await execute(join(ROOT, "build/vedette"), argv, { maxBuffer: OUTPUT_BYTES })).stdout;
  }

  async cli(...words) {
    return JSON.parse(await this.run(...words, "--json"));
  }

  /** As if the key of a page's session had last been proven so long ago. */
  async ageKey(page, age_s) {
    const { value } = (await page.context().cookies()).find((one) => one.name === "__Host-vedette");
    const session = createHash("sha256").update(value).digest("hex");
    const env = { ...process.env, REDISCLI_AUTH: readFileSync(join(this.state, "portal/redis.pass"), "utf8").trim() };
    const words = ["--user", "portal", "HSET", `sess:${session}`, "proven_ms", String(Date.now() - age_s * 1000)];
    const { stdout } = await execute("redis-cli", ["-s", join(this.state, "redis.sock"), ...words], { env });
    if (stdout.trim() !== "0") throw new Error(`there is no such session: ${stdout}`);
  }

  /** The last words of every process. */
  logs() {
    const folder = join(this.state, "output");
    const last = (name) => readFileSync(join(folder, name), "utf8").trimEnd().split("\n").slice(-LOG_LINES);
    return readdirSync(folder).flatMap((name) => [`---- ${name}`, ...last(name)]).join("\n");
  }

  signal(name, signal) {
    process.kill(this.ready.pids[name], signal);
  }

  async close() {
    if (this.local.exitCode === null) this.local.kill("SIGTERM");
    const timer = setTimeout(() => this.local.kill("SIGKILL"), STOP_MS);
    await this.ended;
    clearTimeout(timer);
    rmSync(this.state, { recursive: true, force: true });
  }
}

/** Codes by RFC 6238; never the same twice, as the server takes none twice. */
export class Authenticator {
  constructor(secret) {
    const bits = [...secret].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
    this.key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
    this.last = 0;
  }

  async code() {
    const now = () => Math.floor(Date.now() / 30_000);
    const step = Math.max(now(), this.last + 1);
    await until("the next one-time code", () => step <= now() + 1, 60_000); // one step ahead is still taken
    this.last = step;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", this.key).update(counter).digest();
    const at = mac[19] & 15;
    return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
  }
}
