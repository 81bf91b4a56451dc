/*
 * Persistence (protocol/4-groups.md §6): whatever prefix of the durable writes exists, the group loads, no key was used
 * twice, and what was not acknowledged can still be read.
 */
import { toHex, utf8 } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { decodeMlsMessage } from "ts-mls/message.js";
import { decryptSenderData } from "ts-mls/privateMessage.js";
import { isE2eError } from "../errors.ts";
import type { MlsGroup, Pending, RecordWrite } from "../mls/port.ts";
import { SUITES } from "../mls/suites.ts";
import { inside } from "../mls/ts-mls/group.ts";
import { makeProvider } from "../mls/ts-mls/provider.ts";
import { codeOf, commitTo, type Party, textOf, type World } from "./mls-party.ts";

function writtenBytes(writes: readonly RecordWrite[]): number {
  return writes.reduce((sum, { value }) => sum + (value?.byteLength ?? 0), 0);
}

export function describePersistence(world: () => World): void {
  it("G-32 a message writes less than 1 KB on either side, also the first of a sender", async () => {
    const it = world();
    const parties = await it.group(20);
    const [sara, dara] = parties;
    for (let i = 0; i < 3; i++) {
      const sealed = sara.take(await sara.mls.seal(sara.group, utf8("x".repeat(1024))));
      const opened = dara.take(await dara.mls.open(dara.group, sealed.frame));
      expect(writtenBytes(sealed.writes)).toBeLessThan(200);
      expect(writtenBytes(opened.writes)).toBeLessThan(i === 0 ? 1000 : 200);
    }
  });

  it("G-33 records alone carry a group on: after every step both sides start again", async () => {
    const it = world();
    const [sara, dara, omid] = (await it.group(3)) as [Party, Party, Party];
    for (let round = 0; round < 3; round++) {
      for (const party of [sara, dara, omid]) await party.restart();
      expect(await dara.read(await sara.seal("a"))).toBe("a");
      const old = await omid.seal("from the epoch before");
      await commitTo(dara, [sara, omid]);
      for (const party of [sara, dara, omid]) await party.restart();
      expect(await sara.read(old)).toBe("from the epoch before");
      expect(await omid.read(await dara.seal("b"))).toBe("b");
      expect(sara.group.members()).toHaveLength(3);
    }
  });

  it("G-31 a pending commit survives a restart with its bytes and can be merged or dropped", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const joiner = await it.party();
    const keyPackage = await joiner.mls.keyPackage(joiner.device);
    const pending = await sara.pend({ add: [keyPackage.publicBytes] });
    const exported = await sara.mls.exportSecret(pending.next, "x", new Uint8Array(0), 32);
    await sara.restart();
    const again = (await sara.mls.loadPending(sara.device, sara.records))!;
    expect([again.frame, again.welcome, again.tree]).toEqual([pending.frame, pending.welcome, pending.tree]);
    expect(await sara.mls.exportSecret(again.next, "x", new Uint8Array(0), 32)).toEqual(exported);
    await dara.open(pending.frame);
    await sara.merge(again);
    await joiner.join(keyPackage, again);
    expect(await dara.read(await sara.seal("merged"))).toBe("merged");
    expect(await joiner.read(await dara.seal("joined"))).toBe("joined");
    expect(await sara.mls.loadPending(sara.device, sara.records)).toBeUndefined();
    const dropped = await sara.pend({});
    await sara.restart();
    sara.take(sara.mls.drop(sara.group, (await sara.mls.loadPending(sara.device, sara.records))!));
    expect(await sara.mls.loadPending(sara.device, sara.records)).toBeUndefined();
    expect(dropped.frame.byteLength).toBeGreaterThan(0);
  });

  it("G-31 a pending record that another commit overtook is never offered again", async () => {
    const [sara, dara] = await world().group(2);
    await sara.pend({});
    const stray = sara.records.get("pending")!;
    await commitTo(dara, [sara]);
    sara.records.set("pending", stray);
    expect(await sara.mls.loadPending(sara.device, sara.records)).toBeUndefined();
  });

  it("G-35 records changed anywhere load or are refused, and another device's are refused", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    await commitTo(dara, [sara]);
    await sara.pend({});
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      bit: fc.nat(7),
      cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("epoch", "pending"), change, async (key, { at, bit, cut }) => {
        const value = sara.records.get(key)!.slice();
        const place = Math.floor(at * value.byteLength);
        value[place]! ^= 1 << bit;
        const records = new Map(sara.records).set(key, cut ? value.subarray(0, place) : value);
        for (const load of [sara.mls.load(sara.device, records), sara.mls.loadPending(sara.device, records)]) {
          const result: unknown = await load.catch((error: unknown) => error);
          if (result instanceof Error) expect(isE2eError(result, "e2e/bad-record")).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
    expect(await codeOf(dara.mls.load(dara.device, sara.records))).toBe("e2e/bad-record");
  });

  it("G-35 damaged or missing records are named, never loaded half", async () => {
    const [sara] = await world().group(2);
    for (const [key, value] of sara.records) {
      const without = new Map(sara.records);
      without.delete(key);
      expect(await codeOf(sara.mls.load(sara.device, without))).toBe("e2e/bad-record");
      const cut = new Map(sara.records);
      cut.set(key, key.startsWith("secret/") ? new Uint8Array(0) : value.subarray(0, value.byteLength - 1));
      if (!key.startsWith("secret/")) expect(await codeOf(sara.mls.load(sara.device, cut))).toBe("e2e/bad-record");
    }
  });
}

/** Reads which key a frame was sealed with: possible for a test that holds the epoch's sender data secret. */
async function keyOf(world: World, group: MlsGroup, frame: Uint8Array): Promise<string> {
  const decoded = decodeMlsMessage(frame, 0)?.[0];
  if (decoded?.wireformat !== "mls_private_message") throw new Error("not a private message");
  const message = decoded.privateMessage;
  const { state } = inside(group);
  const secret =
    message.epoch === state.groupContext.epoch
      ? state.keySchedule.senderDataSecret
      : state.historicalReceiverData.get(message.epoch)!.senderDataSecret;
  const data = await decryptSenderData(message, secret, makeProvider(world.crypto, SUITES[world.suite]));
  return `${message.epoch} ${message.contentType} ${data!.leafIndex} ${data!.generation}`;
}

type Action = "seal" | "open" | "commit" | "accept" | "lose";

/**
 * One device (the victim) under a script of actions; before or after any durable write it may be killed. Frames leave the
 * device only after their writes are durable, as the outbox does it.
 */
class Victim {
  readonly world: World;
  readonly party: Party;
  readonly peer: Party;
  /** frames of the peer in order, acknowledged when the victim's write with them is durable */
  readonly inbox: { frame: Uint8Array; text: string | undefined }[] = [];
  acknowledged = 0;
  readonly keys = new Set<string>();
  readonly sent: { frame: Uint8Array; text: string }[] = [];
  pending: Pending | undefined;
  #texts = 0;

  constructor(world: World, party: Party, peer: Party) {
    this.world = world;
    this.party = party;
    this.peer = peer;
  }

  async restart(): Promise<void> {
    await this.party.restart();
    this.pending = await this.party.mls.loadPending(this.party.device, this.party.records);
  }

  async #left(frame: Uint8Array): Promise<void> {
    const key = await keyOf(this.world, this.party.group, frame);
    expect(this.keys.has(key), `key used twice: ${key}`).toBe(false);
    this.keys.add(key);
  }

  /** @param kill "before" the writes are durable, "after" they are, or not at all */
  async act(action: Action, kill: "before" | "after" | "no"): Promise<void> {
    const { party, peer } = this;
    if (action === "seal") {
      const text = `text ${this.#texts++}`;
      const step = await party.mls.seal(party.group, utf8(text));
      if (kill === "before") return this.restart();
      party.take(step);
      await this.#left(step.frame);
      this.sent.push({ frame: step.frame, text });
    } else if (action === "open") {
      const next = this.inbox[this.acknowledged];
      if (next === undefined) {
        const text = `peer ${this.#texts++}`;
        this.inbox.push({ frame: await peer.seal(text), text });
        return;
      }
      await this.#openNext(next, kill);
    } else if (action === "commit" && this.pending === undefined && this.acknowledged === this.inbox.length) {
      const pending = await party.mls.commit(party.group, { add: [], remove: [] });
      if (kill === "before") return this.restart();
      party.write(pending.writes);
      await this.#left(pending.frame);
      this.pending = pending;
    } else if (action === "accept" && this.pending !== undefined && this.acknowledged === this.inbox.length) {
      await this.#accept(this.pending, kill);
    } else if (action === "lose" && this.pending !== undefined) {
      const dropped = party.mls.drop(party.group, this.pending);
      if (kill === "before") return this.restart();
      party.take(dropped);
      this.pending = undefined;
    }
    if (kill === "after") await this.restart();
  }

  async #openNext(
    next: { frame: Uint8Array; text: string | undefined },
    kill: "before" | "after" | "no",
  ): Promise<void> {
    const { party } = this;
    const step = await party.mls.open(party.group, next.frame);
    if (next.text !== undefined) expect(textOf(step.incoming)).toBe(next.text);
    if (kill === "before") return this.restart();
    party.take(step);
    this.acknowledged++;
    if (kill === "after") await this.restart();
  }

  /** The hub took the commit: the peer follows, the victim merges. */
  async #accept(pending: Pending, kill: "before" | "after" | "no"): Promise<void> {
    await this.#peerReadsAll();
    const merged = await this.party.mls.merge(this.party.group, pending);
    if (kill === "before") {
      await this.restart();
      expect(this.pending).toBeDefined();
      return this.#accept(this.pending!, "no");
    }
    this.party.take(merged);
    await this.peer.open(pending.frame);
    this.pending = undefined;
  }

  async #peerReadsAll(): Promise<void> {
    for (const { frame, text } of this.sent.splice(0)) expect(await this.peer.read(frame)).toBe(text);
  }

  async finish(): Promise<void> {
    await this.restart();
    while (this.acknowledged < this.inbox.length) await this.#openNext(this.inbox[this.acknowledged]!, "no");
    await this.#peerReadsAll();
    expect(await this.peer.read(await this.party.seal("last"))).toBe("last");
    expect(await this.party.read(await this.peer.seal("last"))).toBe("last");
  }
}

export function describeKills(world: () => World, runs: number): void {
  it("G-30 G-33 killed before or after any durable write: no key is used twice, nothing unacknowledged is lost", async () => {
    const step = fc.tuple(
      fc.constantFrom<Action>("seal", "seal", "open", "open", "open", "commit", "accept", "lose"),
      fc.constantFrom<"before" | "after" | "no">("before", "after", "no", "no"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 25 }), async (script) => {
        const it = world();
        const [sara, dara] = await it.group(2);
        const victim = new Victim(it, sara, dara);
        for (const [action, kill] of script) await victim.act(action, kill);
        await victim.finish();
      }),
      { numRuns: runs },
    );
  });

  it("G-30 a commit, a crash, a drop and another commit: the second has a key of its own", async () => {
    const it = world();
    const [sara, dara] = await it.group(2);
    const keys: string[] = [];
    for (let i = 0; i < 3; i++) {
      const pending = await sara.pend({});
      keys.push(await keyOf(it, sara.group, pending.frame));
      await sara.restart();
      sara.take(sara.mls.drop(sara.group, (await sara.mls.loadPending(sara.device, sara.records))!));
      if (i === 1) await sara.seal("between");
      await sara.restart();
    }
    expect(new Set(keys).size).toBe(3);
    await commitTo(sara, [dara]);
    expect(await dara.read(await sara.seal("on"))).toBe("on");
  });

  it("records never hold one secret under two keys", async () => {
    const [sara, dara] = await world().group(2);
    await dara.open(await sara.seal("x"));
    const seen = new Set<string>();
    for (const [key, value] of dara.records) {
      if (!key.startsWith("secret/")) continue;
      expect(seen.has(toHex(value))).toBe(false);
      seen.add(toHex(value));
    }
  });
}
