/* Rounds of witnessing: honest witnesses, absent ones, slow ones, and everything a hostile one may answer. */
import { utf8 } from "@chapar/wire/bytes";
import { cosign, decodeAddCheckpoint, encodeSignatureLines, parsePolicy, type WitnessAnswer } from "@chapar/log";
import { describe, expect, it } from "vitest";
import { nodeSha256 } from "../node/node-crypto.ts";
import { checkFreshness, GrowingLogs, LedgerWorld, lonelyParty, type TestLedger } from "../testing/ledger-world.ts";
import { MemoryStore } from "../testing/memory-store.ts";
import { keyOf } from "../testing/test-person.ts";
import { Ledger } from "./ledger.ts";
import { ledgerPolicies } from "./policy.ts";
import type { PostCheckpoint, WitnessReply } from "./witnesses.ts";

const NEVER = new AbortController().signal;
const plain = (status: number, text = "", contentType = "text/plain"): WitnessAnswer => ({
  status,
  contentType,
  body: utf8(text),
});

/** A station whose witnesses know it. */
async function witnessed(
  world: LedgerWorld,
  names: readonly (readonly [name: string, region: string])[],
  store = new MemoryStore(),
): Promise<{ station: TestLedger; witnesses: TestLedger[] }> {
  const witnesses: TestLedger[] = [];
  for (const [name, region] of names) witnesses.push(await world.ledger(name, { region }));
  const station = await world.ledger("a", { witnesses, store });
  for (const one of witnesses) await world.introduce(station, one);
  return { station, witnesses };
}

/** What a log makes of a witness that answers this. */
async function against(
  post: PostCheckpoint,
): Promise<{ reply: WitnessReply | undefined; cosigned: boolean; size: number }> {
  const world = new LedgerWorld();
  const logs = new GrowingLogs();
  const station = await world.ledger("a");
  const ledger = await Ledger.open(station.ports, {
    witnessing: { witnesses: [lonelyParty("w", "IR")], post },
    time: station.time,
  });
  await station.ports.store.commit(logs.grow(1, 1));
  await world.clock.runUntil(ledger.turn(NEVER));
  const { published, witnesses } = ledger.checkpoints;
  return {
    reply: witnesses[0]!.reply,
    cosigned: published!.note.signatures.length > 1,
    size: published!.checkpoint.size,
  };
}

/** A cosignature of what was asked, made with some key at some time. */
async function cosigned(body: Uint8Array, name: string, timeSeconds: bigint, text?: string): Promise<WitnessAnswer> {
  const request = decodeAddCheckpoint(body);
  if (!request.ok) throw new Error(request.code);
  const cosigner = { key: lonelyParty("w", "IR").key, signer: keyOf(`witness ${name}`) };
  const line = await cosign(text ?? request.value.note.text, cosigner, timeSeconds);
  return { status: 200, contentType: "text/plain", body: encodeSignatureLines([line]) };
}

const parse = (text: string | undefined) => {
  const parsed = parsePolicy(utf8(text ?? ""), nodeSha256);
  if (!parsed.ok) throw new Error(parsed.code);
  return { quorum: parsed.value.quorum, groups: Object.fromEntries(parsed.value.groups) };
};

const withStranger: PostCheckpoint = async (_, body) => {
  const answer = await cosigned(body, "w", 1_893_456_100n);
  return { ...answer, body: utf8(`— stranger AAAAAAA=\n${new TextDecoder().decode(answer.body)}`) };
};

describe("a station log with witnesses", () => {
  it("S-21 publishes with every cosignature, its own signature first, and serves them after a restart", async () => {
    const world = new LedgerWorld();
    const store = new MemoryStore();
    const { station, witnesses } = await witnessed(
      world,
      [
        ["b", "IR"],
        ["c", "DE"],
        ["d", "FR"],
      ],
      store,
    );
    const logs = new GrowingLogs();
    for (let round = 0; round < 3; round++) {
      await store.commit(logs.grow(round, 2));
      await world.turn(station);
      const fresh = await checkFreshness(station);
      expect([fresh.epoch.number, fresh.witnesses.size]).toEqual([round, 3]);
    }
    const { signatures } = station.ledger.checkpoints.published!.note;
    expect(signatures.map((one) => one.name.split("/")[1])).toEqual(["ledger", "witness", "witness", "witness"]);
    const again = await world.ledger("a", { store, witnesses });
    expect((await checkFreshness(again)).witnesses.size).toBe(3);
    expect(again.ledger.checkpoints.bytes).toEqual(station.ledger.checkpoints.bytes);
    // Witnesses it has forgotten the sizes of tell them with a 409.
    await store.commit(logs.grow(9, 1));
    await world.turn(again);
    expect((await checkFreshness(again)).witnesses.size).toBe(3);
  });

  it("S-11 has an idle checkpoint cosigned again every minute, and asks nobody in between", async () => {
    const world = new LedgerWorld();
    let asked = 0;
    const post: PostCheckpoint = (url, body, signal) => {
      asked++;
      return world.post(url, body, signal);
    };
    const witness = await world.ledger("b");
    const station = await world.ledger("a", { witnesses: [witness], post });
    await world.introduce(station, witness);
    await world.turn(station);
    const first = station.ledger.checkpoints.published!.note;
    for (let turn = 0; turn < 5; turn++) {
      await world.clock.advance(10_000);
      await world.turn(station);
    }
    expect(asked).toBe(1);
    await world.clock.advance(10_000);
    await world.turn(station);
    expect(asked).toBe(2);
    const second = station.ledger.checkpoints.published!.note;
    expect([second.text, second.signatures.length]).toEqual([first.text, 2]);
    expect(second.signatures[1]!.signature).not.toEqual(first.signatures[1]!.signature);
  });

  it("S-21 does not wait for a witness that does not answer, and adds what comes late", async () => {
    const world = new LedgerWorld();
    const slow = await world.ledger("b");
    const gate = Promise.withResolvers<void>();
    const post: PostCheckpoint = async (url, body, signal) => {
      await gate.promise;
      return await world.post(url, body, signal);
    };
    const station = await world.ledger("a", { witnesses: [slow], post });
    await world.introduce(station, slow);
    const startMs = world.clock.nowMs();
    await world.turn(station);
    expect(world.clock.nowMs() - startMs).toBe(5_000);
    expect(station.ledger.checkpoints.published!.note.signatures.length).toBe(1);
    gate.resolve();
    await station.ledger.checkpoints.idle();
    expect(station.ledger.checkpoints.published!.note.signatures.length).toBe(2);
    expect((await checkFreshness(station)).witnesses.size).toBe(1);
  });

  it("S-21 waits only once for a witness that is gone", async () => {
    const world = new LedgerWorld();
    const { station } = await witnessed(world, [["b", "IR"]]);
    const store = station.ports.store;
    const post: PostCheckpoint = (_url, _body, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("late")), { once: true });
      });
    const gone = await Ledger.open(station.ports, {
      witnessing: { witnesses: [lonelyParty("gone", "IR")], post },
      time: station.time,
    });
    const logs = new GrowingLogs();
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      await store.commit(logs.grow(1, 1));
      const startMs = world.clock.nowMs();
      await world.clock.runUntil(gone.turn(NEVER));
      took.push(world.clock.nowMs() - startMs);
      await world.clock.advance(10_000);
    }
    expect(took).toEqual([5_000, 0, 0]);
    expect(gone.checkpoints.witnesses[0]!.reply).toBe("unreachable");
  });

  it.each<[WitnessReply, string, PostCheckpoint]>([
    ["unreachable", "fails", () => Promise.reject(new Error("no route"))],
    ["busy", "is busy", async () => plain(503)],
    ["busy", "wants less", async () => plain(429)],
    ["refused", "does not know the log", async () => plain(404)],
    ["refused", "finds the signature wrong", async () => plain(403)],
    ["refused", "finds the log inconsistent", async () => plain(422)],
    ["broken", "answers another status", async () => plain(302)],
    ["broken", "answers 200 with a page", async () => plain(200, "<html>")],
    ["broken", "answers 200 with nothing", async () => plain(200)],
    ["broken", "answers a conflict of another type", async () => plain(409, "1\n", "text/plain")],
    ["broken", "answers a conflict without a number", async () => plain(409, "one\n", "text/x.tlog.size")],
    ["conflict", "conflicts without end", async () => plain(409, "1\n", "text/x.tlog.size")],
    ["ahead", "has seen a longer log", async () => plain(409, "9007199254740991\n", "text/x.tlog.size")],
    ["broken", "answers half a megabyte", async () => plain(200, "— x y\n".repeat(80_000))],
    ["broken", "signs with another key", (_, body) => cosigned(body, "other", 1_893_456_000n)],
    ["broken", "signs another text", (_, body) => cosigned(body, "w", 1_893_456_000n, `x\n1\n${"A".repeat(43)}=\n`)],
    ["broken", "signs at no time", async (_, body) => zeroTime(await cosigned(body, "w", 1_893_456_000n))],
    ["skewed", "lives ten minutes ago", (_, body) => cosigned(body, "w", 1_893_456_000n - 600n)],
    ["skewed", "lives in another century", (_, body) => cosigned(body, "w", 2n ** 63n - 1n)],
  ])("S-23 is %s and nothing more when a witness %s", async (reply, _, post) => {
    expect(await against(post)).toEqual({ reply, cosigned: false, size: 1 });
  });

  it("S-23 takes a cosignature by the witness's key, made now, and drops others beside it", async () => {
    expect(await against(withStranger)).toEqual({ reply: "cosigned", cosigned: true, size: 1 });
  });

  it("S-23 is told when its folder was rolled back: the witness has seen more", async () => {
    const world = new LedgerWorld();
    const { station, witnesses } = await witnessed(world, [["b", "IR"]]);
    const logs = new GrowingLogs();
    for (let round = 0; round < 3; round++) {
      await station.ports.store.commit(logs.grow(round, 1));
      await world.turn(station);
    }
    const restored = await world.ledger("a", { witnesses });
    await world.turn(restored);
    expect(restored.ledger.checkpoints.witnesses[0]!.reply).toBe("ahead");
    expect(restored.observer.notes).toContainEqual({ event: "ledger behind its witness", code: undefined });
    await expect(checkFreshness(restored)).rejects.toThrow("log/quorum");
  });

  it("S-19 signs nothing on an older copy of its folder, whose own later signature a witness shows", async () => {
    const world = new LedgerWorld();
    const { station, witnesses } = await witnessed(world, [["b", "IR"]]);
    const logs = new GrowingLogs();
    for (let round = 0; round < 3; round++) {
      await station.ports.store.commit(logs.grow(round, 1));
      await world.turn(station);
    }
    const before = await witnesses[0]!.ports.store.ledger.witnessHeads();
    // An older copy, or one that went on otherwise from it: shorter, as long, longer.
    for (const count of [1, 3, 5]) {
      const copy = new MemoryStore();
      const other = await world.ledger("a", { store: copy });
      const otherLogs = new GrowingLogs();
      for (let round = 0; round < count; round++) {
        await copy.commit(otherLogs.grow(100 + round, 1));
        await other.ledger.commitEpoch();
      }
      const restored = await world.ledger("a", { witnesses, peek: world.peek, store: copy });
      await world.turn(restored);
      expect(restored.ledger.checkpoints.published).toBeUndefined();
      expect(restored.ledger.size).toBe(count);
      expect(restored.observer.notes).toContainEqual({ event: "ledger behind its witness", code: undefined });
    }
    expect(await witnesses[0]!.ports.store.ledger.witnessHeads()).toEqual(before);
    // The newest copy goes on.
    const whole = await world.ledger("a", { witnesses, peek: world.peek, store: station.ports.store });
    await station.ports.store.commit(logs.grow(9, 1));
    await world.turn(whole);
    expect((await checkFreshness(whole)).witnesses.size).toBe(1);
  });

  it.each<[string, () => Promise<Uint8Array>]>([
    ["nothing", () => Promise.reject(new Error("404"))],
    ["never", () => new Promise(() => undefined)],
    ["a page", async () => utf8("<html>")],
    ["half a megabyte", async () => new Uint8Array(600_000)],
    ["a longer log under no key of ours", async () => utf8(`x\n99\n${"A".repeat(43)}=\n\n— x AAAAAAA=\n`)],
  ])("S-19 goes on when a witness shows %s: its word alone stops nobody", async (_, peek) => {
    const world = new LedgerWorld();
    const witness = await world.ledger("b");
    const station = await world.ledger("a", { witnesses: [witness], peek });
    await world.introduce(station, witness);
    await world.turn(station);
    expect((await checkFreshness(station)).witnesses.size).toBe(1);
  });

  it("S-24 names in its policies who must have cosigned", async () => {
    const world = new LedgerWorld();
    const parties = ["IR", "IR", "DE", "FR", undefined].map((region, i) => lonelyParty(`w${i}`, region));
    const { key } = (await world.ledger("a")).ledger.checkpoints;
    const policies = (count: number, from = 0) =>
      ledgerPolicies({ key, url: "https://a.example/log", region: "IR" }, parties.slice(from, from + count));
    expect(parse(policies(0).live)).toEqual({ quorum: undefined, groups: {} });
    expect(parse(policies(3).live).groups).toMatchObject({ live: { threshold: 1, members: { length: 2 } } });
    expect(parse(policies(2, 2).live).groups).toMatchObject({ live: { threshold: 1, members: { length: 2 } } });
    expect([policies(0).final, policies(3).final]).toEqual([undefined, undefined]);
    expect(parse(policies(4).final)).toMatchObject({
      quorum: "final",
      groups: {
        home: { threshold: 2, members: { length: 2 } },
        abroad: { threshold: 2, members: { length: 2 } },
        final: { threshold: 2 },
      },
    });
    expect(parse(policies(3, 2).final)).toMatchObject({ quorum: "abroad", groups: { abroad: { threshold: 2 } } });
  });
});

/** The same cosignature, its time overwritten with zeros. */
function zeroTime(answer: WitnessAnswer): WitnessAnswer {
  const [mark = "", name = "", base64 = ""] = new TextDecoder().decode(answer.body).trim().split(" ");
  const bytes = Buffer.from(base64, "base64").fill(0, 4, 12);
  return { ...answer, body: utf8(`${mark} ${name} ${bytes.toString("base64")}\n`) };
}
