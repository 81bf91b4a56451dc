/* Judges of others over our routes, and a last control: nDPI's reader from Debian, and WireGuard's first message under R19. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { judge, type JudgeRow } from "../src/measures/judge.ts";
import { FURTHER_ROUTES } from "../src/net/services.ts";
import { programPath, whyNoNamespaces } from "../src/net/tools.ts";
import { control, describeNetns, notRun } from "../src/testing/netns.ts";

const LIMIT_MS = 240_000;
const ORDINARY = new Set(["TLS", "HTTP", "DNS"]);
const WIREGUARD_PORT = 51_820;

describe("nDPI's reader", () => {
  const missing = ["ndpiReader", "tcpdump", "ss-server"].filter((program) => programPath(program) === undefined);
  const why = whyNoNamespaces() ?? (missing.length === 0 ? undefined : `${missing.join(", ")} is not installed`);
  if (why !== undefined) {
    notRun("nDPI's reader", why);
    return;
  }

  it(
    "calls flows of our routes TLS, HTTP or DNS, and Shadowsocks without a prefix none of them",
    async () => {
      const rows: JudgeRow[] = [];
      await judge({ count: 8, tell: (row) => rows.push(row) });
      expect(rows.map(({ route }) => route)).toEqual(["web", "burst", "ss", "relay"]);
      for (const { route, flows, names } of rows) {
        expect(flows, route).toBeGreaterThanOrEqual(8);
        expect(
          Object.keys(names).filter((name) => !ORDINARY.has(name)),
          route,
        ).toEqual([]);
      }
      for (const { route, risks } of rows) if (route !== "ss" && route !== "relay") expect(risks, route).toEqual({});
      const bare: JudgeRow[] = [];
      const routes = { bare: FURTHER_ROUTES.ss.replace(/&prefix=.*$/, "") };
      await judge({ count: 8, routes, tell: (row) => bare.push(row) });
      expect(Object.keys(bare[0]?.names ?? {}).some((name) => !ORDINARY.has(name))).toBe(true);
    },
    LIMIT_MS,
  );
});

/**
 * WireGuard's handshake initiation as its paper has it (§5.4.2): `1, 0, 0, 0, sender[4], ephemeral[32], static[48], timestamp[28], mac1[16],
 * mac2[16]`; all but the head looks random, and the last sixteen are zeros before a cookie.
 */
function initiation(): Buffer {
  return Buffer.concat([Buffer.of(1, 0, 0, 0), randomBytes(4 + 32 + 48 + 28 + 16), Buffer.alloc(16)]);
}

describeNetns("an appliance", (bench) => {
  control("R19 drops WireGuard's first message and what follows it; other datagrams pass", ["socat"], async () => {
    const socat = programPath("socat") ?? "";
    bench().network.start("site", socat, [`UDP4-RECVFROM:${WIREGUARD_PORT},fork`, "PIPE"], { stdio: "ignore" });
    const answered = async (from: number, ...messages: readonly Buffer[]): Promise<number> => {
      const said = messages.map((message) => `printf '${escaped(message)}'; sleep 0.4`).join("; ");
      const to = `UDP4:${PLACES.site.address}:${WIREGUARD_PORT},sourceport=${from}`;
      const { out } = await bench().exec("sh", ["-c", `{ ${said}; } | ${socat} -t1 -T2 - ${to} | wc -c`], 10_000);
      return Number(out);
    };
    const [first, other] = [initiation(), Buffer.concat([Buffer.of(2), randomBytes(147)])];
    await bench().under([], async () => expect(await answered(4001, first)).toBe(148));
    await bench().under(["R19"], async (censors) => {
      expect(await answered(4002, other)).toBe(148);
      expect(await answered(4003, first, other)).toBe(0);
      expect(censors.acted()).toEqual(["R19"]);
    });
  });
});

/** Bytes for the shell's printf. */
function escaped(bytes: Buffer): string {
  return Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
