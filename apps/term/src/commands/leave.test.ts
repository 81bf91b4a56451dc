/* `data delete-everything` and `data receipt verify`, over the fake engine. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeReceiptFile, signLeaving } from "@chapar/evidence";
import { nodeCrypto } from "@chapar/e2e/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const crypto = nodeCrypto();

async function receipt(): Promise<Uint8Array> {
  const seed = new Uint8Array(32).fill(3);
  const publicKey = await crypto.ed25519.publicKey(seed);
  const nothing = { objects: 0, bytes: 0, keptObjects: 0, keptBytes: 0, untilMs: 0 };
  const blob = { objects: 2, bytes: 2048, keptObjects: 1, keptBytes: 700, untilMs: Date.UTC(2027, 0, 2) };
  const amounts = { account: nothing, envelope: nothing, blob, backup: nothing };
  const said = { identity: new Uint8Array(32), op: new Uint8Array(32), timeMs: 0, generation: 1, ledgerIndex: 5 };
  const sign = async (message: Uint8Array) => crypto.ed25519.sign(seed, message);
  return encodeReceiptFile({ word: await signLeaving({ ...said, amounts }, { publicKey, sign }), leaf: undefined });
}

describe("data delete-everything", () => {
  it("M-27 asks for the own name, keeps the receipt, and says what stays", async () => {
    await joined();
    const path = join(stage.folder, "..", `${Date.now()}.receipt`);
    const wrong = await chapar(["data", "delete-everything", "--confirm", "Sara", "--receipt", path, "--timeout", "0"]);
    expect(wrong.code).toBe(64);
    expect(stage.engine.data.deleted).toEqual([]);
    const done = await chapar(["data", "delete-everything", "--confirm", "Dara", "--receipt", path, "--timeout", "0"]);
    expect(done.code).toBe(0);
    expect(done.stdout).toContain(
      "3 deleted, 2.0 KiB. The law keeps 1 more, 700 B, sealed at the station until 1970-01-02",
    );
    expect(stage.engine.data.deleted).toEqual([undefined]);
    expect([...(await readFile(path))]).toEqual([1, 2, 3]);
    // A receipt that is there is not written over, and nothing is deleted for want of a place.
    const again = await chapar(["data", "delete-everything", "--confirm", "Dara", "--receipt", path, "--timeout", "0"]);
    expect(again.code).toBe(73);
    expect(stage.engine.data.deleted).toHaveLength(1);
  });
});

describe("data receipt verify", () => {
  it("M-26 says what a receipt shows, and refuses one with a flipped bit", async () => {
    await joined();
    const path = join(stage.folder, "one.receipt");
    const bytes = await receipt();
    await writeFile(path, bytes);
    const seen = await chapar(["data", "receipt", "verify", path, "--json"]);
    expect(seen).toMatchObject({ code: 0, lines: [{ event: "receipt", holds: true, isInLog: false }] });
    const blob = { of: "blob", objects: 2, bytes: 2048, keptObjects: 1, keptBytes: 700, untilMs: Date.UTC(2027, 0, 2) };
    expect(seen.lines[0]).toMatchObject({ rows: expect.arrayContaining([blob]) });
    bytes[60]! ^= 1;
    await writeFile(path, bytes);
    const bad = await chapar(["data", "receipt", "verify", path, "--json"]);
    expect(bad).toMatchObject({ code: 1, lines: [{ event: "receipt", holds: false }] });
    expect((await chapar(["data", "receipt", "verify", join(stage.folder, "none")])).code).toBe(66);
  });
});
