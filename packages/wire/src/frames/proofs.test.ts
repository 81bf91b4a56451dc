import { describe, expect, it } from "vitest";
import { ByteReader, toHex } from "../bytes/index.ts";
import { deviceId, identityId, logId, stationKey } from "../ids.ts";
import * as proofs from "./proofs.ts";

const station = stationKey(new Uint8Array(32).fill(1));
const other = stationKey(new Uint8Array(32).fill(2));
const nonce = new Uint8Array(32).fill(3);
const log = logId(new Uint8Array(32).fill(4));
const identity = identityId(new Uint8Array(20).fill(5));
const device = deviceId(new Uint8Array(32).fill(6));

/** Every signed string, with the fields that protocol/1-wire.md §3 names after its label, as hex. */
const CASES: readonly [label: string, bytes: Uint8Array, fields: string][] = [
  ["chapar prove v1", proofs.proveMessage(station, nonce), "01".repeat(32) + "03".repeat(32)],
  [
    "chapar account v1",
    proofs.accountMessage(station, nonce, identity, device),
    "01".repeat(32) + "03".repeat(32) + "05".repeat(20) + "06".repeat(32),
  ],
  ["chapar peer v1", proofs.peerMessage(station, nonce, other), "01".repeat(32) + "03".repeat(32) + "02".repeat(32)],
  ["chapar read v1", proofs.readMessage(station, nonce, log), "01".repeat(32) + "03".repeat(32) + "04".repeat(32)],
  [
    "chapar write v1",
    proofs.writeMessage(station, nonce, log, 258),
    `${"01".repeat(32)}${"03".repeat(32)}${"04".repeat(32)}0000000000000102`,
  ],
  ["chapar mirror v1", proofs.mirrorMessage(station, log), "01".repeat(32) + "04".repeat(32)],
  [
    "chapar reader-key v1",
    proofs.readerMessage(station, nonce, log, 258),
    `${"01".repeat(32)}${"03".repeat(32)}${"04".repeat(32)}0000000000000102`,
  ],
  [
    "chapar routes v1",
    proofs.routesMessage(station, 257, 258, ["ab:c", "d:e"]),
    `${"01".repeat(32)}00000000000001010000000000000102020461623a6303643a65`,
  ],
  ["chapar grant v1", proofs.grantMessage(station, log, 258), `${"01".repeat(32)}${"04".repeat(32)}0000000000000102`],
];

describe("signed strings of proofs", () => {
  it.each(CASES)("%s holds its label and its fields, and nothing else", (label, bytes, fields) => {
    const reader = new ByteReader(bytes);
    expect(reader.text(64)).toBe(label);
    expect(toHex(reader.rest())).toBe(fields);
  });

  it("have a label each, and the table has no other", () => {
    const labels = CASES.map(([label]) => label);
    expect(new Set(labels).size).toBe(CASES.length);
    expect(Object.values(proofs.PROOF_LABELS).sort()).toEqual([...labels].sort());
  });

  it("refuse a field of another size, which would shift what follows it", () => {
    expect(() => proofs.readMessage(station, new Uint8Array(31), log)).toThrow(RangeError);
    expect(() => proofs.writeMessage(station, nonce, log, -1)).toThrow(RangeError);
  });
});
