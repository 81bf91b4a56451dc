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

const LAB = join(import.meta.dirname, "..");
const LIMIT_MS = 240_000;
const READY_LIMIT_MS = 30_000;
const LETTER_LIMIT_MS = 90_000;
const HOSTS = { here: "192.168.77.2", there: "192.168.77.3" } as const;
type Host = keyof typeof HOSTS;

/** Says that the station of a key is where nobody speaks. */
const LIAR = `
  import { lanRoute } from "@chapar/carrier";
  import { startLanResponder } from "@chapar/carrier/node";
  await startLanResponder({ key: lanRoute(process.argv[1]), port: 9, isAnnounced: true });
  process.stdout.write('{"event":"lying"}\\n');
`;

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
    return this.run(host, process.execPath, [join(LAB, "src/net", file), JSON.stringify(config)]);
  }

  /** Any program on a host. */
  run(host: Host, program: string, words: readonly string[]): Speaker {
    const args = ["netns", "exec", this.name(host), program, ...words];
    const child: ChildProcess = spawn("ip", args, { stdio: "pipe", cwd: LAB });
    const speaker = new Speaker(`${program} ${host}`, child);
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

  it(
    "J-32 J-33 a home that moved to another door is found by its key when its address leads nowhere, beside somebody who lies about being it",
    async () => {
      const town = bridge!;
      const dataDir = join(town.scratch, "moved");
      const url = `http://${HOSTS.there}:8090`;
      const start = (port: number, more = {}): Speaker =>
        town.start("there", "station-main.ts", { dataDir, port, host: HOSTS.there, url, ...more });
      const station = start(8090);
      const { invite: stationInvite, near } = await station.heard("ready", READY_LIMIT_MS);
      const person = (role: string, more = {}): Speaker =>
        town.start("here", "client-main.ts", {
          role,
          profileDir: join(town.scratch, `moved-${role}`),
          stationInvite,
          ...more,
        });
      const friend = person("friend");
      const { invite } = await friend.heard("invited", READY_LIMIT_MS);
      const writer = person("writer", { friendInvite: String(invite), text: "by its address" });
      expect((await writer.heard("receipt", LETTER_LIMIT_MS))["kind"]).toBe("web");
      await friend.heard("got", LETTER_LIMIT_MS);
      await station.stop();
      // Nobody has been told of a way by the local network; somebody says that they are this station.
      const lie = town.run("here", process.execPath, ["--input-type=module", "-e", LIAR, String(near)]);
      await lie.heard("lying", READY_LIMIT_MS);
      await start(8091, { lan: { isAnnounced: true } }).heard("ready", READY_LIMIT_MS);
      const text = "by its key";
      writer.tell({ text });
      const receipt = await writer.heard("receipt", LETTER_LIMIT_MS, (said) => said["text"] === text);
      expect(receipt["kind"]).toBe("lan");
      await friend.heard("got", LETTER_LIMIT_MS, (said) => said["text"] === text);
      await writer.stop();
      const words = ["nearby", "--json", "--seconds", "2", "--profile", join(town.scratch, "moved-writer")];
      const look = town.run("here", join(LAB, "../chapar"), words);
      const found = async (host: Host): Promise<unknown> =>
        await look.heard("nearby", READY_LIMIT_MS, (said) => said["host"] === HOSTS[host] && said["route"] === near);
      expect(await found("there")).toMatchObject({ home: true, proved: true, announced: true });
      expect(await found("here")).toMatchObject({ home: true, proved: false });
    },
    LIMIT_MS,
  );
});
