/*
 * The tunnel where the direct way is closed: a station abroad lets traffic out, `chapar tunnel` runs in the client's place, and real
 * curl and Chromium read a site that they cannot reach by themselves, under R6 (its name) and R14 (its addresses, the
 * station's own among them: then through a relay that no list names).
 */
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { PLACES } from "../src/addresses.ts";
import type { Speaker } from "../src/net/processes.ts";
import { control, type ControlBench, describeNetns } from "../src/testing/netns.ts";
import { BLOCKED, chapar, dumpedBy, READY_LIMIT_MS, STAGE_LIMIT_MS, withExit } from "./tunnel-stage.ts";

async function withTunnel(
  bench: ControlBench,
  via: readonly string[],
  act: (said: Readonly<Record<string, unknown>>) => Promise<void>,
): Promise<void> {
  const tunnel = chapar(bench, "client", [
    "tunnel",
    ...via.flatMap((each) => ["--via", each]),
    "--socks-port",
    "1080",
    "--http-port",
    "8118",
  ]);
  try {
    await act(await tunnel.heard("ready", READY_LIMIT_MS));
  } finally {
    await tunnel.stop();
  }
}

describeNetns("the tunnel under a closed border", (bench) => {
  let stage: { readonly invite: string; readonly route: string; readonly running: readonly Speaker[] } | undefined;
  beforeAll(async () => {
    const { station, invite } = await withExit(bench());
    const data = join(bench().network.scratch, "relay");
    const words = ["relay", invite, "--data", data, "--port", "8090", "--url", `ws://${PLACES.site.address}:8090`];
    const relay = chapar(bench(), "site", words);
    const { routes } = await relay.heard("ready", READY_LIMIT_MS);
    stage = { invite, route: String((routes as readonly unknown[])[0]), running: [relay, station] };
  }, STAGE_LIMIT_MS);
  afterAll(async () => {
    for (const each of stage?.running ?? []) await each.stop();
  }, STAGE_LIMIT_MS);

  control(
    "R6 closes a name to curl, and the tunnel opens it by SOCKS5 and CONNECT",
    ["curl"],
    async () => {
      await bench().under([{ id: "R6", params: { country: "turkmenistan" } }], async (censors) => {
        expect(await bench().curl(BLOCKED)).toBe(false);
        expect(censors.acted()).toEqual(["R6"]);
        await withTunnel(bench(), [stage?.invite ?? ""], async ({ socks, http }) => {
          expect(await bench().curl(`${BLOCKED}64k.bin`, 15, "--socks5-hostname", String(socks))).toBe(true);
          expect(await bench().curl(`${BLOCKED}64k.bin`, 15, "--proxy", `http://${String(http)}`)).toBe(true);
        });
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "R6 closes a name to Chromium, and the PAC file opens it",
    ["chromium"],
    async () => {
      await bench().under([{ id: "R6", params: { country: "turkmenistan" } }], async () => {
        expect(await dumpedBy(bench(), "direct", [])).not.toContain("ordinary. ordinary.");
        await withTunnel(bench(), [stage?.invite ?? ""], async ({ pac }) => {
          const page = await dumpedBy(bench(), "by-pac", [`--proxy-pac-url=${String(pac)}`]);
          expect(page).toContain("ordinary. ordinary.");
        });
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "R14 closes the station's addresses too, and a relay opens the way to its exit",
    ["curl"],
    async () => {
      const { invite = "", route = "" } = stage ?? {};
      expect(route).toContain(`relay+ws://${PLACES.site.address}:8090/`);
      // By the router, which stands in the client's way alone: the relay is abroad, where nobody lists.
      const listed = { id: "R14", params: { watched: ["203.0.113.0/24"] } };
      await bench().under([listed], async () => {
        expect(await bench().curl("https://station.example/", 2)).toBe(false);
        expect(await bench().curl(BLOCKED, 2)).toBe(false);
        await withTunnel(bench(), [invite, route], async ({ socks }) => {
          expect(await bench().curl(`${BLOCKED}64k.bin`, 15, "--socks5-hostname", String(socks))).toBe(true);
        });
      });
    },
    STAGE_LIMIT_MS,
  );
});
