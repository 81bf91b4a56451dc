import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "@chapar/wire/bytes";
import { sessionCrypto } from "../node/session-crypto.ts";
import { MAX_LIST_LIFE_MS, openRelayList, signRelayList, type ListedPlace, type RelayList } from "./list.ts";
import { formatRelayRoute, relayRoute } from "./relay-route.ts";

const crypto = sessionCrypto();
const KEY = crypto.randomBytes(32);

function listOf(places: readonly ListedPlace[], lifeMs = 1000): Omit<RelayList, "issuer"> {
  return { number: 7, issuedAtMs: 1_800_000_000_000, expiresAtMs: 1_800_000_000_000 + lifeMs, places };
}

const place = (urls: readonly string[], key = KEY): ListedPlace => ({ kind: "station", key, urls });

describe("a relay's list", () => {
  it("P-62 is read as it was signed, and not when a byte of it is another", async () => {
    const signer = await crypto.newSigner();
    const list = listOf([
      place(["https://a.example", "wss://b.example/x"]),
      { kind: "relay", key: signer.publicKey, urls: ["wss://r.example/way/sealed"] },
    ]);
    const bytes = await signRelayList(list, signer);
    expect(await openRelayList(bytes, signer.publicKey, crypto.verify)).toEqual({ ...list, issuer: signer.publicKey });
    for (let at = 0; at < bytes.byteLength; at++) {
      const altered = bytes.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await openRelayList(altered, signer.publicKey, crypto.verify), String(at)).toBeUndefined();
    }
  });

  it("P-62 is of the issuer that is followed, and of no other who signs well", async () => {
    const [ours, other] = [await crypto.newSigner(), await crypto.newSigner()];
    const bytes = await signRelayList(listOf([]), other);
    expect(await openRelayList(bytes, ours.publicKey, crypto.verify)).toBeUndefined();
  });

  it("P-62 holds for 90 days at most, names a key once, and leads over HTTP and WebSocket only", async () => {
    const signer = await crypto.newSigner();
    const refused = [
      listOf([], MAX_LIST_LIFE_MS + 1),
      listOf([], 0),
      listOf([place(["https://a.example"]), place(["https://b.example"])]),
      listOf([place(["tcp://10.0.0.1:22"])]),
      listOf([place(["https://a b"])]),
      listOf([place(Array.from({ length: 5 }, () => "https://a.example"))]),
      listOf([place([`https://${"a".repeat(260)}`])]),
    ];
    for (const list of refused) await expect(signRelayList(list, signer)).rejects.toThrow(RangeError);
  });

  it("P-62 no bytes make the reader throw", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        expect(await openRelayList(bytes, KEY, () => true)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  it("P-62 has the bytes that the page says", async () => {
    const signer = { publicKey: new Uint8Array(32).fill(0xaa), sign: () => new Uint8Array(64).fill(0xbb) };
    const list = {
      number: 300,
      issuedAtMs: 1,
      expiresAtMs: 2,
      places: [place(["wss://r"], new Uint8Array(32).fill(0xcc))],
    };
    const parts = ["01", "aa".repeat(32), "412c", "0000000000000001", "0000000000000002", "01"];
    const entry = ["00", "cc".repeat(32), "01", "07", Buffer.from("wss://r").toString("hex")];
    expect(toHex(await signRelayList(list, signer))).toBe([...parts, ...entry, "bb".repeat(64)].join(""));
  });
});

describe("routes through relays", () => {
  const [station, via] = [crypto.randomBytes(32), crypto.randomBytes(32)];

  it("are read as they were written, with one relay or two", () => {
    for (const route of [
      { inner: "wss://relay.example/way", station, via: undefined },
      { inner: "ws://127.0.0.1:9/x", station, via },
      { inner: "burst+https://a.example,b.example/x", station, via: undefined },
    ]) {
      const text = formatRelayRoute(route);
      expect(relayRoute(text)).toEqual(route);
      expect(text).toMatch(/^relay\+[a-z+]+:\/\/[!-~]+\?station=[a-z2-7]{52}/);
    }
  });

  it("are nothing else", () => {
    const route = formatRelayRoute({ inner: "wss://relay.example/way", station, via });
    for (const wrong of [
      route.slice(1),
      route.slice(0, -1),
      `${route}&via=x`,
      `${route}#there`,
      route.replace("station", "stations"),
      route.replace("&via", "&station"),
      route.replace("wss://", "wss://user@ host"),
      route.replace("/way", `/${"w".repeat(200)}`),
      "relay+wss://relay.example/way",
    ]) {
      expect(relayRoute(wrong), wrong).toBeUndefined();
    }
  });
});
