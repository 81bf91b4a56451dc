/* What the watch finds when a station's log and what it signed elsewhere cannot both be true. */
import { decodeBundle, setHome } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { formatVerifierKey, makeVerifierKey, NoteAlgorithm } from "@chapar/log";
import { foldChain, type Home, idText, ledgerIdentityOf, ledgerOrigin, stationKey } from "@chapar/wire";
import { equalBytes, fromBase32, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../src/profile/profile-book.ts";
import { MemoryStore } from "../src/testing/index.ts";
import { signedHead } from "./liar.ts";
import type { Scene } from "./lying-scene.ts";
import type { Person } from "./world.ts";
import { signerOf } from "./scripted-ledger.ts";
import { check, NEVER, only, ports, verdict, watched } from "./watched-scene.ts";

const crypto = nodeCrypto();

describe("the station log, watched", () => {
  it("R-1 is taken on each link and every minute, and told as checked", async () => {
    const s = await watched();
    const first = await s.dara.client.watch();
    expect(first).toMatchObject({ witnesses: 0, cosigned: 0, paths: 1, quorum: "none", code: undefined });
    await s.script.epoch(s.world.clock.nowMs());
    const told = new Promise<void>((resolve) => s.dara.client.subscribe(({ type }) => type === "alerts" && resolve()));
    await s.world.settle(told, 90_000);
    expect((await s.dara.client.watch()).checkedAtMs).toBeGreaterThan(first.checkedAtMs!);
    await s.dara.stop();
    await s.dara.start();
    expect(await s.dara.client.watch()).toMatchObject({ code: "client/no-route", paths: 1 });
    // Asked before there is a way: it is waited for, and then checked.
    const asked = s.dara.client.check({ signal: NEVER });
    s.dara.client.connect();
    expect(await s.world.settle(asked)).toMatchObject({ code: undefined, paths: 1 });
    await s.end();
  });

  it("R-1 another log of the same size is told as forked, by two checkpoints", async () => {
    const s = await watched();
    const other = s.script.ledger.copy();
    await s.script.epoch(s.world.clock.nowMs());
    await check(s);
    s.script.ledger = other;
    s.script.head(s.log, { size: 999, root: new Uint8Array(32) });
    await s.script.epoch(s.world.clock.nowMs());
    await check(s);
    expect(await only(s)).toMatchObject({ code: "log-forked", state: "open" });
    expect(await verdict(s)).toMatchObject({ shape: "checkpoints", fault: "other-root" });
    await s.end();
  });

  it("R-1 a log that is not cosigned any more is not checked since, told after ten minutes, and told as over", async () => {
    const s = await watched();
    const signer = await signerOf("one");
    const logKey = makeVerifierKey(
      ledgerOrigin(s.station.ref.key),
      NoteAlgorithm.ed25519,
      signer.publicKey,
      ports.sha256,
    );
    const two = await signerOf("two");
    const name = `${idText(two.publicKey)}/witness`;
    const key = makeVerifierKey(name, NoteAlgorithm.cosignatureEd25519, two.publicKey, ports.sha256);
    const lines = [`log ${formatVerifierKey(logKey)} https://one.example/log`, `witness w ${formatVerifierKey(key)}`];
    s.script.policy = [...lines, "group live any w", "quorum live", ""].join("\n");
    s.script.cosigner = { key, signer: two };
    s.script.cosignedAtMs = s.world.clock.nowMs();
    await check(s);
    expect(await s.dara.client.watch()).toMatchObject({ quorum: "live", cosigned: 1, witnesses: 1, code: undefined });
    const { checkedAtMs } = await s.dara.client.watch();

    await s.world.clock.advance(200_000);
    await check(s);
    expect(await s.dara.client.watch()).toMatchObject({ code: "client/log-stale" });
    expect((await s.dara.client.watch()).checkedAtMs).toBeLessThan(checkedAtMs! + 160_000);
    expect(await s.dara.client.alerts()).toEqual([]);
    await s.world.clock.advance(620_000);
    await check(s);
    expect(await only(s)).toMatchObject({ code: "log-stale", state: "open" });
    expect((await only(s)).proof).toBeUndefined();

    s.script.cosignedAtMs = s.world.clock.nowMs();
    await check(s);
    expect(await only(s)).toMatchObject({ code: "log-stale", state: "restored" });
    expect(await s.dara.client.watch()).toMatchObject({ code: undefined, quorum: "live" });
    await s.end();
  });

  it("R-3 an epoch that has another root for a log is told as forked", async () => {
    const s = await watched();
    const { size } = s.script.headOf(s.log)!;
    s.script.head(s.log, { size, root: new Uint8Array(32).fill(3) });
    await s.script.epoch(s.world.clock.nowMs());
    await check(s);
    await settleLogs(s);
    expect(await only(s)).toMatchObject({ code: "forked", conversation: s.id });
    expect(await verdict(s)).toMatchObject({ fault: "other-root" });
    await s.end();
  });

  it("R-3 an epoch without what was signed before it is told as hidden", async () => {
    const s = await watched();
    await s.dara.client.send(s.id, { text: "from dara" });
    await s.world.quiet([s.sara, s.dara]);
    s.script.head(s.log, { size: 1, root: new Uint8Array(32).fill(1) });
    await s.script.epoch(s.world.clock.nowMs() + 1);
    await check(s);
    await settleLogs(s);
    const { code } = await only(s);
    expect(["hidden", "rolled-back"]).toContain(code);
    await verdict(s);
    await s.end();
  });

  it("R-6 what a restoration excuses is told as restored and accuses nobody", async () => {
    const s = await watched();
    const fromMs = s.world.clock.nowMs() - 3_600_000;
    const { key } = s.dara.client.me()!.home;
    expect(await s.world.settle(s.dara.client.incidents(key))).toEqual([]);
    await s.dara.client.send(s.id, { text: "lost in the restoration" });
    await s.world.quiet([s.sara, s.dara]);
    s.script.head(s.log, { size: 1, root: new Uint8Array(32).fill(1) });
    const toMs = s.world.clock.nowMs() + 1;
    await s.script.restore(fromMs, toMs);
    // Whoever judges a proof of this station can ask as well; a station that is not known here is asked nothing.
    expect(await s.world.settle(s.dara.client.incidents(key))).toEqual([{ what: "restored", fromMs, toMs }]);
    expect(await s.dara.client.incidents("a".repeat(52))).toBeUndefined();
    await check(s);
    await settleLogs(s);
    const alerts = await s.dara.client.alerts();
    expect(alerts.length).toBeGreaterThan(0);
    for (const alert of alerts) {
      expect(alert.code).toBe("restored");
      expect(alert.proof).toBeUndefined();
    }
    await s.end();
  });

  it("R-6 entries of a restored log that do not lead on from what was read accuse nobody, also without a proof", async () => {
    const s = await watched();
    const toMs = s.world.clock.nowMs() + 1;
    await s.script.restore(toMs - 3_600_000, toMs);
    await s.world.clock.advance(1_000);
    const { lie } = s.liar;
    const root = new Uint8Array(32).fill(8);
    const heads: Uint8Array[] = [];
    for (let size = 0; size < 16; size++) {
      heads.push(await signedHead("one", { logId: s.log, size, root, timeMs: s.world.clock.nowMs() }));
    }
    s.liar.lie = (frame, asked) => {
      if (frame.kind !== "notice" || frame.body.type !== "log.push" || !equalBytes(frame.body.log, s.log)) {
        return lie(frame, asked);
      }
      const { first, entries } = frame.body;
      return [{ ...frame, body: { ...frame.body, head: heads[first + entries.length] ?? root } }];
    };
    await s.sara.client.send(s.id, { text: "written after it" });
    await s.world.clock.advance(60_000);
    await check(s);
    expect(await s.dara.client.alerts()).not.toEqual([]);
    for (const { code, proof } of await s.dara.client.alerts()) expect([code, proof]).toEqual(["restored", undefined]);
    await s.end();
  });

  it.each([
    ["before it accuse nobody: it may have lost them", true, "restored"],
    ["after it are withheld", false, "withheld"],
  ])("R-6 entries that a restored station promised %s", async (_, isBefore, code) => {
    const s = await watched();
    const { lie } = s.liar;
    const restore = async (): Promise<void> => {
      await s.world.clock.advance(1_000);
      const toMs = s.world.clock.nowMs() - 1;
      await s.script.restore(toMs - 3_600_000, toMs);
    };
    if (!isBefore) await restore();
    s.liar.lie = (frame, asked) =>
      frame.kind === "notice" && frame.body.type === "log.push" && equalBytes(frame.body.log, s.log)
        ? [{ ...frame, body: { ...frame.body, entries: [] } }]
        : lie(frame, asked);
    s.liar.answer = (request) =>
      request.type === "log.read"
        ? { type: "error", code: "station/internal", detail: undefined }
        : s.script.answer(request);
    await s.sara.client.send(s.id, { text: "promised" });
    await s.world.clock.advance(200);
    // Nobody else can give it.
    await s.sara.stop();
    if (isBefore) await restore();
    await s.world.clock.advance(120_000);
    const about = (await s.dara.client.alerts()).filter(({ conversation }) => conversation === s.id);
    expect(about.map((alert) => alert.code)).toEqual([code]);
    await s.end();
  });

  it("R-9 an op of one's own chain that nobody here made is told at once", async () => {
    const s = await watched();
    const ops = await opsOf(s.dara);
    const identity = fromBase32(s.dara.client.me()!.identity)!;
    s.script.chain(identity, ops);
    await s.script.epoch(s.world.clock.nowMs());
    await check(s);
    expect(await s.dara.client.alerts()).toEqual([]);
    const logged = { opCount: 2, commitment: new Uint8Array(32).fill(5) };
    s.script.chain(identity, ops, { logged });
    await s.script.epoch(s.world.clock.nowMs());
    await check(s);
    expect(await only(s)).toMatchObject({ code: "foreign-op", person: s.dara.client.me()!.identity });
    await s.end();
  });

  it("R-9 an op that stands in the log and not in the map of an epoch after it is told, also where the epoch is not whole", async () => {
    const s = await watched();
    const ops = await opsOf(s.dara);
    const identity = fromBase32(s.dara.client.me()!.identity)!;
    s.script.op(ops);
    s.script.chain(identity, ops);
    await s.script.epoch(s.world.clock.nowMs());
    await check(s);
    expect(await s.dara.client.alerts()).toEqual([]);
    s.script.without(ops);
    await s.script.epoch(s.world.clock.nowMs(), false);
    await check(s);
    expect(await only(s)).toMatchObject({ code: "hidden-op", person: s.dara.client.me()!.identity });
    expect(await verdict(s)).toMatchObject({ shape: "fold", fault: "lost" });
    await s.end();
  });

  it("R-10 a contact's new ops are followed, and leave lines; ops that are not shown are told", async () => {
    const s = await watched();
    const sara = fromBase32(s.sara.client.me()!.identity)!;
    const { identity } = s.sara.client.me()!;
    s.script.chain(sara, await opsOf(s.sara));
    await s.script.epoch(s.world.clock.nowMs());
    await looked(s);
    expect(await s.dara.client.alerts()).toEqual([]);

    const longer = await moved(s.sara, {
      station: { key: stationKey(ports.sha256(utf8("elsewhere"))), urls: ["wss://elsewhere.example"] },
      region: "DE",
    });
    s.script.chain(sara, await opsOf(s.sara), { logged: ledgerIdentityOf(longer, ports.sha256) });
    await s.script.epoch(s.world.clock.nowMs());
    await looked(s);
    expect(await only(s)).toMatchObject({ code: "hidden-op", person: identity, conversation: s.id });

    s.script.chain(sara, longer);
    await s.script.epoch(s.world.clock.nowMs());
    await looked(s, async () => (await s.dara.client.safety(identity)).ops === 2);
    const [line] = await s.dara.client.messages(s.id, { limit: 1 });
    expect(line).toMatchObject({ text: "", mine: false, personChange: { identity, what: "home-moved" } });
    expect(line!.personChange!.sinceMs).toBeLessThanOrEqual(s.world.clock.nowMs());
    expect(await s.dara.client.safety(identity)).toMatchObject({
      ops: 2,
      changes: [{ what: "home-moved" }],
      paused: false,
    });
    await s.end();
  });

  it("R-10 two histories by one person's keys pause sending until they were compared", async () => {
    const s = await watched();
    const sara = fromBase32(s.sara.client.me()!.identity)!;
    const { identity } = s.sara.client.me()!;
    s.script.chain(sara, await moved(s.sara, { station: s.station.ref, region: "DE" }));
    await s.script.epoch(s.world.clock.nowMs());
    await looked(s, async () => (await s.dara.client.safety(identity)).ops === 2);
    s.script.chain(sara, await moved(s.sara, { station: s.station.ref, region: "FR" }));
    await s.script.epoch(s.world.clock.nowMs());
    await looked(s, async () => (await s.dara.client.safety(identity)).paused);
    const alerts = await s.dara.client.alerts();
    expect(alerts.map(({ code }) => code)).toContain("chain-forked");
    await s.dara.client.send(s.id, { text: "waits" });
    await s.world.clock.advance(10_000);
    expect((await s.dara.client.messages(s.id, { limit: 1 }))[0]).toMatchObject({ text: "waits", state: "queued" });
    await s.dara.client.markCompared(identity);
    await s.world.clock.advance(10_000);
    expect((await s.dara.client.messages(s.id, { limit: 1 }))[0]).toMatchObject({ text: "waits", state: "at-station" });
    expect(await s.dara.client.safety(identity)).toMatchObject({ paused: false });
    expect((await s.dara.client.safety(identity)).comparedAtMs).toBeGreaterThan(0);
    expect((await s.sara.client.safety(s.dara.client.me()!.identity)).digits).toEqual(
      (await s.dara.client.safety(identity)).digits,
    );
    await looked(s);
    expect((await s.dara.client.safety(identity)).paused).toBe(false);
    await s.end();
  });
});

/** A chain, as its owner's profile has it. */
async function opsOf({ medium }: Person): Promise<readonly Uint8Array[]> {
  return (await loadProfile(new MemoryStore(medium)))!.ops;
}

/** Another op on somebody's chain, by the key on their device: a move. */
async function moved(person: Person, home: Home): Promise<readonly Uint8Array[]> {
  const row = (await loadProfile(new MemoryStore(person.medium)))!;
  const { rankOneSeed } = decodeBundle(row.bundle);
  const folded = await foldChain(row.ops, ports, row.identity);
  if (!folded.ok) throw new Error(folded.code);
  const made = await setHome(folded.value, home, { seed: rankOneSeed!, timeMs: 1 }, crypto);
  return [...row.ops, ...made.ops];
}

/** Contacts are looked at by chance: often enough, all are. */
async function looked(
  s: Scene,
  done: () => Promise<boolean> = async () => (await s.dara.client.alerts()).length > 0,
): Promise<void> {
  for (let i = 0; i < 60 && !(await done()); i++) await check(s);
}

/** Quiet logs are looked at by chance: often enough, all are. */
async function settleLogs(s: Scene): Promise<void> {
  for (let i = 0; i < 40 && (await s.dara.client.alerts()).length === 0; i++) await check(s);
}
