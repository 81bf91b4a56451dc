import { nodeCrypto } from "@chapar/e2e/node";
import { conversationId, identityId } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHandKnock, encodeHandKnock, type Handing, openHanding, sealHanding } from "./hand.ts";
import { decodeOwnLetter, encodeOwnLetter, type OwnLetter } from "./own-letters.ts";

const crypto = nodeCrypto();
const seed = crypto.random(32);
const device = await crypto.ed25519.publicKey(seed);
const signer = { device, sign: async (message: Uint8Array) => crypto.ed25519.sign(seed, message) };
const bound = { conversation: conversationId(crypto.random(20)), secret: crypto.random(32) };
const isOwn = (one: Uint8Array): boolean => equalBytes(one, device);
const HANDING: Handing = {
  peer: identityId(new Uint8Array(20).fill(4)),
  peerName: "دارا",
  peerHome: undefined,
  placed: 12,
  readTo: 9,
  unread: 3,
  atMs: 1_790_000_000_000,
  chains: [{ device: new Uint8Array(32).fill(1), nextSequence: 4, previous: new Uint8Array(32), missing: [2] }],
  held: new Uint8Array(90).fill(5),
};

describe("a handing", () => {
  it("D-12 says how the conversation stands, to whoever has the secret of its epoch", async () => {
    const sealed = await sealHanding(HANDING, bound, signer, crypto);
    expect(await openHanding(sealed, bound, isOwn, crypto)).toEqual(HANDING);
    const knock = { ref: new Uint8Array(32).fill(7), welcome: new Uint8Array(3), tree: new Uint8Array(4), sealed };
    expect(decodeHandKnock(encodeHandKnock(knock))).toEqual({ ok: true, value: knock });
  });

  it("D-14 is not used when nobody of one's own signed it, and when it is of another epoch or conversation", async () => {
    const sealed = await sealHanding(HANDING, bound, signer, crypto);
    expect(await openHanding(sealed, bound, () => false, crypto)).toBeUndefined();
    expect(await openHanding(sealed, { ...bound, secret: crypto.random(32) }, isOwn, crypto)).toBeUndefined();
    const other = { ...bound, conversation: conversationId(crypto.random(20)) };
    expect(await openHanding(sealed, other, isOwn, crypto)).toBeUndefined();
    // A member knows the secret, and names a device that is none of theirs.
    const theirs = crypto.random(32);
    const forged = { device, sign: async (message: Uint8Array) => crypto.ed25519.sign(theirs, message) };
    expect(await openHanding(await sealHanding(HANDING, bound, forged, crypto), bound, isOwn, crypto)).toBeUndefined();
    for (let at = 0; at < sealed.byteLength; at += 7) {
      const changed = sealed.slice();
      changed[at]! ^= 1;
      expect(await openHanding(changed, bound, isOwn, crypto)).toBeUndefined();
    }
  });

  it("D-14 of any bytes never throws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await openHanding(bytes, bound, isOwn, crypto)).toBeUndefined();
        expect(decodeHandKnock(bytes).ok).toBe(false);
      }),
    );
  });
});

describe("a letter among own devices", () => {
  const letters: readonly OwnLetter[] = [
    {
      kind: "entries",
      entries: [
        { key: "talk/read/a", value: new Uint8Array([1, 2]), atMs: 5, device },
        { key: "chats/mute/é", value: undefined, atMs: 6, device },
      ],
    },
    { kind: "keys", rankOneSeed: new Uint8Array(32).fill(3), backupKey: undefined },
    {
      kind: "history",
      file: {
        device,
        key: new Uint8Array(32).fill(1),
        nonce: new Uint8Array(12),
        hash: new Uint8Array(32).fill(2),
        manifest: false,
        sizeBytes: 70_000,
      },
    },
  ];

  it("D-20 comes back from its bytes, and anything else is passed over", () => {
    for (const letter of letters) {
      const bytes = encodeOwnLetter(letter);
      expect(decodeOwnLetter(bytes)).toEqual(letter);
      for (let size = 0; size < bytes.byteLength; size++)
        expect(decodeOwnLetter(bytes.subarray(0, size))).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeOwnLetter(bytes);
      }),
    );
  });

  it("D-22 with a time that no clock says is passed over: it would freeze its key for ever", () => {
    const late = { key: "a", value: undefined, atMs: 2 ** 51, device };
    expect(decodeOwnLetter(encodeOwnLetter({ kind: "entries", entries: [late] }))).toBeUndefined();
  });
});
