/* The cases of vectors/wire/*.json. Bytes are hex; a field that is not there is null; one failure in each bad case. */
import { utf8 } from "../src/bytes/index.ts";
import { encodeFrame } from "../src/frames/codec.ts";
import { encodeEntry, type Entry } from "../src/frames/entry.ts";
import * as proofs from "../src/frames/proofs.ts";
import type { Frame, Notice, Request, Response, StationRef } from "../src/frames/types.ts";
import { blobHash, deviceId, identityId, logId, stationKey } from "../src/ids.ts";
import { bad, fill, good, join, type VectorCase } from "./vector-case.ts";

const identity = identityId(fill(20, 0x10));
const device = deviceId(fill(32, 0x20));
const station = stationKey(fill(32, 0x30));
const other = stationKey(fill(32, 0x40));
const log = logId(fill(32, 0x50));
const hash = blobHash(fill(32, 0x60));
const nonce = fill(32, 0x70);
const signature = fill(64, 0x80);
const read = { key: fill(32, 0xc0), signature };
const write = { epoch: 300, signature };
const at: StationRef = { key: other, urls: ["https://station.example", "wss://[2001:db8::1]:8443/a"] };
const ops = [fill(3, 1), fill(70, 2)];
const head = fill(5, 9);
const ROUTES = ["burst+https://a.example,b.example", "ss://YTpi@192.0.2.7:8388/?station=https://station.example"];

const REQUESTS: readonly Request[] = [
  { type: "greet", version: 1 },
  { type: "prove", nonce },
  { type: "ping" },
  { type: "routes.get" },
  { type: "region.policy" },
  { type: "cells" },
  { type: "token.issue", request: fill(0, 0) },
  { type: "token.issue", request: fill(7, 0x41) },
  { type: "token.spend", token: fill(9, 0x42) },
  { type: "account.register", ops, token: utf8("token") },
  { type: "account.auth", identity, device, signature },
  { type: "identity.put", ops: [] },
  { type: "identity.get", identity, at: undefined },
  { type: "identity.get", identity, at },
  { type: "keys.put", suite: 0xf00d, packages: [fill(4, 1)] },
  { type: "keys.count", suite: 0xf00d },
  { type: "keys.take", identity, suite: 1, at: { key: other, urls: [] } },
  { type: "log.create", genesis: fill(87, 1) },
  { type: "log.open", log, read, write },
  { type: "log.open", log, read: undefined, write: undefined },
  { type: "log.append", log, entry: fill(100, 3) },
  { type: "inbox.append", inbox: log, at: undefined, entry: fill(2, 3) },
  { type: "log.read", log, from: 2 ** 30, maxBytes: 65_536 },
  { type: "log.follow", log, from: 0 },
  { type: "log.unfollow", log },
  { type: "log.inclusion", log, index: 63, size: 64 },
  { type: "log.consistency", log, from: 16_383, to: 16_384 },
  { type: "log.checkpoint", log },
  { type: "room.mirror", log, hub: at, read },
  { type: "room.grant", log, write },
  { type: "peer.auth", self: at, region: "IR", signature },
  { type: "peer.mirror", log, from: 7, read },
  { type: "peer.grant", log, write: { epoch: Number.MAX_SAFE_INTEGER, signature } },
  { type: "blob.put", bytes: fill(70, 5), lock: fill(32, 6) },
  { type: "blob.get", hash, at: undefined },
  { type: "blob.have", hashes: [hash, blobHash(fill(32, 0x61))] },
  { type: "blob.room" },
  { type: "ledger.freshness", at: undefined },
  { type: "ledger.head-proof", log },
  { type: "ledger.identity-proof", identity, at },
  { type: "identity.word", identity, at: undefined },
  { type: "account.leave", order: fill(40, 3) },
  { type: "identity.anchor", ops, at },
  { type: "log.manifest", log, reader: fill(32, 0xd0), first: 7, count: 256 },
  { type: "log.manifest", log, reader: undefined, first: 0, count: 1 },
  { type: "log.reader", log, reader: fill(32, 0xd0), from: 64, signature },
  { type: "log.ack", log, ack: fill(150, 1) },
  { type: "ledger.policy", at: undefined, which: 1 },
  { type: "ledger.leaf", at, index: 16_384 },
  { type: "ledger.incidents", at: undefined },
  { type: "ledger.consistency", at: undefined, from: 1, to: 64 },
  { type: "witness.latest", origin: "example.org/log" },
  { type: "challenge.put", accused: at, challenge: fill(200, 1), read },
  { type: "challenge.ask", challenge: fill(200, 1), read: undefined },
  { type: "exit.pass" },
  { type: "ephemeral.take", on: 1 },
];

const RESPONSES: readonly Response[] = [
  { type: "done" },
  { type: "error", code: "station/rate-limited", detail: 1500 },
  { type: "error", code: "wire/unknown-frame", detail: undefined },
  { type: "proof", signature },
  { type: "pong" },
  { type: "token", issued: fill(8, 0x43), index: 12 },
  { type: "token", issued: fill(8, 0x43), index: undefined },
  { type: "region.policy", note: fill(9, 0x30), index: 7 },
  { type: "region.policy", note: fill(0, 0), index: undefined },
  { type: "routes", issuedMs: 1_900_000_000_000, expiresMs: 1_902_592_000_000, routes: ROUTES, signature },
  { type: "routes", issuedMs: 0, expiresMs: 1, routes: [], signature },
  { type: "identity.ops", ops },
  { type: "keys.count", count: 100 },
  { type: "keys.taken", ops, devices: [{ device, package: fill(6, 1) }] },
  { type: "log.state", log, epoch: 5, head },
  { type: "receipt", receipt: head },
  { type: "log.entries", first: 12, entries: [fill(4, 1), new Uint8Array(0)], head },
  { type: "log.hashes", hashes: [fill(32, 1), fill(32, 2)] },
  { type: "log.checkpoint", note: "example.org/log\n7\n— ایستگاه\n" },
  { type: "blob.stored", hash },
  { type: "blob", bytes: fill(70, 5) },
  { type: "blob.missing", bitmap: Uint8Array.of(0x40) },
  { type: "blob.room", fileBytes: 2 ** 32, leftBytes: 16_384 },
  { type: "ledger.freshness", leaf: fill(9, 1), proof: fill(70, 2) },
  { type: "ledger.proof", epoch: 16_384, proof: fill(3, 7) },
  { type: "identity.word", ops, word: fill(200, 1) },
  { type: "account.left", receipt: fill(200, 2) },
  { type: "log.manifest", manifest: fill(300, 1) },
  { type: "log.reader", word: fill(200, 2) },
  { type: "ledger.policy", text: utf8("quorum none\n") },
  { type: "ledger.leaf", leaf: fill(70, 1), proof: fill(80, 2) },
  { type: "ledger.incidents", incidents: [{ leaf: fill(70, 1), proof: fill(80, 2) }] },
  { type: "witness.checkpoint", note: "example.org/log\n7\n" },
  { type: "challenge.answered", answer: fill(300, 1) },
  { type: "challenge.unanswered", index: 63 },
  { type: "challenge.unanswered", index: undefined },
  { type: "exit.pass", pass: fill(32, 9) },
];

const NOTICES: readonly Notice[] = [
  { type: "hello", versions: [1, 1], station, region: "DE", name: "Größe ایران 🛰", nonce, timeMs: 1_900_000_000_000 },
  { type: "goodbye", code: "station/shutting-down" },
  { type: "log.push", log, first: 12, entries: [fill(4, 1)], head },
  { type: "log.gap", log, first: 12, count: 64 },
  { type: "ephemeral", log, sealed: fill(160, 4) },
];

const FRAMES: readonly Frame[] = [
  ...REQUESTS.map((body, i) => ({ kind: "request" as const, id: [1, 64, 16_384, 2 ** 31 - 1][i % 4] ?? 1, body })),
  ...RESPONSES.map((body, i) => ({ kind: "response" as const, id: [1, 63, 16_383, 2 ** 30][i % 4] ?? 1, body })),
  ...NOTICES.map((body) => ({ kind: "notice" as const, body })),
];

const LOG = log;
const KEY = fill(32, 0x40);
const HELLO_HEAD = join("c0 01 01", station);
const URL_257 = join("4101", utf8(`https://${"a".repeat(249)}`));

const BAD_FRAMES: readonly VectorCase[] = [
  bad("empty", "no bytes at all", "wire/truncated"),
  bad("type only", "a request without its id", "wire/truncated", "03"),
  bad("id cut", "the id says two bytes and has one", "wire/truncated", "03 40"),
  bad("id zero", "ids begin at 1", "wire/range", "03 00"),
  bad("id above", "2^31 is above the highest id", "wire/range", "03 c0 00 00 00 80 00 00 00"),
  bad("id long", "1 written in two bytes", "wire/not-canonical", "03 40 01"),
  bad("id longer", "64 written in four bytes", "wire/not-canonical", "03 80 00 00 40"),
  bad("id huge", "2^62 - 1 is no safe integer", "wire/range", "03 ff ff ff ff ff ff ff ff"),
  bad("trailing", "a byte after ping", "wire/trailing", "03 01 00"),
  bad("unknown request", "a type nobody defined; the id is 7", "wire/unknown-frame", "7f 07 01 02 03"),
  bad("unknown response", "a type nobody defined", "wire/unknown-frame", "bf 07"),
  bad("unknown notice", "a type nobody defined; notices have no id", "wire/unknown-frame", "ff 00 00"),
  bad("version cut", "greet without its version", "wire/truncated", "01 01"),
  bad("version above 2^53", "not a safe integer", "wire/range", "01 01 c0 20 00 00 00 00 00 00"),
  bad("nonce short", "31 of 32 bytes", "wire/truncated", "02 01", fill(31, 0)),
  bad("too many routes", "17", "wire/too-long", "84 01 01 02 11"),
  bad("route with a space", "printable ASCII only", "wire/range", "84 01 01 02 01 0c", utf8("https://a b/"), signature),
  bad("signature short", "63 of 64 bytes", "wire/truncated", "82 01", fill(63, 0)),
  bad("too many ops", "a count of 257, whatever follows", "wire/too-long", "12 01 41 01"),
  bad("ops missing", "a count of 256 and nothing behind it", "wire/truncated", "12 01 41 00"),
  bad("op too long", "2049 bytes are announced", "wire/too-long", "12 01 01 48 01", fill(2049, 0)),
  bad("op longer than the frame", "2048 announced, one there", "wire/truncated", "12 01 01 48 00 01"),
  bad("op of 2^53 - 1 bytes", "a length that no memory holds", "wire/too-long", "12 01 01 c0 1f ff ff ff ff ff ff"),
  bad("token too long", "1025 bytes", "wire/too-long", "10 01 00 44 01", fill(1025, 0)),
  bad("genesis too long", "128 bytes", "wire/too-long", "20 01 40 80", fill(128, 0)),
  bad("presence 2", "a flag is 0 or 1", "wire/range", "13 01", identity, "02"),
  bad("presence ff", "a flag is 0 or 1", "wire/range", "21 01", LOG, "00 ff"),
  bad("station key cut", "present, and 31 bytes long", "wire/truncated", "13 01", identity, "01", fill(31, 0)),
  bad("five URLs", "four at most", "wire/too-long", "13 01", identity, "01", KEY, "05"),
  bad("URL too long", "257 bytes", "wire/too-long", "13 01", identity, "01", KEY, "01", URL_257),
  bad(
    "URL without scheme",
    "an address is no route",
    "wire/range",
    "13 01",
    identity,
    "01",
    KEY,
    "01 0b",
    utf8("1.2.3.4:443"),
  ),
  bad(
    "URL with a space",
    "printable ASCII only",
    "wire/range",
    "13 01",
    identity,
    "01",
    KEY,
    "01 0c",
    utf8("https://a b/"),
  ),
  bad(
    "URL not ASCII",
    "international names travel as punycode",
    "wire/range",
    "13 01",
    identity,
    "01",
    KEY,
    "01 0b",
    utf8("https://ü/"),
  ),
  bad("entry too long", "one byte above the largest commit is announced", "wire/too-long", "22 01", LOG, "80 08 00 50"),
  bad("chunk too long", "65601 bytes are announced", "wire/too-long", "40 01 80 01 00 41"),
  bad("too many key packages", "101", "wire/too-long", "14 01 01 40 65"),
  bad("region lower case", "two letters A-Z", "wire/range", "38 01", KEY, "00", utf8("ir"), signature),
  bad("region digits", "two letters A-Z", "wire/range", HELLO_HEAD, utf8("D1"), "00", nonce, "00"),
  bad("versions reversed", "lowest 2, highest 1", "wire/range", "c0 02 01", station, utf8("DE"), "00", nonce, "00"),
  bad("name too long", "129 bytes", "wire/too-long", HELLO_HEAD, utf8("DE"), "40 81", fill(129, 0x61), nonce, "00"),
  bad(
    "name overlong",
    "0 written in two bytes of UTF-8",
    "wire/bad-utf8",
    HELLO_HEAD,
    utf8("DE"),
    "02 c0 80",
    nonce,
    "00",
  ),
  bad("name surrogate", "half of a pair", "wire/bad-utf8", HELLO_HEAD, utf8("DE"), "03 ed a0 80", nonce, "00"),
  bad("name above Unicode", "U+110000", "wire/bad-utf8", HELLO_HEAD, utf8("DE"), "04 f4 90 80 80", nonce, "00"),
  bad(
    "name cut in a character",
    "the last byte is missing",
    "wire/bad-utf8",
    HELLO_HEAD,
    utf8("DE"),
    "01 c3",
    nonce,
    "00",
  ),
  bad("error code 0", "no code has this number", "wire/range", "81 01 00 00"),
  bad("error code ff", "no code has this number", "wire/range", "81 01 ff 00"),
  bad("error code of the reader", "numbers that stay on one side are not on the wire", "wire/range", "c1 07"),
  bad("too many devices", "33", "wire/too-long", "92 01 00 21"),
  bad("too many entries", "2049", "wire/too-long", "a2 01 00 48 01"),
  bad("entries missing", "a count of 2048 and three of them", "wire/truncated", "a2 01 00 48 00 00 00 00"),
  bad("head too long", "1025 bytes", "wire/too-long", "a1 01 44 01", fill(1025, 0)),
  bad("too many hashes", "65", "wire/too-long", "a3 01 40 41"),
  bad("hash cut", "31 bytes", "wire/truncated", "a3 01 01", fill(31, 0)),
  bad("note too long", "16385 bytes are announced", "wire/too-long", "a4 01 80 00 40 01"),
  bad("push without head", "the signed head is missing", "wire/truncated", "c2", LOG, "00 00"),
];

/** Every frame type, and what is refused. */
export function frameVectors(): readonly VectorCase[] {
  const seen = new Map<string, number>();
  const frames = FRAMES.map((frame) => {
    const name = `${frame.kind} ${frame.body.type}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return good(count === 1 ? name : `${name} ${count}`, "as encoded", encodeFrame(frame), frame);
  });
  return [...frames, ...BAD_FRAMES];
}

const frame = (sizeBytes: number): Uint8Array => fill(sizeBytes, 0);
const ENTRIES: readonly (readonly [id: string, entry: Entry])[] = [
  ["room", { kind: "genesis", log: "room", nonce: fill(20, 1), writeKey: fill(32, 2), readKey: fill(32, 3) }],
  ["inbox", { kind: "genesis", log: "inbox", nonce: fill(20, 1), writeKey: new Uint8Array(32), readKey: fill(32, 3) }],
  [
    "branch",
    {
      kind: "genesis",
      log: "branch",
      nonce: fill(20, 0),
      writeKey: fill(32, 2),
      readKey: fill(32, 3),
      of: { room: logId(fill(32, 4)), epoch: 258 },
    },
  ],
  ["message", { kind: "message", epoch: 1, frame: frame(512) }],
  ["late message", { kind: "message", epoch: Number.MAX_SAFE_INTEGER, frame: frame(2048) }],
  [
    "commit",
    {
      kind: "commit",
      epoch: 258,
      nextWriteKey: fill(32, 4),
      nextReadKey: fill(32, 5),
      revokesReaders: true,
      frame: frame(70),
    },
  ],
  ["knock", { kind: "knock", frame: frame(3) }],
  ["empty knock", { kind: "knock", frame: frame(0) }],
];
const EPOCH_1 = "00 00 00 00 00 00 00 01";

/** Entries, and what is refused. */
export function entryVectors(): readonly VectorCase[] {
  return [
    ...ENTRIES.map(([id, entry]) => good(id, "as encoded", encodeEntry(entry), entry)),
    bad("empty", "no bytes at all", "wire/truncated"),
    bad("version 0", "there is only version 1", "wire/range", "00 03 00"),
    bad("version 2", "there is only version 1", "wire/range", "02 03 00"),
    bad("kind 4", "there are four kinds, from 0", "wire/range", "01 04 00"),
    bad("log 3", "a room, an inbox or a branch", "wire/range", "01 00 03", fill(84, 0)),
    bad("branch cut", "its epoch is one byte short", "wire/truncated", "01 00 02", fill(123, 0)),
    bad("genesis cut", "the read key is one byte short", "wire/truncated", "01 00 00", fill(83, 0)),
    bad("genesis longer", "one byte too many", "wire/trailing", "01 00 00", fill(85, 0)),
    bad("no bucket", "511 bytes", "wire/range", "01 01", EPOCH_1, "41 ff", frame(511)),
    bad("no frame", "a message of no bytes", "wire/range", "01 01", EPOCH_1, "00"),
    bad("bucket announced, not there", "511 of 512 bytes", "wire/truncated", "01 01", EPOCH_1, "42 00", frame(511)),
    bad("above every bucket", "32769 bytes are announced", "wire/too-long", "01 01", EPOCH_1, "80 00 80 01"),
    bad("epoch above 2^53", "not a safe integer", "wire/range", "01 01 00 20 00 00 00 00 00 00 42 00", frame(512)),
    bad("commit flag 2", "0 or 1", "wire/range", "01 02", EPOCH_1, fill(64, 0), "02 00"),
    bad(
      "commit too long",
      "524289 bytes are announced",
      "wire/too-long",
      "01 02",
      EPOCH_1,
      fill(64, 0),
      "00 80 08 00 01",
    ),
    bad("knock too long", "131073 bytes are announced", "wire/too-long", "01 03 80 02 00 01"),
    bad("knock trailing", "one byte after the frame", "wire/trailing", "01 03 00 00"),
  ];
}

/** What each proof signs; `in` is the byte string, `out` the label and the fields. */
export function proofVectors(): readonly VectorCase[] {
  const cases: readonly (readonly [string, Uint8Array, readonly unknown[]])[] = [
    ["prove", proofs.proveMessage(station, nonce), [station, nonce]],
    ["account", proofs.accountMessage(station, nonce, identity, device), [station, nonce, identity, device]],
    ["peer", proofs.peerMessage(station, nonce, other), [station, nonce, other]],
    ["read", proofs.readMessage(station, nonce, log), [station, nonce, log]],
    ["write", proofs.writeMessage(station, nonce, log, 258), [station, nonce, log, 258]],
    ["mirror", proofs.mirrorMessage(other, log), [other, log]],
    ["grant", proofs.grantMessage(other, log, 258), [other, log, 258]],
    ["routes", proofs.routesMessage(station, 257, 258, ROUTES), [station, 257, 258, ROUTES]],
    ["reader-key", proofs.readerMessage(station, nonce, log, 258), [station, nonce, log, 258]],
  ];
  return cases.map(([name, bytes, fields]) => good(name, "as signed", bytes, { label: `chapar ${name} v1`, fields }));
}
