/* What people are told when a station is caught while its logs are read: one alert a misdeed, and a proof where there is one. */
import { createEvidencePorts, verifyBundle } from "@chapar/evidence";
import { nodeCrypto } from "@chapar/e2e/node";
import { describe, expect, it } from "vitest";
import type { AlertView, ClientEvent } from "../src/index.ts";
import { flip } from "./liar.ts";
import { firstLog, fork, ofRoom, type Scene, scene } from "./lying-scene.ts";

const crypto = nodeCrypto();
const ports = createEvidencePorts(
  (bytes) => crypto.sha256(bytes),
  (key, bytes, signature) => crypto.ed25519.verify(key, bytes, signature),
);

async function only(s: Scene): Promise<AlertView> {
  const [first, ...more] = await s.dara.client.alerts();
  expect(more).toEqual([]);
  return first!;
}

describe("alerts about logs that are read", () => {
  it("F-21 R-7 two heads that exclude each other are one alert, with a proof that a stranger checks", async () => {
    const s = await scene();
    const events: ClientEvent[] = [];
    s.dara.client.subscribe((event) => events.push(event));
    await fork(s);
    const alert = await only(s);
    expect(alert).toMatchObject({ code: "forked", conversation: s.id, state: "open", seen: false, missing: 0 });
    expect(alert.station.key).toBe(s.dara.client.me()!.home.key);
    expect(alert.sinceMs).toBeLessThan(alert.noticedAtMs);
    expect(events.some(({ type }) => type === "alerts")).toBe(true);
    expect((await s.dara.client.conversation(s.id))?.alert).toEqual({ id: alert.id, code: "forked" });
    expect((await s.dara.client.conversation(s.other))?.alert).toBeUndefined();

    const proof = await s.dara.client.proof(alert.id);
    expect(alert.proof).toEqual({ shape: "statements", sizeBytes: proof.byteLength });
    expect(proof.byteLength).toBeLessThanOrEqual(4096);
    expect(await verifyBundle(proof, ports)).toMatchObject({
      ok: true,
      value: { shape: "statements", fault: "same-size" },
    });
    expect((await verifyBundle(flip(proof, proof.byteLength - 1), ports)).ok).toBe(false);

    await s.dara.stop();
    await s.dara.start();
    expect(await only(s)).toEqual(alert);
    await s.dara.client.markAlertSeen(alert.id);
    expect((await s.dara.client.conversation(s.id))?.alert).toBeUndefined();
    expect((await only(s)).seen).toBe(true);
    await s.end();
  });

  it("F-20 entries that do not hash are told while they are asked for, and told as restored when they come", async () => {
    const s = await scene();
    const log = await firstLog(s);
    s.liar.lie = ofRoom(log, (push) => [
      { ...push, entries: push.entries.map((entry) => flip(entry, entry.byteLength - 1)) },
    ]);
    await s.sara.client.send(s.id, { text: "under the lie" });
    for (let i = 0; i < 60 && (await s.dara.client.alerts()).length === 0; i++) await s.world.clock.advance(1_000);
    const alert = await only(s);
    expect(alert).toMatchObject({ code: "altered", conversation: s.id, state: "asking", missing: 1, restored: 0 });
    expect(alert.proof).toBeUndefined();
    await expect(s.dara.client.proof(alert.id)).rejects.toMatchObject({ code: "client/no-proof" });
    s.liar.repent();
    await s.world.clock.advance(200_000);
    await s.world.quiet([s.sara, s.dara]);
    expect(await only(s)).toMatchObject({ id: alert.id, state: "restored", missing: 1, restored: 1 });
    await s.end();
  });

  it("F-20 an inbox that does not verify is told without a conversation; an honest station is never accused", async () => {
    const s = await scene();
    for (const person of [s.sara, s.dara, s.nima]) expect(await person.client.alerts()).toEqual([]);
    s.liar.lie = (frame) => {
      if (frame.kind !== "notice" || frame.body.type !== "log.push") return [frame];
      return [{ ...frame, body: { ...frame.body, head: flip(frame.body.head, frame.body.head.byteLength - 1) } }];
    };
    const eve = await s.world.person("Eve", s.station);
    eve.client.connect();
    await eve.client.open(await s.dara.client.invite());
    await s.world.clock.advance(60_000);
    expect(await only(s)).toMatchObject({ code: "withheld", conversation: undefined, state: "asking" });
    s.liar.repent();
    await s.world.clock.advance(200_000);
    expect(await only(s)).toMatchObject({ state: "restored" });
    await eve.stop();
    await s.end();
  });
});
