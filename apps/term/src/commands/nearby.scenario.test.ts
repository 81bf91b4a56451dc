/* `nearby` on a network of this machine alone. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { type LanFinderOptions, startLanResponder } from "@chapar/carrier/node";
import { startStation } from "@chapar/station/node";
import { idText } from "@chapar/wire";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { createOutput } from "../output.ts";
import { CommandStage } from "../testing/command-stage.ts";
import { nearby } from "./nearby.ts";

const LOOPBACK = "127.0.0.1";
const stage = new CommandStage();
beforeEach(() => stage.begin());
afterEach(() => stage.end());

/** A port for the test's own multicast, so that nothing of this machine's network hears or answers. */
async function quietPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, LOOPBACK);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

interface Told {
  readonly lines: readonly Record<string, unknown>[];
  readonly words: string;
}

/** Looks once as scripts see it and once as people do. */
async function look(where: LanFinderOptions): Promise<Told> {
  const once = async (json: boolean): Promise<string> => {
    let said = "";
    const sink = { write: (text: string) => (said += text) };
    const run = {
      root: stage.folder,
      env: {},
      stdin: process.stdin,
      stdout: process.stdout,
      signal: new AbortController().signal,
      engine: () => Promise.reject(new Error("nobody has joined")),
      out: createOutput({ json, stdout: sink, stderr: { write: () => undefined } }),
      profileDir: join(stage.folder, "nobody"),
    };
    expect(await nearby(run, { seconds: 1 }, where)).toBe(0);
    return said;
  };
  const [lines, words] = await Promise.all([once(true), once(false)]);
  return {
    lines: lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>),
    words,
  };
}

it("J-32 J-34 lists who is announced and proves the key, says of a liar that they do not, and needs no identity", async () => {
  const port = await quietPort();
  const where = { interfaces: [LOOPBACK], port };
  expect(await look(where)).toEqual({
    lines: [{ event: "nearby-nothing" }],
    words: "No station answered. One answers here when its operator says --lan.\n",
  });
  const lan = { interface: LOOPBACK, mdnsPort: port, isAnnounced: true };
  const about = { region: "IR", name: "Ship", port: 0, dataDir: join(stage.folder, "station") };
  const station = await startStation({ ...about, lan });
  onTestFinished(() => station.close());
  const liar = await startLanResponder({
    key: station.key,
    port: 9,
    mdnsPort: port,
    interface: LOOPBACK,
    isAnnounced: true,
  });
  onTestFinished(() => liar[Symbol.asyncDispose]());
  const { lines, words } = await look(where);
  const key = idText(station.key);
  const line = { event: "nearby", station: key, route: `lan://${key}`, host: LOOPBACK, home: false, announced: true };
  expect(lines).toHaveLength(2);
  expect(lines).toContainEqual({ ...line, port: 9, proved: false });
  expect(lines).toContainEqual({ ...line, port: expect.any(Number) as number, proved: true });
  expect(words).toContain("(another station)");
  expect(words).toContain("and does not prove it: nothing is sent there");
  // Nothing but what is in the table: no name.
  expect(JSON.stringify(lines)).not.toContain("Ship");
});

it("J-34 takes a number of seconds that somebody would wait", async () => {
  for (const seconds of ["0", "-1", "61", "soon"])
    expect((await stage.chapar(["nearby", "--seconds", seconds, "--json"])).code).toBe(64);
});
