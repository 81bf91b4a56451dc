import { conversationId } from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import { encodeLetter, encodeMimi, NO_EXTENSIONS, noPreviousLetter, SALT_BYTES, textPart } from "@chapar/wire/content";
import { beforeAll, describe, expect, it } from "vitest";
import { mlsDevice } from "./identity/bundle.ts";
import { createIdentity } from "./identity/create.ts";
import { chainPorts } from "./identity/ops.ts";
import type { Mls } from "./mls/port.ts";
import { tsMls } from "./mls/ts-mls/ts-mls.ts";
import { nodeCrypto } from "./node/node-crypto.ts";
import { decodeReport, encodeReport, type MessageReport, weighReport } from "./report.ts";
import { Party } from "./testing/mls-party.ts";

const crypto = nodeCrypto();
const ports = chainPorts(crypto);
const mls = (): Mls => tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
const HOME = { station: { key: crypto.random(32) as never, urls: ["https://one.example"] }, region: "IR" };

async function person(): Promise<{ readonly party: Party; readonly ops: readonly Uint8Array[] }> {
  const { bundle, state } = await createIdentity(HOME as never, 1_000, crypto);
  return { party: new Party(mls(), await mlsDevice(bundle, crypto)), ops: state.ops.map(({ bytes }) => bytes) };
}

const letterOf = (id: Uint8Array, text: string): Uint8Array =>
  encodeLetter({
    conversation: conversationId(id),
    seq: 0,
    prev: noPreviousLetter(),
    frontier: { size: 0, root: new Uint8Array(32) },
    content: encodeMimi({
      salt: crypto.random(SALT_BYTES),
      replaces: undefined,
      topicId: new Uint8Array(0),
      expires: undefined,
      inReplyTo: undefined,
      extensions: NO_EXTENSIONS,
      body: textPart(text),
    }),
  });

describe("a report", () => {
  let good: MessageReport;
  let others: readonly Uint8Array[];

  beforeAll(async () => {
    const [sara, dara] = [await person(), await person()];
    const id = crypto.random(20);
    sara.party.take(await sara.party.mls.create(sara.party.device, id, utf8("room")));
    const keys = await dara.party.mls.keyPackage(dara.party.device);
    const pending = await sara.party.pend({ add: [keys.publicBytes] });
    await sara.party.merge(pending);
    await dara.party.join(keys, pending);
    const letter = letterOf(id, "a threat");
    const { frame } = sara.party.take(await sara.party.mls.seal(sara.party.group, letter));
    const incoming = await dara.party.open(frame);
    if (incoming.kind !== "message") throw new Error("no message");
    const { identity, device } = incoming.sender.credential;
    good = {
      log: crypto.random(32),
      index: 7,
      sender: identity,
      device,
      epoch: incoming.epoch,
      leaf: incoming.sender.leaf,
      letter: incoming.content,
      ...incoming.signed,
      ops: sara.ops,
    };
    others = dara.ops;
    expect(incoming.content).toEqual(letter);
  });

  it("N-20 carries the letter, its signature and the sender's chain, and comes back as it was", () => {
    const decoded = decodeReport(encodeReport(good));
    expect(decoded).toEqual({ ok: true, value: good });
    expect(encodeReport(good).byteLength).toBeLessThan(4096);
  });

  it("N-20 is refused when it is cut, longer, or of another version", () => {
    const bytes = encodeReport(good);
    for (let end = 0; end < bytes.byteLength; end += 7) expect(decodeReport(bytes.subarray(0, end)).ok).toBe(false);
    expect(decodeReport(Uint8Array.of(...bytes, 0)).ok).toBe(false);
    expect(decodeReport(Uint8Array.of(2, ...bytes.subarray(1))).ok).toBe(false);
    expect(() => encodeReport({ ...good, letter: new Uint8Array(70_000) })).toThrow(RangeError);
  });

  it("N-21 is proven by the signature of a device that the sender's chain lists", async () => {
    expect(await weighReport(good, ports)).toBe("proven");
  });

  it("N-21 is a claim without a signature, and nothing more", async () => {
    expect(await weighReport({ ...good, signature: new Uint8Array(0) }, ports)).toBe("claimed");
  });

  it("N-21 is false when a word, the epoch, the seat, the device, the person or the chain is another", async () => {
    const altered = letterOf(good.letter.subarray(1, 21), "a threat, and more");
    const changes: Partial<MessageReport>[] = [
      { letter: altered },
      { letter: utf8("no letter at all") },
      { epoch: good.epoch + 1 },
      { leaf: good.leaf + 1 },
      { context: utf8("another") },
      { device: crypto.random(32) },
      { sender: crypto.random(20) },
      { ops: others },
      { ops: [] },
      { signature: crypto.random(64) },
    ];
    for (const change of changes)
      expect([change, await weighReport({ ...good, ...change }, ports)]).toEqual([change, "false"]);
  });
});
