/*
 * Pluggable transports with the programs that people have: Debian's obfs4proxy and snowflake-client under our own carriers, and our
 * own carriers under Debian's tor. Everything stays in the namespaces; no broker, no directory of anybody's is reachable.
 */
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { LabError } from "../src/errors.ts";
import type { Speaker } from "../src/net/processes.ts";
import { control, type ControlBench, describeNetns } from "../src/testing/netns.ts";
import { BLOCKED, CHAPAR, chapar, READY_LIMIT_MS, STAGE_LIMIT_MS, withExit } from "./tunnel-stage.ts";

const OBFS4 = { transport: "obfs4", host: PLACES.foreign.address, port: 9443 };
const TRANSPORT_PORT = 9002;
const HANDSHAKE_DONE = /Bootstrapped \d+% \(handshake_done\)/;

/** Closes what the client sends to the station's own ports, for as long as something lasts. */
async function withoutWeb(bench: ControlBench, act: () => Promise<void>): Promise<void> {
  const rule = `ip saddr ${PLACES.client.address} ip daddr 198.51.100.0/24 tcp dport { 80, 443 } drop`;
  const chain = `chain through {\ntype filter hook forward priority 0; policy accept;\n${rule}\n}`;
  bench.network.run("border", "nft", ["-f", "-"], `table inet closed {\n${chain}\n}\n`);
  try {
    await act();
  } finally {
    bench.network.run("border", "nft", ["delete", "table", "inet", "closed"]);
  }
}

/** `chapar tunnel` in the client's place, once it is open. */
async function tunnelled(
  bench: ControlBench,
  via: readonly string[],
  act: (curl: (url: string, seconds: number) => Promise<boolean>, kind: unknown) => Promise<void>,
): Promise<void> {
  const profile = join(bench.network.scratch, "transport-profile");
  const ports = ["--socks-port", "1080", "--http-port", "8118", "--profile", profile];
  const tunnel = chapar(bench, "client", ["tunnel", ...via.flatMap((each) => ["--via", each]), ...ports]);
  try {
    const { socks } = await tunnel.heard("ready", READY_LIMIT_MS).catch((error: unknown) => {
      // What went wrong is said on standard output, as a line.
      throw new LabError("lab/not-ready", JSON.stringify(tunnel.said), { cause: error });
    });
    const state = tunnel.said.findLast(({ event }) => event === "state");
    await act((url, seconds) => bench.curl(url, seconds, "--socks5-hostname", String(socks)), state?.["kind"]);
  } finally {
    await tunnel.stop();
  }
}

/** Debian's tor in a place, with lines of configuration; what it logs. */
function startTor(
  bench: ControlBench,
  place: "client" | "foreign",
  name: string,
  lines: readonly string[],
): () => string {
  const folder = join(bench.network.scratch, `tor-${place}-${name}`);
  mkdirSync(folder, { mode: 0o700 });
  const log = join(folder, "log");
  const all = [`DataDirectory ${folder}`, `Log notice file ${log}`, ...lines];
  writeFileSync(join(folder, "torrc"), `${all.join("\n")}\n`);
  bench.network.start(place, "tor", ["-f", join(folder, "torrc"), "--defaults-torrc", "/dev/null"], {
    stdio: "ignore",
  });
  return () => (existsSync(log) ? readFileSync(log, "utf8") : "");
}

/** A process's program by name; "" when it is gone. */
function programOf(pid: string): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    // It ended between the list and the look.
    return "";
  }
}

async function until(limitMs: number, isSo: () => boolean): Promise<boolean> {
  for (const endMs = performance.now() + limitMs; performance.now() < endMs; await delay(100)) if (isSo()) return true;
  return false;
}

describeNetns("pluggable transports", (bench) => {
  let stage: { readonly invite: string; readonly station: Speaker } | undefined;
  const invite = (): string => stage?.invite ?? "";

  control(
    "P-133 a station offers obfs4 in its invite: accounts are made and a tunnel opens over it where its web ports are closed",
    ["obfs4proxy", "curl"],
    async () => {
      stage ??= await withExit(bench(), { pt: OBFS4 });
      await withoutWeb(bench(), async () => {
        expect(await bench().curl("https://station.example/", 2)).toBe(false);
        const profile = join(bench().network.scratch, "dara");
        const words = ["join", invite(), "--name", "Dara", "--profile", profile, "--timeout", "60"];
        const joined = chapar(bench(), "client", words);
        expect(await joined.heard("joined", READY_LIMIT_MS)).toMatchObject({ accepted: true });
        await tunnelled(bench(), [invite()], async (curl, kind) => {
          expect(kind).toBe("pt");
          expect(await curl(`${BLOCKED}1m.bin`, 20)).toBe(true);
        });
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "R1 blocks obfs4, as the literature says, and the way is found over the station's site",
    ["obfs4proxy", "curl"],
    async () => {
      stage ??= await withExit(bench(), { pt: OBFS4 });
      await bench().under([{ id: "R1", params: { rate: 1 } }], async (censors) => {
        await withoutWeb(bench(), async () => {
          const tunnel = chapar(bench(), "client", ["tunnel", "--via", invite(), "--timeout", "20"]);
          // The verdict is late: the session may be open before its first bytes stop.
          await tunnel.heard("error", READY_LIMIT_MS).catch(() => tunnel.heard("ready", 1));
          expect(await bench().curl(`${BLOCKED}64k.bin`, 5, "--socks5-hostname", "127.0.0.1:1080")).toBe(false);
          await tunnel.stop();
        });
        expect(censors.acted()).toEqual(["R1"]);
        await tunnelled(bench(), [invite()], async (curl) => expect(await curl(`${BLOCKED}64k.bin`, 20)).toBe(true));
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-133 a relay offers obfs4, and a tunnel opens through it where nothing of the station's can be reached",
    ["obfs4proxy", "curl"],
    async () => {
      stage ??= await withExit(bench(), { pt: OBFS4 });
      const data = join(bench().network.scratch, "pt-relay");
      const place = `obfs4=${PLACES.site.address}:9444`;
      const relay = chapar(bench(), "site", ["relay", invite(), "--data", data, "--port", "8091", "--pt", place]);
      const { routes } = await relay.heard("ready", READY_LIMIT_MS);
      const route = (routes as readonly string[]).find((each) => each.startsWith("relay+pt+obfs4://")) ?? "";
      expect(route).toContain(`@${PLACES.site.address}:9444/`);
      const rule = `ip saddr ${PLACES.client.address} ip daddr 198.51.100.0/24 drop`;
      const chain = `chain through {\ntype filter hook forward priority 0; policy accept;\n${rule}\n}`;
      bench().network.run("border", "nft", ["-f", "-"], `table inet closed {\n${chain}\n}\n`);
      await tunnelled(bench(), [invite(), route], async (curl, kind) => {
        expect(kind).toBe("relay");
        expect(await curl(`${BLOCKED}64k.bin`, 20)).toBe(true);
      });
      bench().network.run("border", "nft", ["delete", "table", "inet", "closed"]);
      await relay.stop();
    },
    STAGE_LIMIT_MS,
  );

  const TRANSPORTS = [
    { transport: "chapar_web", port: TRANSPORT_PORT, rule: { id: "R1", params: { rate: 1 } } },
    // Each request is a flow of its own: what freezes a flow after 25 packets meets none so long.
    { transport: "chapar_burst", port: TRANSPORT_PORT + 1, rule: { id: "R10", params: {} } },
  ] as const;
  for (const { transport, port, rule } of TRANSPORTS) {
    control(
      `P-134 tor speaks to a tor bridge through chapar pt at both ends, by ${transport} under ${rule.id}`,
      ["tor"],
      async () => {
        const plugin = `exec ${process.execPath} ${CHAPAR} pt`;
        const bridge = startTor(bench(), "foreign", transport, [
          "SocksPort 0",
          `Address ${PLACES.foreign.address}`,
          `ORPort ${port + 10} IPv4Only`,
          "BridgeRelay 1",
          "PublishServerDescriptor 0",
          "AssumeReachable 1",
          "ExitRelay 0",
          `ServerTransportPlugin ${transport} ${plugin}`,
          `ServerTransportListenAddr ${transport} ${PLACES.foreign.address}:${port}`,
        ]);
        const path = join(bench().network.scratch, `tor-foreign-${transport}/pt_state/chapar-path`);
        const isUp = (): boolean => bridge().includes(`Registered server transport '${transport}'`);
        expect(await until(60_000, isUp), bridge()).toBe(true);
        await bench().under([rule], async (censors) => {
          const client = startTor(bench(), "client", transport, [
            `SocksPort 127.0.0.1:${port + 20}`,
            "UseBridges 1",
            `ClientTransportPlugin ${transport} ${plugin}`,
            `Bridge ${transport} ${PLACES.foreign.address}:${port} path=${readFileSync(path, "utf8")}`,
          ]);
          expect(await until(60_000, () => HANDSHAKE_DONE.test(client())), client()).toBe(true);
          expect(censors.acted()).toEqual([]);
        });
      },
      STAGE_LIMIT_MS,
    );
  }

  control(
    "P-131 snowflake-client is started as a client; without its broker another way is taken",
    ["snowflake-client", "curl"],
    async () => {
      stage ??= await withExit(bench(), { pt: OBFS4 });
      const route = `pt+snowflake://url=https%3A%2F%2Fordinary.example%2F;ice=stun%3A${PLACES.site.address}%3A3478@192.0.2.3:80/`;
      await withoutWeb(bench(), async () => {
        const words = ["tunnel", "--via", route, "--via", invite(), "--timeout", "60"];
        const profile = join(bench().network.scratch, "snowflake-profile");
        const tunnel = chapar(bench(), "client", [...words, "--profile", profile]);
        try {
          // It is the first in order; what leads there is the second.
          await tunnel.heard("ready", READY_LIMIT_MS);
          expect(tunnel.said.findLast(({ event }) => event === "state")).toMatchObject({ kind: "pt" });
          const pids = bench().network.run("border", "ip", ["netns", "pids", bench().network.name("client")]);
          const names = pids.split("\n").map((pid) => programOf(pid));
          expect(names).toEqual(expect.arrayContaining(["snowflake-client", "obfs4proxy"]));
        } finally {
          await tunnel.stop();
        }
      });
    },
    STAGE_LIMIT_MS,
  );

  afterAll(async () => {
    await stage?.station.stop();
  }, STAGE_LIMIT_MS);
});
