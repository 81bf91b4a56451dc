/* The two-sided egress ledger (protocol/14-residency.md §3): what both sides say of a link, in both logs, and who is caught. */
import { describe, expect, it } from "vitest";
import {
  auditEgress,
  createEvidencePorts,
  decodeEgressLine,
  type EgressAudit,
  type EgressLedger,
  egressKey,
  encodeEgressLine,
  noAmounts,
  signTally,
  talliesContradict,
  type RegionPolicy,
} from "@chapar/evidence";
import { createMapHasher, MerkleMap } from "@chapar/log";
import { decodeLedgerLeaf, stationKey } from "@chapar/wire";
import { nodeSha256, nodeVerifier } from "../src/node/node-crypto.ts";
import type { StationBorder } from "../src/residency/border.ts";
import { keyOf, knock, TestPerson, testLaw, TestWorld, type TestStation } from "../src/testing/index.ts";

const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const SETTLE_MS = 11_000;
const LETTERS = 5;

interface Scene {
  readonly world: TestWorld;
  readonly from: TestStation;
  readonly to: TestStation;
}

/** Letters of a resident of `from` into an inbox at `to`, settled and in the logs of both. */
async function letters(options: { to?: (border: StationBorder) => StationBorder } = {}): Promise<Scene> {
  const world = new TestWorld();
  const from = await world.station("from", { region: "IR", logged: true });
  const faulty = options.to === undefined ? {} : { border: options.to };
  const to = await world.station("to", { region: "DE", logged: true, ...faulty });
  const { client: dara, person } = await world.resident(to, "dara");
  await world.settle(dara.expect("log.state", { type: "log.create", genesis: person.inbox() }));
  const { client: sara } = await world.resident(from, "sara");
  const inbox = new TestPerson("dara", to.ref).inboxAt(to.ref);
  for (let i = 0; i < LETTERS; i++) {
    const body = { type: "inbox.append", inbox, at: to.ref, entry: knock(`letter ${i}`) } as const;
    await world.settle(sara.expect("receipt", body));
  }
  await world.clock.advance(2 * SETTLE_MS);
  return { world, from, to };
}

async function ledgerOf(at: TestStation, region: string, policy?: RegionPolicy): Promise<EgressLedger> {
  const rows = await at.store.ledger.rows("egress", new Uint8Array(32), undefined, 1000);
  return { station: at.ref.key, region, policy, lines: rows };
}

const audit = async (...ledgers: EgressLedger[]): Promise<EgressAudit> => await auditEgress(ledgers, ports);
const faultsOf = ({ faults }: EgressAudit): string[] => faults.map(({ what }) => what);

/** A build that counts less than came. */
const understating = (kept: StationBorder): StationBorder => ({
  mayLeave: (of, region) => kept.mayLeave(of, region),
  mayAsk: (region, type) => kept.mayAsk(region, type),
  homeFirst: async (region, body) => await kept.homeFirst(region, body),
  link: (peer, nonce, say) => {
    const link = kept.link(peer, nonce, say);
    return { ...link, came: (frame, sizeBytes) => link.came(frame, Math.floor(sizeBytes / 2)) };
  },
});

describe("the egress ledger", () => {
  it("K-20 K-21 both sides sign what crossed, and both logs commit to it", async () => {
    const { world, from, to } = await letters();
    const [one, other] = [await ledgerOf(from, "IR"), await ledgerOf(to, "DE")];
    expect(one.lines.length).toBe(2);
    expect(one.lines).toEqual(other.lines);
    const found = await audit(one, other);
    expect(found).toMatchObject({ unexplainedBytes: 0, faults: [] });
    expect(found.matched.envelope.objects).toBe(LETTERS);
    expect(found.matched.commitment.objects).toBe(LETTERS);
    const { ledger } = from.station;
    if (ledger === undefined) throw new Error("a station without a log");
    const leaf = decodeLedgerLeaf((await world.settle(ledger.freshness())).leaf);
    const map = new MerkleMap(createMapHasher(nodeSha256), 0);
    map.update(new Map([[0, one.lines]]));
    expect(leaf).toMatchObject({ ok: true, value: { kind: "epoch", egressRoot: map.root() } });
  });

  it("K-20 says nothing where nothing crossed, and nothing twice", async () => {
    const { world, from } = await letters();
    const before = from.store.writes.length;
    await world.clock.advance(5 * SETTLE_MS);
    const lines = from.store.writes
      .slice(before)
      .filter((write) => write.kind === "ledger-map" && write.map === "egress");
    expect(lines).toEqual([]);
  });

  it("K-21 a station goes on with its egress map after a restart", async () => {
    const { world, from, to } = await letters();
    await from.stop();
    const again = await world.station("from", { region: "IR", logged: true, store: from.store });
    expect((await ledgerOf(again, "IR")).lines).toEqual((await ledgerOf(to, "DE")).lines);
  });

  it("K-22 a peer that understates what it took is caught at the next mark, by its own signature", async () => {
    const { from, to } = await letters({ to: understating });
    expect(from.observer.notes.map(({ event }) => event)).toContain("egress differs");
    const found = await audit(await ledgerOf(from, "IR"), await ledgerOf(to, "DE"));
    expect(faultsOf(found)).toContain("differs");
    expect(found.unexplainedBytes).toBeGreaterThan(0);
    const understated = found.faults.find(({ what }) => what === "differs");
    expect(understated).toBeDefined();
  });

  it("K-22 a line that one side leaves out later is shown by the other's copy of its signature", async () => {
    const { from, to } = await letters();
    const leavesOut = { ...(await ledgerOf(to, "DE")), lines: [] };
    const found = await audit(await ledgerOf(from, "IR"), leavesOut);
    expect(faultsOf(found)).toEqual(["omitted", "omitted"]);
  });

  it("K-22 a forged line is one of nobody: changed, unsigned, under a false key, or between others", async () => {
    const { from, to } = await letters();
    const other = await ledgerOf(to, "DE");
    const honest = await ledgerOf(from, "IR");
    const [first, ...rest] = honest.lines;
    if (first === undefined) throw new Error("no line");
    for (let at = 0; at < first.value.byteLength; at += 7) {
      const value = first.value.slice();
      value[at] = (value[at] ?? 0) ^ 1;
      const found = await audit({ ...honest, lines: [{ key: first.key, value }, ...rest] }, other);
      expect(faultsOf(found), `byte ${at}`).toContain("forged");
    }
    const misplaced = await audit(
      { ...honest, lines: [{ key: new Uint8Array(32), value: first.value }, ...rest] },
      other,
    );
    expect(faultsOf(misplaced)).toContain("forged");
    const foreign = await audit({ ...honest, station: stationKey(keyOf("third").publicKey) });
    expect(faultsOf(foreign)).toEqual(["forged", "forged"]);
  });

  it("K-22 two words of one station that contradict each other prove it to anyone", async () => {
    const [exporter, importer] = [keyOf("exporter"), keyOf("importer")];
    const link = new Uint8Array(32).fill(9);
    const amounts = (bytes: number) => ({ ...noAmounts(), envelope: { objects: 1, bytes } });
    const line = async (number: number, bytes: number) => {
      const fields = { link, number, timeMs: 1, amounts: amounts(bytes) };
      const sent = await signTally("sent", { ...fields, other: stationKey(importer.publicKey) }, exporter);
      const received = await signTally("received", { ...fields, other: stationKey(exporter.publicKey) }, importer);
      return encodeEgressLine(sent, received);
    };
    const key = egressKey(stationKey(exporter.publicKey), stationKey(importer.publicKey), link, nodeSha256);
    const of = (signer: typeof exporter, value: Uint8Array): EgressLedger => ({
      station: stationKey(signer.publicKey),
      region: "IR",
      policy: undefined,
      lines: [{ key, value }],
    });
    const [told, less] = [await line(2, 900), await line(3, 500)];
    const found = await audit(of(exporter, told), of(importer, less));
    expect(new Set(faultsOf(found))).toEqual(new Set(["contradicts"]));
    const [one, other] = [decodeEgressLine(told), decodeEgressLine(less)];
    if (one === undefined || other === undefined) throw new Error("no line");
    expect(talliesContradict(one.received, other.received)).toBe(true);
    expect(talliesContradict(one.received, one.received)).toBe(false);
    expect(talliesContradict(one.received, other.sent)).toBe(false);
    expect(faultsOf(await audit(of(exporter, told), of(importer, await line(3, 901))))).toEqual([]);
  });

  it("K-22 shows what crossed against the law of where it came from", async () => {
    const { from, to } = await letters();
    const law = testLaw("IR", (of) => (of === "envelope" ? "exclusive" : "none"));
    const found = await audit(await ledgerOf(from, "IR", law), await ledgerOf(to, "DE"));
    expect(faultsOf(found)).toEqual(["unlawful"]);
    const near = await audit(await ledgerOf(from, "IR", law), await ledgerOf(to, "IR"));
    expect(faultsOf(near)).toEqual([]);
  });
});
