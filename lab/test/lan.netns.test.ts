/*
 * Two hosts on one bridge and nothing else: no router, no resolver, no way out. Stations and people find one another by keys, and letters come.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeAbandoned, removeNamespace } from "../src/net/namespaces.ts";
import { Speaker } from "../src/net/processes.ts";
import { runTool, whyNoNamespaces } from "../src/net/tools.ts";
import { notRun } from "../src/testing/netns.ts";

const LIMIT_MS = 240_000;
const READY_LIMIT_MS = 30_000;
const LETTER_LIMIT_MS = 90_000;
const HOSTS = { here: "192.168.77.2", there: "192.168.77.3" } as const;
type Host = keyof typeof HOSTS;

/** The bridge and both hosts. */
class Bridge implements AsyncDisposable {
  readonly scratch: string = mkdtempSync(join(tmpdir(), `chapar-lab-${process.pid}-`));
  readonly #names: readonly string[];
  readonly #started: Speaker[] = [];

  constructor() {
    this.#names = ["bridge", ...Object.keys(HOSTS)].map((name) => this.name(name));
    const bridge = this.name("bridge");
    for (const name of this.#names) {
      runTool("ip", ["netns", "add", name]);
      runTool("ip", ["-n", name, "link", "set", "lo", "up"]);
      // A resolver that is not there.
      mkdirSync(join("/etc/netns", name), { recursive: true });
      writeFileSync(
        join("/etc/netns", name, "resolv.conf"),
        "nameserver 192.168.77.99\noptions timeout:1 attempts:1\n",
      );
    }
    runTool("ip", ["-n", bridge, "link", "add", "br0", "type", "bridge"]);
    runTool("ip", ["-n", bridge, "link", "set", "br0", "up"]);
    for (const [host, address] of Object.entries(HOSTS)) {
      const name = this.name(host);
      runTool("ip", ["-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", `to-${host}`, "netns", bridge]);
      runTool("ip", ["-n", bridge, "link", "set", `to-${host}`, "master", "br0", "up"]);
      runTool("ip", ["-n", name, "address", "add", `${address}/24`, "dev", "eth0"]);
      runTool("ip", ["-n", name, "link", "set", "eth0", "up"]);
    }
  }

  name(of: string): string {
    return `chlab-${process.pid}-77-${of}`;
  }

  start(host: Host, file: "station-main.ts" | "client-main.ts", config: unknown): Speaker {
    const main = join(import.meta.dirname, "../src/net", file);
    const args = ["netns", "exec", this.name(host), process.execPath, main, JSON.stringify(config)];
    const child: ChildProcess = spawn("ip", args, { stdio: "pipe" });
    const speaker = new Speaker(`${file} ${host}`, child);
    this.#started.push(speaker);
    return speaker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const speaker of this.#started) await speaker.stop();
    for (const name of this.#names) await removeNamespace(name);
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

describe("a network without an internet", () => {
  const why = whyNoNamespaces();
  if (why !== undefined) {
    notRun("a network without an internet", why);
    return;
  }
  let bridge: Bridge | undefined;
  beforeAll(async () => {
    await removeAbandoned();
    bridge = new Bridge();
  }, LIMIT_MS);
  afterAll(async () => {
    await bridge?.[Symbol.asyncDispose]();
  }, LIMIT_MS);

  it(
    "P-101 P-103 stations and people find one another by keys, join and write",
    async () => {
      const town = bridge!;
      const station = async (
        host: Host,
        peers: readonly string[],
      ): Promise<{ speaker: Speaker; invite: string; near: string }> => {
        const config = { dataDir: join(town.scratch, host), port: 8080, url: `http://${host}.invalid`, lan: {}, peers };
        const speaker = town.start(host, "station-main.ts", config);
        const { invite, near } = await speaker.heard("ready", READY_LIMIT_MS);
        return { speaker, invite: String(invite), near: String(near) };
      };
      // A key is made at a first start; whoever is to be named has to have one.
      const first = await station("here", []);
      await first.speaker.stop();
      const there = await station("there", [first.near]);
      const here = await station("here", [there.near]);
      const person = (host: Host, role: string, stationInvite: string, more = {}): Speaker =>
        town.start(host, "client-main.ts", { role, profileDir: join(town.scratch, role), stationInvite, ...more });
      // Each person's home is on the other host: nothing of what they write stays on their own.
      const friend = person("here", "friend", there.invite);
      const { invite } = await friend.heard("invited", READY_LIMIT_MS);
      const text = "no internet needed";
      const writer = person("there", "writer", here.invite, { friendInvite: String(invite), text });
      const receipt = await writer.heard("receipt", LETTER_LIMIT_MS);
      expect(receipt["kind"]).toBe("lan");
      expect(await friend.heard("got", LETTER_LIMIT_MS)).toMatchObject({ text });
    },
    LIMIT_MS,
  );
});
