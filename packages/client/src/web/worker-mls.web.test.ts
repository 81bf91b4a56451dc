/* The Mls port with its work in a worker is the Mls port: the same suite, over the border. Then what is its own: ends and beginnings. */
import type { DeviceKeys, Mls } from "@chapar/e2e";
import { describeMls } from "@chapar/e2e/testing";
import { webCrypto } from "@chapar/e2e/web";
import { utf8 } from "@chapar/wire/bytes";
import { afterAll, describe, expect, it } from "vitest";
import { MlsWorker, type WorkerMlsParts } from "./worker-mls.ts";

const workers: Worker[] = [];
function start(): Worker {
  const worker = new Worker(new URL("mls-worker.ts", import.meta.url), { type: "module" });
  workers.push(worker);
  return worker;
}
const shared = new MlsWorker(start);
const make = (parts: Omit<WorkerMlsParts, "suite">): Mls => shared.mls({ ...parts, suite: "x25519" });
const crypto = webCrypto();
const NOTHING = new Uint8Array(0);

async function someone(): Promise<DeviceKeys> {
  const seed = crypto.random(32);
  const credential = { identity: crypto.random(20), device: await crypto.ed25519.publicKey(seed) };
  return { credential, signaturePrivateKey: seed };
}

/** Locks of this page's workers that live. */
async function living(): Promise<number> {
  const { held } = await navigator.locks.query();
  return (held ?? []).filter(({ name }) => name?.startsWith("chapar mls ")).length;
}

/** A port over workers of its own, the last of which `kill` ends behind its back, as a browser short of memory does. */
function alone(): {
  readonly mls: Mls;
  readonly own: MlsWorker;
  readonly kill: () => void;
  readonly lost: () => number;
} {
  const own = new MlsWorker(start);
  let lost = 0;
  const mls = own.mls({ suite: "x25519", authenticate: () => true, nowMs: () => Date.now(), lost: () => (lost += 1) });
  return { mls, own, kill: () => workers.at(-1)?.terminate(), lost: () => lost };
}

afterAll(async () => {
  await shared.end();
});

describe("the Mls port over a worker", () => {
  describeMls(make, () => webCrypto(), { suite: "x25519", killRuns: 0, changeRuns: 2 });

  it("keeps a page's fault apart from a peer's: what a hook throws is thrown, and no code of the table", async () => {
    const mls = make({
      authenticate: () => true,
      allow: () => {
        throw new RangeError("the page's own");
      },
      findPsk: () => undefined,
      nowMs: () => Date.now(),
    });
    const { group } = await mls.create(await someone(), crypto.random(20), crypto.random(8));
    await expect(mls.commit(group, { add: [], remove: [] })).rejects.toThrow("the page's own");
  });

  it("G-81 a worker that ends fails what waits for it, as no network does, and the next call begins another", async () => {
    const { mls, kill, lost } = alone();
    const device = await someone();
    await mls.keyPackage(device);
    const waiting = Promise.allSettled([mls.keyPackage(device), mls.keyPackage(device)]);
    kill();
    const ends = await waiting;
    expect(ends.map((end) => end.status === "rejected" && end.reason instanceof TypeError)).toEqual([true, true]);
    expect(lost()).toBe(1);
    const before = workers.length;
    expect((await mls.keyPackage(device)).ref).toHaveLength(32);
    expect(workers).toHaveLength(before + 1);
  });

  it("G-81 a worker that closes itself, with nobody waiting, is noticed too", async () => {
    const { mls, own, lost } = alone();
    await mls.keyPackage(await someone());
    const gone = Promise.withResolvers<void>();
    const other = own.mls({ authenticate: () => true, nowMs: () => 0, lost: gone.resolve });
    await other.keyPackage(await someone());
    workers.at(-1)?.terminate();
    await gone.promise;
    expect(lost()).toBe(1);
  });

  it("G-81 a group of a worker that ended is refused, and is whole again when loaded from its records", async () => {
    const { mls, kill, lost } = alone();
    const device = await someone();
    const created = await mls.create(device, crypto.random(20), utf8("room"));
    const records = new Map(created.writes.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])));
    const secret = await mls.exportSecret(created.group, "label", NOTHING, 32);
    const waiting = mls.keyPackage(device).catch(() => undefined);
    kill();
    await waiting;
    await mls.keyPackage(device);
    const known = lost();
    await expect(mls.seal(created.group, utf8("x"))).rejects.toBeInstanceOf(TypeError);
    expect(lost()).toBe(known + 1);
    const again = await mls.load(device, records);
    expect(await mls.exportSecret(again, "label", NOTHING, 32)).toEqual(secret);
    expect((await mls.seal(again, utf8("x"))).frame).toHaveLength(512);
  });

  it("G-82 once it is closed no worker is left, and none begins", async () => {
    const { mls, own } = alone();
    const device = await someone();
    const before = await living();
    await mls.keyPackage(device);
    expect(await living()).toBe(before + 1);
    const waiting = Promise.allSettled([mls.keyPackage(device)]);
    await own.end();
    expect((await waiting)[0]?.status).toBe("rejected");
    const count = workers.length;
    await expect(mls.keyPackage(device)).rejects.toBeInstanceOf(TypeError);
    expect(workers).toHaveLength(count);
    await expect.poll(living).toBe(before);
  });

  it("G-81 a script that does not come fails the call, and is asked for again", async () => {
    let tries = 0;
    const own = new MlsWorker(() => {
      tries += 1;
      return tries === 1 ? new Worker("/no-such-script.js", { type: "module" }) : start();
    });
    const mls = own.mls({ authenticate: () => true, nowMs: () => Date.now() });
    const device = await someone();
    await expect(mls.keyPackage(device)).rejects.toBeInstanceOf(TypeError);
    expect((await mls.keyPackage(device)).ref).toHaveLength(32);
    await own.end();
  });
});
