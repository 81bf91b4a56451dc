import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex, utf8 } from "@chapar/wire/bytes";
import { agreementKey, doorIdentity, noiseCrypto, systemClock } from "../node/index.ts";
import { scalarKey } from "../node/noise-crypto.ts";
import type { Link } from "../port.ts";
import { linkPair, turn } from "../testing/index.ts";
import { agreementKeyOf } from "./agreement-key.ts";
import { noiseAccept, type NoiseCrypto, noiseDial, type NoiseKey, noiseNonce } from "./nk.ts";
import { noiseSealLink, openNoiseLink } from "./noise-link.ts";

interface Case {
  readonly id: string;
  readonly [field: string]: string | readonly string[];
}

const { cases } = JSON.parse(readFileSync(new URL("../../../../vectors/noise/nk.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
};
const bytesOf = (each: Case, field: string): Uint8Array => fromHex(String(each[field])) ?? new Uint8Array(0);

/** The platform's primitives, with a known key in place of each fresh one. */
function scripted(...keys: readonly NoiseKey[]): NoiseCrypto {
  const left = [...keys];
  return { ...noiseCrypto(), newKey: () => left.shift() ?? noiseCrypto().newKey() };
}

const STATION = fromHex("07".repeat(32)) ?? new Uint8Array(32);
const PROLOGUE = utf8("test\0");

describe("noise", () => {
  for (const each of cases) {
    it(`P-111 P-112 agrees with the second implementation: ${each.id}`, async () => {
      const station = agreementKey(bytesOf(each, "seed"));
      expect(toHex(station.publicKey)).toBe(each["x25519"]);
      expect(toHex(agreementKeyOf(bytesOf(each, "ed25519")) ?? new Uint8Array(0))).toBe(each["x25519"]);
      const prologue = bytesOf(each, "prologue");
      const dialer = await noiseDial(
        scripted(scalarKey(bytesOf(each, "dialerEphemeral"))),
        station.publicKey,
        prologue,
        bytesOf(each, "request"),
      );
      expect(toHex(dialer?.message ?? new Uint8Array(0))).toBe(each["message1"]);
      const crypto = scripted(scalarKey(bytesOf(each, "acceptorEphemeral")));
      const accepted = await noiseAccept(crypto, station, prologue, bytesOf(each, "message1"));
      expect(toHex(accepted?.payload ?? utf8("nothing"))).toBe(each["request"]);
      const answered = await accepted?.answer(bytesOf(each, "answer"));
      expect(toHex(answered?.message ?? new Uint8Array(0))).toBe(each["message2"]);
      const finished = await dialer?.finish(bytesOf(each, "message2"));
      expect(toHex(finished?.payload ?? utf8("nothing"))).toBe(each["answer"]);
      const none = new Uint8Array(0);
      const plains = [utf8("first"), none, utf8("third")];
      const sealed = await Promise.all(plains.map((plain, i) => finished?.keys.send.seal(noiseNonce(i), none, plain)));
      expect(sealed.map((bytes) => toHex(bytes ?? none))).toEqual(each["dialerRecords"]);
      const back = await answered?.keys.send.seal(noiseNonce(0), none, utf8("back"));
      expect([toHex(back ?? none)]).toEqual(each["acceptorRecords"]);
    });
  }

  it("P-111 opens nothing that was altered in any byte, made for another key or under another prologue", async () => {
    const crypto = noiseCrypto();
    const station = agreementKey(STATION);
    const dialer = await noiseDial(crypto, station.publicKey, PROLOGUE, utf8("who?"));
    const message = dialer?.message ?? new Uint8Array(0);
    for (let at = 0; at < message.byteLength; at++) {
      const altered = message.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await noiseAccept(crypto, station, PROLOGUE, altered)).toBeUndefined();
    }
    expect(await noiseAccept(crypto, station, utf8("other\0"), message)).toBeUndefined();
    expect(await noiseAccept(crypto, agreementKey(PROLOGUE), PROLOGUE, message)).toBeUndefined();
    const accepted = await noiseAccept(crypto, station, PROLOGUE, message);
    const { message: answer } = (await accepted?.answer(utf8("me"))) ?? { message: new Uint8Array(0) };
    for (let at = 0; at < answer.byteLength; at += 7) {
      const altered = answer.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      const fresh = await noiseDial(scripted(scalarKey(STATION)), station.publicKey, PROLOGUE, utf8("who?"));
      expect(await fresh?.finish(altered)).toBeUndefined();
    }
  });

  it("P-111 refuses points of small order and keys that are none", async () => {
    const crypto = noiseCrypto();
    const zero = new Uint8Array(32);
    expect(await noiseDial(crypto, zero, PROLOGUE, zero)).toBeUndefined();
    const sealed = await noiseAccept(crypto, agreementKey(STATION), PROLOGUE, new Uint8Array(64));
    expect(sealed).toBeUndefined();
    expect(agreementKeyOf(new Uint8Array(31))).toBeUndefined();
    expect(agreementKeyOf(Uint8Array.of(1, ...new Uint8Array(31)))).toBeUndefined();
    expect(agreementKeyOf(new Uint8Array(32).fill(0xff))).toBeUndefined();
  });
});

describe("links sealed by noise", () => {
  for (const [what, alter] of [
    ["altered", (bytes: Uint8Array) => [bytes.map((byte, i) => (i === bytes.byteLength - 1 ? byte ^ 1 : byte))]],
    ["repeated", (bytes: Uint8Array) => [bytes, bytes]],
    ["left out", () => []],
  ] as const) {
    it(`P-112 P-119 a record that was ${what} ends the link as lost, and nothing of it is delivered`, async () => {
      const clock = systemClock();
      const crypto = noiseCrypto();
      const { dialer, acceptor } = linkPair({}, clock);
      let isHostile = false;
      const send = dialer.send.bind(dialer);
      const hostile: Pick<Link, "send"> = {
        send(bytes) {
          const was = isHostile;
          isHostile = false;
          for (const each of was ? alter(bytes) : [bytes]) send(each);
        },
      };
      Object.assign(dialer, hostile);
      const station = agreementKey(STATION);
      const opening = openNoiseLink(acceptor, station, { clock, crypto });
      const dialed = await noiseSealLink(dialer, doorIdentity(STATION).publicKey, { clock, crypto });
      const door = await opening;
      const got: Uint8Array[] = [];
      door.receive((chunk) => got.push(chunk));
      dialed.send(utf8("one"));
      await turn();
      isHostile = true;
      dialed.send(utf8("two"));
      dialed.send(utf8("three"));
      expect(await door.ended).toBe("lost");
      const said = new TextDecoder().decode(concatBytes(...got));
      expect(["one", "onetwo"]).toContain(said);
      if (what !== "repeated") expect(said).toBe("one");
    });
  }
});
