import { describe, expect, it } from "vitest";
import { CarrierError } from "../errors.ts";
import type { Carrier } from "../port.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { SeededRng } from "../testing/seeded-rng.ts";
import { judge } from "./judge.ts";
import { lookAround, type LookPlan } from "./look.ts";
import type { LookPorts, Sockets, Talk } from "./ports.ts";
import type { Seen } from "./seen.ts";

const OWN = "https://198.51.100.2";
const MIRROR = "mirror://198.51.100.2:9400/?ports=8";
const PLAN: LookPlan = {
  routes: [OWN, MIRROR],
  isWide: false,
  near: "192.0.2.130:443",
  far: ["203.0.113.2:443", "203.0.113.3:443"],
};

/** Sockets that write down whom they are asked to reach, and reach nobody but the station's own port. */
function world(): { ports: LookPorts; asked: string[]; hellos: string[] } {
  const asked: string[] = [];
  const hellos: string[] = [];
  const mute: Talk = { send: () => undefined, next: () => Promise.resolve("timeout"), close: () => undefined };
  const sockets: Sockets = {
    tcp: ({ host, port }) => {
      asked.push(`${host}:${port}`);
      return Promise.resolve(host === "198.51.100.2" && port === 443 ? mute : "timeout");
    },
    udp: ({ host, port }) => {
      asked.push(`udp ${host}:${port}`);
      return Promise.resolve(mute);
    },
    ownHello: ({ host, port }, name) => {
      hellos.push(`${host}:${port} ${name}`);
      return Promise.resolve("timeout");
    },
    resolvers: () => ["203.0.113.130"],
    systemLookup: () => Promise.resolve(undefined),
    gateway: () => Promise.resolve("192.0.2.1"),
    sha256: () => new Uint8Array(32),
    quicInitial: () => new Uint8Array(1200),
    randomBytes: (sizeBytes) => new Uint8Array(sizeBytes),
  };
  const carrier: Carrier = {
    kind: "web",
    handles: (route) => route.startsWith("https:"),
    dial: () => Promise.reject(new CarrierError("carrier/timed-out")),
  };
  const clock = new FakeClock();
  const ports: LookPorts = {
    platform: "node",
    clock,
    rng: new SeededRng(1),
    isOnline: () => true,
    carriers: [carrier],
    sockets,
  };
  return { ports, asked, hellos };
}

async function look(plan: LookPlan, ports: LookPorts): Promise<Seen> {
  const looked = lookAround(plan, ports, new AbortController().signal);
  await (ports.clock as FakeClock).advance(300_000);
  return await looked;
}

describe("a look around", () => {
  it("P-122 without the person's word nobody is asked but the own ways", async () => {
    const { ports, asked, hellos } = world();
    const seen = await look(PLAN, ports);
    expect(new Set(asked)).toEqual(new Set(["198.51.100.2:443"]));
    expect(hellos).toEqual(["198.51.100.2:443 198.51.100.2"]);
    expect(seen).toMatchObject({ isWide: false, routes: [{ kind: "web", connect: "ok", hello: "timeout" }] });
    expect([seen.near, seen.far, seen.mirror, seen.hellos]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("P-122 with it, near and far are asked too, the own front under other names, and the mirror", async () => {
    const { ports, asked } = world();
    const seen = await look({ ...PLAN, isWide: true }, ports);
    expect(new Set(asked)).toEqual(
      new Set([
        "198.51.100.2:443",
        "192.0.2.130:443",
        "203.0.113.2:443",
        "203.0.113.3:443",
        "198.51.100.2:80",
        "198.51.100.2:9400",
      ]),
    );
    expect(seen).toMatchObject({ isWide: true, near: "timeout", far: "timeout", mirror: { text: "timeout" } });
  });

  it("P-120 a look at an own way is a connection, a dial, and one hello more when that failed", async () => {
    const { ports, asked, hellos } = world();
    await look(PLAN, ports);
    expect([asked.length, hellos.length]).toEqual([1, 1]);
  });

  it("P-123 a browser, which sees only how a dial went, names no stage of it", async () => {
    const { ports } = world();
    const seen = await look({ ...PLAN, isWide: false }, { ...ports, platform: "browser", sockets: undefined });
    expect(seen.routes).toEqual([
      { kind: "web", link: { opened: "timeout", askedBytes: 65_536, cameBytes: 0, tookMs: 0, ended: "broken" } },
    ]);
    expect(judge(seen)).toMatchObject({ findings: [{ name: "unclear", isSure: false }], action: "look-wider" });
  });

  it("P-46 where the person's settings forbid the program's own hello, the doctor shows it nowhere either", async () => {
    const { ports, hellos } = world();
    await look({ ...PLAN, isWide: true }, { ...ports, hidesOwnHello: true });
    expect(hellos).toEqual([]);
    const [carrier] = ports.carriers;
    const dial = (): Promise<never> => Promise.reject(new CarrierError("carrier/own-hello"));
    const seen = await look(PLAN, { ...ports, hidesOwnHello: true, carriers: [{ ...carrier!, dial }] });
    expect(seen.routes).toEqual([{ kind: "web" }]);
    expect(judge(seen).ways).toEqual(["not-tried"]);
  });

  it("P-122 a device without a network asks nobody", async () => {
    const { ports, asked } = world();
    const seen = await look({ ...PLAN, isWide: true }, { ...ports, isOnline: () => false });
    expect([asked, seen.routes]).toEqual([[], []]);
  });
});
