/* A station log that is shown to one person, held against what a witness of it shows over another path. */
import type { TestLedger } from "@chapar/evidence/testing";
import {
  consistencyProof,
  encodeCheckpoint,
  formatVerifierKey,
  makeVerifierKey,
  NoteAlgorithm,
  type VerifierKey,
} from "@chapar/log";
import { testHasher } from "@chapar/log/testing";
import type { TestStation } from "@chapar/station/testing";
import { idText, ledgerOrigin, type Request, type Response } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { signerOf } from "./scripted-ledger.ts";
import { check, only, ports, verdict, type Watched, watched } from "./watched-scene.ts";

const REFUSED: Response = { type: "error", code: "station/out-of-range", detail: undefined };

type Consistency = Extract<Request, { readonly type: "ledger.consistency" }>;

interface Witnessed extends Watched {
  /** the station whose witness the policy names */
  readonly two: TestStation;
  readonly logKey: VerifierKey;
}

/** The scene, with a witness in the log's policy. */
async function witnessed(): Promise<Witnessed> {
  const s = await watched();
  const two = await s.world.stations.station("two");
  const { publicKey } = await signerOf("one");
  const logKey = makeVerifierKey(ledgerOrigin(s.station.ref.key), NoteAlgorithm.ed25519, publicKey, ports.sha256);
  const name = `${idText(two.ref.key)}/witness`;
  const key = makeVerifierKey(name, NoteAlgorithm.cosignatureEd25519, new Uint8Array(32).fill(8), ports.sha256);
  const witness = `witness w ${formatVerifierKey(key)} ${two.url}/witness`;
  s.script.policy = `log ${formatVerifierKey(logKey)} https://one.example/log\n${witness}\nquorum none\n`;
  return { ...s, two, logKey };
}

/** What the witness shows of a log. */
function latest({ name, keyId }: VerifierKey, of: TestLedger): Response {
  const { size, root, signature } = of.checkpoint(of.epochs - 1);
  const note = encodeCheckpoint({ origin: name, size, root }, [{ name, keyId, signature }]);
  return { type: "witness.checkpoint", note: new TextDecoder().decode(note) };
}

describe("the station log over a second path", () => {
  it("R-2 what a witness cosigned over another path is held against what the home shows to us alone", async () => {
    const s = await witnessed();
    const { two, logKey } = s;
    const shown = s.script.ledger.copy();
    let asked = 0;
    s.liar.answer = (request) => {
      if (request.type !== "witness.latest") return s.script.answer(request);
      asked += 1;
      return latest(logKey, shown);
    };
    await check(s);
    expect(asked).toBe(1);
    expect(await s.dara.client.watch()).toMatchObject({ paths: 2, witnesses: 1, code: undefined });
    expect(await s.dara.client.alerts()).toEqual([]);

    await s.script.epoch(s.world.clock.nowMs());
    await shown.epoch(new Map(), new Map(), s.world.clock.nowMs() + 7, true);
    await check(s);
    expect(await only(s)).toMatchObject({ code: "log-forked" });
    expect(await verdict(s)).toMatchObject({ shape: "checkpoints", fault: "other-root" });
    expect(await s.dara.client.watch()).toMatchObject({ code: "log/forked" });

    s.script.policy = `log ${formatVerifierKey(logKey)} https://one.example/log\nquorum none\n`;
    await check(s);
    expect((await s.dara.client.alerts()).map(({ code }) => code)).toContain("witness-lost");
    expect((await s.dara.client.watch()).witnesses).toBe(1);
    await two.stop();
    await s.end();
  });

  it.each([
    ["at once, when the station proves it to the witness", true, 0],
    ["when the shown log has grown past it, when nobody proves anything before", false, 2],
  ] as const)("R-2 a log that ends before the witnessed one is told as forked %s", async (_, isProved, grows) => {
    const s = await witnessed();
    const { script, two, logKey } = s;
    const truth = script.ledger.copy();
    let isWitnessed = true;
    const asked: boolean[] = [];
    const consistency = async ({ at, from, to }: Consistency): Promise<Response> => {
      const isOverWitness = at !== undefined;
      asked.push(isOverWitness);
      const { tree } = isOverWitness ? truth : script.ledger;
      if ((isOverWitness && !isProved) || to > tree.size) return REFUSED;
      return { type: "log.hashes", hashes: await consistencyProof(from, to, tree.reader, testHasher()) };
    };
    s.liar.answer = (request) => {
      if (request.type === "ledger.consistency") return consistency(request);
      if (request.type !== "witness.latest") return script.answer(request);
      return isWitnessed ? latest(logKey, truth) : REFUSED;
    };
    const nowMs = s.world.clock.nowMs();
    for (let later = 0; later < 2; later++) await script.epoch(nowMs + later);
    for (let later = 7; later < 11; later++) await truth.epoch(new Map(), new Map(), nowMs + later, true);
    await check(s);
    // The link home gives no proof up to a size that its log does not have, and the witness's way is asked then.
    expect(asked.slice(-2)).toEqual([false, true]);
    expect(await s.dara.client.alerts()).toHaveLength(isProved ? 1 : 0);
    isWitnessed = false;
    for (let i = 0; i < grows; i++) await script.epoch(nowMs + 20 + i);
    if (grows > 0) await check(s);
    expect(await only(s)).toMatchObject({ code: "log-forked" });
    expect(await verdict(s)).toMatchObject({ shape: "checkpoints", fault: isProved ? "other-prefix" : "other-root" });
    expect(await s.dara.client.watch()).toMatchObject({ code: "log/forked" });
    await two.stop();
    await s.end();
  });
});
