/* A residency report of a real folder (protocol/14-residency.md §4): made while the station runs, checked with the file alone. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createEvidencePorts, generationKey } from "@chapar/evidence";
import { CompactRange, encodeCheckpoint, encodeCheckpointText, MerkleMap, signNote } from "@chapar/log";
import { encodeLedgerIdentity, encodeLedgerLeaf, type LedgerLeaf, ledgerOrigin, stationKey } from "@chapar/wire";
import { type CheckedReport, type ReportBody, type ReportFault, signReport, verifyReport } from "../src/index.ts";
import { keepPolicy, makeReport, SqliteStore, startStation } from "../src/node/index.ts";
import { nodeSha256, nodeSigner, nodeVerifier } from "../src/node/node-crypto.ts";
import { readStationSeed } from "../src/node/station-files.ts";
import { TestPerson } from "../src/testing/index.ts";

const ports = createEvidencePorts(nodeSha256, nodeVerifier());
const law = fileURLToPath(new URL("../../../docs/operating/policies/ir-2016.json", import.meta.url));
const PERIOD = { from: "2026-11-01", to: "2026-12-01", region: "IR", madeMs: Date.UTC(2026, 10, 30) };
const PEOPLE = 3;
let dataDir: string;
let text: string;
const people: TestPerson[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "chapar-report-"));
  await keepPolicy(dataDir, readFileSync(law, "utf8"));
  const seed = readStationSeed(dataDir);
  if (seed === undefined) throw new Error("no key");
  const ref = { key: stationKey(nodeSigner(seed).publicKey), urls: ["ws://127.0.0.1:1/v1/link"] };
  const store = await SqliteStore.open({ dataDir });
  for (let i = 0; i < PEOPLE; i++) {
    const person = new TestPerson(`person ${i}`, ref);
    people.push(person);
    const { identity, ops } = person;
    await store.commit([{ kind: "account", identity, ops }]);
  }
  const bytes = new Uint8Array(1000).fill(7);
  await store.commit([{ kind: "blob", hash: nodeSha256(bytes) as never, bytes }]);
  await store[Symbol.asyncDispose]();
  await using station = await startStation({ dataDir, port: 0, region: "IR", name: "Tehran", signUp: "closed" });
  // The policy's leaf comes with the second epoch.
  const logged = async (): Promise<void> =>
    expect((await report(await makeReport(dataDir, PERIOD))).policies.length).toBe(1);
  await vi.waitFor(logged, { timeout: 60_000, interval: 500 });
  text = await makeReport(dataDir, PERIOD);
  expect(station.url).toContain("127.0.0.1");
}, 120_000);

afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

async function report(of: string): Promise<CheckedReport> {
  const checked = await verifyReport(of, ports);
  if (!checked.ok) throw new Error(checked.fault);
  return checked.value;
}

async function faultOf(of: string): Promise<ReportFault | undefined> {
  const checked = await verifyReport(of, ports);
  return checked.ok ? undefined : checked.fault;
}

/** What becomes of a report that the station itself signed anew. */
async function signedAnew(change: (body: ReportBody) => ReportBody): Promise<ReportFault | undefined> {
  const seed = readStationSeed(dataDir);
  if (seed === undefined) throw new Error("no key");
  const { report: body } = JSON.parse(text) as { readonly report: ReportBody };
  return await faultOf(await signReport(change(body), nodeSigner(seed), nodeSha256));
}

/** What becomes of a report whose whole log the station's key signed, true or not. */
async function ofLog(leaves: readonly LedgerLeaf[]): Promise<ReportFault | undefined> {
  const signer = nodeSigner(readStationSeed(dataDir) ?? new Uint8Array(32));
  const key = stationKey(signer.publicKey);
  const range = new CompactRange(ports.hasher);
  const encoded = leaves.map(encodeLedgerLeaf);
  for (const leaf of encoded) range.append(ports.hasher.leaf(leaf));
  const checkpoint = { origin: ledgerOrigin(key, 1), size: range.size, root: range.root() };
  const signature = await signNote(encodeCheckpointText(checkpoint), generationKey(key, 1, nodeSha256), signer);
  const packed = Buffer.concat(encoded.flatMap((leaf) => [Uint8Array.of(0, leaf.byteLength), leaf]));
  return await signedAnew((body) => ({
    ...body,
    checkpoint: Buffer.from(encodeCheckpoint(checkpoint, [signature])).toString("utf8"),
    log: packed.toString("base64url"),
  }));
}

describe("a residency report", () => {
  it("K-30 K-31 says what rests here, under which policies, and until when, as the log has it", async () => {
    const checked = await report(text);
    expect(checked.body.classes.account.count).toBe(PEOPLE);
    expect(checked.body.classes.blob).toMatchObject({ count: 1, bytes: 1000 });
    expect(checked.body.classes.commitment.count).toBe(checked.leaves);
    expect(checked.policies).toMatchObject([{ policy: { region: "IR", compliance: "2027-11-28" } }]);
    expect(checked).toMatchObject({
      complianceDays: 363,
      tombstones: [],
      incidents: [],
      unexplainedBytes: 0,
      egress: [],
    });
  });

  it("K-31 refuses a file with one flipped bit anywhere, and says why", async () => {
    const bytes = Buffer.from(text, "utf8");
    const step = Math.max(1, Math.floor(bytes.byteLength / 400));
    const faults = new Set<ReportFault | undefined>();
    for (let at = 0; at < bytes.byteLength; at += step) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 7));
      faults.add(await faultOf(flipped.toString("utf8")));
    }
    expect(faults.has(undefined)).toBe(false);
    expect(faults).toContain("bad-signature");
    expect(await faultOf(text.slice(0, -20))).toBe("not-a-report");
    expect(await faultOf(`${text}\n`)).toBe("not-one-spelling");
    expect(await faultOf("{}")).toBe("not-a-report");
    expect(await faultOf("null")).toBe("not-a-report");
  });

  it("K-31 refuses what the station itself signed when its log says otherwise", async () => {
    const [packed, key, value] = ["AAAA", "A".repeat(43), "AAAA"];
    expect(await signedAnew((body) => body)).toBeUndefined();
    expect(await signedAnew((body) => ({ ...body, log: packed }))).toBe("false-log");
    expect(await signedAnew((body) => ({ ...body, log: "" }))).toBe("bad-log");
    expect(await signedAnew((body) => ({ ...body, log: `${body.log.slice(0, 40)}${body.log.slice(44)}` }))).toMatch(
      /log$/u,
    );
    expect(await signedAnew((body) => ({ ...body, generation: 2 }))).toBe("bad-checkpoint");
    expect(await signedAnew((body) => ({ ...body, egress: [{ key, value }] }))).toBe("bad-egress");
    expect(await signedAnew((body) => ({ ...body, policies: [body.policies[0]?.replace("IR", "DE") ?? ""] }))).toBe(
      "bad-policy",
    );
    const fewer = (body: ReportBody): ReportBody => {
      const { account } = body.classes;
      return { ...body, classes: { ...body.classes, account: { ...account, count: account.count - 1 } } };
    };
    expect(await signedAnew(fewer)).toBe("bad-root");
  });

  it("K-31 refuses a log that contradicts itself, whoever signed it", async () => {
    const zeros = new Uint8Array(32);
    const op = { kind: "identity-op", identity: new Uint8Array(32).fill(1), seq: 0, commitment: zeros } as const;
    const epoch = {
      kind: "epoch",
      number: 0,
      timeMs: 1,
      headCount: 0,
      headsRoot: zeros,
      identityCount: 1,
      identitiesRoot: zeros,
      residencyRoot: zeros,
      egressRoot: zeros,
      isWhole: true,
    } as const;
    const value = encodeLedgerIdentity({ opCount: 1, commitment: zeros });
    const map = new MerkleMap(ports.mapHasher, 0);
    map.update(new Map([[0, [{ key: op.identity, value }]]]));
    const right = { ...epoch, identitiesRoot: map.root() };
    // True, and not the log of which the rest of this report speaks.
    expect(await ofLog([op, right])).toBe("bad-root");
    const second = { ...op, seq: 1 } as const;
    const longer = new MerkleMap(ports.mapHasher, 0);
    const two = encodeLedgerIdentity({ opCount: 2, commitment: zeros });
    longer.update(new Map([[0, [{ key: op.identity, value: two }]]]));
    const ofTwo = { ...epoch, identitiesRoot: longer.root() };
    expect(await ofLog([op, second, ofTwo])).toBe("bad-root");
    expect(await ofLog([second, op, ofTwo])).toBe("false-log");
    expect(await ofLog([op, second, right])).toBe("false-log");
    expect(await ofLog([op, epoch])).toBe("false-log");
    expect(await ofLog([op, op, right])).toBe("false-log");
    expect(await ofLog([op, { ...right, identityCount: 2 }])).toBe("false-log");
    expect(await ofLog([op, right, { ...right, number: 2 }])).toBe("false-log");
    expect(await ofLog([op, right, op])).toBe("false-log");
    expect(await ofLog([right])).toBe("false-log");
    expect(await ofLog([op, right, { kind: "evidence", hash: zeros }])).toBe("bad-log");
  });

  it("K-32 holds nobody's id, device or station key of a person, and no content", () => {
    const { report: body } = JSON.parse(text) as { readonly report: ReportBody };
    const packed = Buffer.from(body.log, "base64url");
    for (const { identity, phone } of people) {
      expect(packed.includes(Buffer.from(identity))).toBe(false);
      expect(packed.includes(Buffer.from(phone.publicKey))).toBe(false);
    }
    expect(Object.keys(body.classes)).toEqual(["account", "envelope", "blob", "backup", "commitment", "logs"]);
  });

  it("K-30 makes none of a folder without a station", async () => {
    const empty = mkdtempSync(join(tmpdir(), "chapar-report-none-"));
    await expect(makeReport(empty, PERIOD)).rejects.toMatchObject({ code: "station/no-folder" });
    rmSync(empty, { recursive: true });
  });
});
