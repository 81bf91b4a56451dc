import { createIdentity, mlsDevice, type MlsGroup, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { decodeEntry, type Home, stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { introductions, isIntroduction, openIntroduction } from "./introduction.ts";
import { decodePeople, encodePeople, type ToldPerson } from "./people-bundle.ts";
import { openPeople, sealPeople } from "./welcome-bundle.ts";

const crypto = nodeCrypto();
const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
const core = { mls, crypto, random: (size: number) => crypto.random(size) };
const home: Home = {
  station: { key: stationKey(new Uint8Array(32).fill(1)), urls: ["wss://a.example"] },
  region: "IR",
};

async function group(): Promise<{ readonly now: MlsGroup; readonly later: MlsGroup; readonly own: Uint8Array }> {
  const { bundle, state } = await createIdentity(home, 1, crypto);
  const device = await mlsDevice(bundle, crypto);
  const { group: now } = await mls.create(device, new Uint8Array(20), new Uint8Array(1));
  return { now, later: (await mls.commit(now, { add: [], remove: [] })).next, own: state.identity };
}

function frameOf(entry: Uint8Array): Uint8Array {
  const decoded = decodeEntry(entry);
  if (!decoded.ok || decoded.value.kind !== "message") throw new Error("no message");
  return decoded.value.frame;
}

const person = (name: string, opBytes: number): ToldPerson => ({ name, ops: [new Uint8Array(opBytes).fill(7)] });

describe("introductions", () => {
  it("F-64 fit entries that a station takes, and open in their epoch and group only", async () => {
    const { now, later } = await group();
    const people = Array.from({ length: 40 }, (_, at) => person(`Nima ${at}`, 1900));
    const entries = await introductions(core, now, people);
    expect(entries.length).toBeGreaterThan(1);
    const told: ToldPerson[] = [];
    for (const entry of entries) {
      const frame = frameOf(entry);
      expect([512, 2048, 8192, 32768]).toContain(frame.byteLength);
      expect(isIntroduction(frame)).toBe(true);
      told.push(...((await openIntroduction(core, now, frame)) ?? []));
      expect(await openIntroduction(core, later, frame)).toBeUndefined();
      expect(await openIntroduction(core, (await group()).now, frame)).toBeUndefined();
      const bent = frame.slice();
      bent[100]! ^= 1;
      expect(await openIntroduction(core, now, bent)).toBeUndefined();
    }
    expect(told).toEqual(people);
    expect(frameOf((await introductions(core, now, [person("Nima", 300)]))[0]!)).toHaveLength(512);
    expect(isIntroduction((await mls.seal(now, new Uint8Array(3))).frame)).toBe(false);
  });

  it("F-65 people of a bundle open for who is in the epoch, with who brings them in", async () => {
    const { now, later, own } = await group();
    const people = [person("Nima", 300), person("", 10)];
    const sealed = await sealPeople(core, now, { by: own as never, people });
    expect(await openPeople(core, now, sealed)).toEqual({ by: own, people });
    expect(await openPeople(core, later, sealed)).toBeUndefined();
    expect(await openPeople(core, now, sealed.subarray(0, 11))).toBeUndefined();
    const encoded = encodePeople(people);
    expect(decodePeople(encoded)).toEqual({ ok: true, value: people });
    expect(decodePeople(encoded.subarray(1)).ok).toBe(false);
  });
});
