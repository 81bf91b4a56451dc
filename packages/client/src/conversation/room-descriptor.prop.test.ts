import { createHash } from "node:crypto";
import { encodeEntry, type GenesisEntry, stationKey } from "@chapar/wire";
import { ByteWriter } from "@chapar/wire/bytes";
import { array, assert, property, stringMatching, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRoom, encodeRoom, roomLog } from "./room-descriptor.ts";

const bytes = (size: number) => uint8Array({ minLength: size, maxLength: size });
const sha256 = (input: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(input).digest());
const genesisOf = (log: GenesisEntry["log"], nonce: Uint8Array): Uint8Array =>
  encodeEntry({ kind: "genesis", log, nonce, writeKey: new Uint8Array(32), readKey: new Uint8Array(32) });

describe("room descriptors", () => {
  it("F-5 come back as they were written, and fail whole when a byte is missing or added", () => {
    const urls = array(stringMatching(/^wss:[!-~]{1,60}$/), { maxLength: 4 });
    const ops = array(uint8Array({ maxLength: 200 }), { maxLength: 5 });
    assert(
      property(bytes(32), urls, bytes(87), ops, (key, hosts, genesis, chain) => {
        const room = { hub: { key: stationKey(key), urls: hosts }, genesis, ops: chain, group: undefined };
        const encoded = encodeRoom(room);
        expect(decodeRoom(encoded)).toEqual({ ok: true, value: room });
        expect(decodeRoom(encoded.subarray(0, -1)).ok).toBe(false);
        expect(decodeRoom(Uint8Array.of(...encoded, 0)).ok).toBe(false);
      }),
    );
  });

  it("F-5 name a hub only by URLs that a frame may carry", () => {
    const key = new Uint8Array(32);
    for (const url of ["", "no scheme", "wss://a b", "wss://\u202egro.elpmaxe/"]) {
      const writer = new ByteWriter().u8(1).bytes(key);
      writer.list([url], (to, text) => to.text(text)).opaque(genesisOf("room", new Uint8Array(20)));
      expect(decodeRoom(writer.list([], () => undefined).finish()).ok, url).toBe(false);
    }
  });

  it("F-5 never throw on a stranger's bytes", () => {
    assert(property(uint8Array({ maxLength: 2000 }), (input) => typeof decodeRoom(input).ok === "boolean"));
  });

  it("F-5 name the log of their own conversation or nothing", () => {
    const id = new Uint8Array(20).fill(3);
    const room = {
      hub: { key: stationKey(new Uint8Array(32)), urls: [] },
      genesis: genesisOf("room", id),
      ops: [],
      group: undefined,
    };
    expect(roomLog(room, id, sha256)).toHaveLength(32);
    const bad = { code: "client/bad-room" };
    expect(() => roomLog(room, new Uint8Array(20), sha256)).toThrow(expect.objectContaining(bad));
    const inbox = { ...room, genesis: genesisOf("inbox", id) };
    expect(() => roomLog(inbox, id, sha256)).toThrow(expect.objectContaining(bad));
    expect(() => roomLog({ ...room, genesis: id }, id, sha256)).toThrow(expect.objectContaining(bad));
  });
});
