/*
 * Generators of every frame and entry. Written by hand against types.ts and not derived from the codec's table, so that
 * the two can disagree; the mapped types demand a generator for every frame type.
 */
import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { WIRE_CODES, type WireErrorCode } from "../errors.ts";
import type { Entry } from "../frames/entry.ts";
import type { Frame, Notice, ReadProof, Request, Response, StationRef, WriteProof } from "../frames/types.ts";
import {
  blobHash,
  deviceId,
  identityId,
  logId,
  stationKey,
  type BlobHash,
  type DeviceId,
  type IdentityId,
  type LogId,
  type StationKey,
} from "../ids.ts";
import {
  BUCKETS_BYTES,
  EPHEMERAL_BYTES,
  MAX_NAME_BYTES,
  MAX_REQUEST_ID,
  MAX_TALLY_BYTES,
  MAX_URLS,
} from "../limits.ts";

type Bodies<Body extends { readonly type: string }> = {
  readonly [Type in Body["type"]]: Arbitrary<Omit<Extract<Body, { readonly type: Type }>, "type">>;
};

const sized = (sizeBytes: number): Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes });
const upTo = (maxBytes: number): Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: maxBytes });
const several = (maxCount: number, maxBytes: number): Arbitrary<readonly Uint8Array[]> =>
  fc.array(upTo(maxBytes), { maxLength: maxCount });
/** Well-formed text of at most so many UTF-8 bytes, from every script. */
const text = (maxBytes: number): Arbitrary<string> =>
  fc
    .string({ unit: "grapheme", maxLength: maxBytes })
    .filter((value) => new TextEncoder().encode(value).length <= maxBytes);

/** Any identity id. */
export const arbitraryIdentity: Arbitrary<IdentityId> = sized(20).map(identityId);
/** Any device key. */
export const arbitraryDevice: Arbitrary<DeviceId> = sized(32).map(deviceId);
/** Any station key. */
export const arbitraryStation: Arbitrary<StationKey> = sized(32).map(stationKey);
/** Any log id. */
export const arbitraryLog: Arbitrary<LogId> = sized(32).map(logId);
/** Any blob hash. */
export const arbitraryBlob: Arbitrary<BlobHash> = sized(32).map(blobHash);
/** Any index, size, epoch or time: small, or near a varint's borders. */
export const arbitraryIndex: Arbitrary<number> = fc.oneof(
  fc.nat(300),
  fc.constantFrom(0, 63, 64, 16383, 16384, 2 ** 30 - 1, 2 ** 30, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.maxSafeNat(),
);
/** Any two upper-case letters. */
export const arbitraryRegion: Arbitrary<string> = fc.stringMatching(/^[A-Z]{2}$/);
/** Any code that crosses a link. */
export const arbitraryErrorCode: Arbitrary<WireErrorCode> = fc.constantFrom(
  ...(Object.entries(WIRE_CODES)
    .filter(([, row]) => "number" in row)
    .map(([code]) => code) as WireErrorCode[]),
);
/** Any station reference; its URLs are of some scheme and printable. */
export const arbitraryStationRef: Arbitrary<StationRef> = fc.record({
  key: arbitraryStation,
  urls: fc.array(fc.stringMatching(/^(https|http|wss|ws):\/\/[a-z0-9.:/]{1,40}$/), { maxLength: MAX_URLS }),
});

const maybe = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const at = maybe(arbitraryStationRef);
const signature = sized(64);
const readProof: Arbitrary<ReadProof> = fc.record({ key: sized(32), signature });
const writeProof: Arbitrary<WriteProof> = fc.record({ epoch: arbitraryIndex, signature });
const log = arbitraryLog;
const identity = arbitraryIdentity;
const index = arbitraryIndex;
const suite = fc.integer({ min: 0, max: 0xffff });
const ops = several(6, 80);
const entry = upTo(300);
const entries = several(6, 300);
const head = upTo(160);
const nothing: Arbitrary<object> = fc.constant({});

const REQUESTS: Bodies<Request> = {
  greet: fc.record({ version: index }),
  prove: fc.record({ nonce: sized(32) }),
  ping: nothing,
  "account.register": fc.record({ ops, token: upTo(40) }),
  "account.auth": fc.record({ identity, device: arbitraryDevice, signature }),
  "identity.put": fc.record({ ops }),
  "identity.get": fc.record({ identity, at }),
  "keys.put": fc.record({ suite, packages: several(6, 200) }),
  "keys.count": fc.record({ suite }),
  "keys.take": fc.record({ identity, suite, at }),
  "log.create": fc.record({ genesis: upTo(127) }),
  "log.open": fc.record({ log, read: maybe(readProof), write: maybe(writeProof) }),
  "log.append": fc.record({ log, entry }),
  "inbox.append": fc.record({ inbox: log, at, entry }),
  "log.read": fc.record({ log, from: index, maxBytes: index }),
  "log.follow": fc.record({ log, from: index }),
  "log.unfollow": fc.record({ log }),
  "log.inclusion": fc.record({ log, index, size: index }),
  "log.consistency": fc.record({ log, from: index, to: index }),
  "log.checkpoint": fc.record({ log }),
  "room.mirror": fc.record({ log, hub: arbitraryStationRef, read: readProof }),
  "room.grant": fc.record({ log, write: writeProof }),
  "peer.auth": fc.record({ self: arbitraryStationRef, region: arbitraryRegion, signature }),
  "peer.mirror": fc.record({ log, from: index, read: readProof }),
  "peer.grant": fc.record({ log, write: writeProof }),
  "blob.put": fc.record({ bytes: upTo(300), lock: fc.option(sized(32), { nil: undefined }) }),
  "report.put": fc.record({ report: upTo(300) }),
  "blob.have": fc.record({ hashes: fc.array(arbitraryBlob, { maxLength: 9 }) }),
  "blob.room": nothing,
  "blob.get": fc.record({ hash: arbitraryBlob, at }),
  "push.key": nothing,
  "push.put": fc.record({ endpoint: fc.string({ maxLength: 60 }) }),
  "ledger.freshness": fc.record({ at }),
  "ledger.head-proof": fc.record({ log }),
  "ledger.identity-proof": fc.record({ identity, at }),
  "identity.word": fc.record({ identity, at }),
  "account.leave": fc.record({ order: upTo(300) }),
  "identity.anchor": fc.record({ ops, at }),
  "log.manifest": fc.record({ log, reader: maybe(sized(32)), first: index, count: fc.integer({ min: 1, max: 256 }) }),
  "log.reader": fc.record({ log, reader: sized(32), from: index, signature }),
  "log.ack": fc.record({ log, ack: upTo(256) }),
  "ephemeral.take": fc.record({ on: fc.nat(1) }),
  "ledger.policy": fc.record({ at, which: fc.nat(1) }),
  "ledger.leaf": fc.record({ at, index }),
  "ledger.incidents": fc.record({ at }),
  "routes.get": fc.record({}),
  "region.policy": fc.record({}),
  cells: nothing,
  "token.issue": fc.record({ request: upTo(300) }),
  "token.spend": fc.record({ token: upTo(300) }),
  "ledger.consistency": fc.record({ at, from: index, to: index }),
  "witness.latest": fc.record({ origin: text(100) }),
  "challenge.put": fc.record({ accused: arbitraryStationRef, challenge: upTo(300), read: maybe(readProof) }),
  "exit.pass": nothing,
  "challenge.ask": fc.record({ challenge: upTo(300), read: maybe(readProof) }),
};

const RESPONSES: Bodies<Response> = {
  done: nothing,
  error: fc.record({ code: arbitraryErrorCode, detail: maybe(index) }),
  proof: fc.record({ signature }),
  pong: nothing,
  "exit.pass": fc.record({ pass: sized(32) }),
  "push.key": fc.record({ key: fc.uint8Array({ minLength: 65, maxLength: 65 }) }),
  "identity.ops": fc.record({ ops }),
  "keys.count": fc.record({ count: index }),
  "keys.taken": fc.record({
    ops,
    devices: fc.array(fc.record({ device: arbitraryDevice, package: upTo(200) }), { maxLength: 4 }),
  }),
  "log.state": fc.record({ log, epoch: index, head }),
  receipt: fc.record({ receipt: head }),
  "log.entries": fc.record({ first: index, entries, head }),
  "log.hashes": fc.record({ hashes: fc.array(sized(32), { maxLength: 8 }) }),
  "log.checkpoint": fc.record({ note: text(200) }),
  "blob.stored": fc.record({ hash: arbitraryBlob }),
  blob: fc.record({ bytes: upTo(300) }),
  "blob.missing": fc.record({ bitmap: upTo(64) }),
  "blob.room": fc.record({ fileBytes: index, leftBytes: index }),
  "ledger.freshness": fc.record({ leaf: upTo(200), proof: upTo(300) }),
  "ledger.proof": fc.record({ epoch: index, proof: upTo(300) }),
  "identity.word": fc.record({ ops, word: upTo(256) }),
  "account.left": fc.record({ receipt: upTo(256) }),
  "log.manifest": fc.record({ manifest: upTo(400) }),
  "log.reader": fc.record({ word: upTo(256) }),
  "ledger.policy": fc.record({ text: upTo(300) }),
  "ledger.leaf": fc.record({ leaf: upTo(200), proof: upTo(300) }),
  token: fc.record({ issued: upTo(300), index: maybe(index) }),
  "region.policy": fc.record({ note: upTo(300), index: maybe(index) }),
  routes: fc.record({
    issuedMs: fc.maxSafeNat(),
    expiresMs: fc.maxSafeNat(),
    routes: fc.array(fc.stringMatching(/^(ss|burst\+https):\/\/[a-z0-9@.:/]{1,40}$/), { maxLength: 16 }),
    signature,
  }),
  "ledger.incidents": fc.record({
    incidents: fc.array(fc.record({ leaf: upTo(200), proof: upTo(300) }), { maxLength: 4 }),
  }),
  "witness.checkpoint": fc.record({ note: text(200) }),
  "challenge.answered": fc.record({ answer: upTo(400) }),
  "challenge.unanswered": fc.record({ index: maybe(index) }),
};

const NOTICES: Bodies<Notice> = {
  hello: fc.record({
    versions: fc.tuple(index, index).map(([a, b]) => (a <= b ? ([a, b] as const) : ([b, a] as const))),
    station: arbitraryStation,
    region: arbitraryRegion,
    name: text(MAX_NAME_BYTES),
    nonce: sized(32),
    timeMs: index,
  }),
  goodbye: fc.record({ code: arbitraryErrorCode }),
  "log.push": fc.record({ log, first: index, entries, head }),
  "log.gap": fc.record({ log, first: index, count: fc.integer({ min: 1, max: 2 ** 31 }) }),
  ephemeral: fc.record({ log, sealed: sized(EPHEMERAL_BYTES) }),
  "egress.mark": fc.record({ number: index }),
  "egress.sent": fc.record({ word: upTo(MAX_TALLY_BYTES) }),
  "egress.received": fc.record({ word: upTo(MAX_TALLY_BYTES) }),
};

function typed<Body extends { readonly type: string }>(bodies: Bodies<Body>): readonly Arbitrary<Body>[] {
  return Object.entries<Arbitrary<object>>(bodies).map(([type, fields]) =>
    fields.map((body) => ({ type, ...body }) as unknown as Body),
  );
}

const requestId: Arbitrary<number> = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 1, max: MAX_REQUEST_ID }),
);

/** Generators of frames, one for each type, so that a test can say it went through all of them. */
export const FRAME_ARBITRARIES: readonly Arbitrary<Frame>[] = [
  ...typed<Request>(REQUESTS).map((body) => fc.record({ kind: fc.constant("request" as const), id: requestId, body })),
  ...typed<Response>(RESPONSES).map((body) =>
    fc.record({ kind: fc.constant("response" as const), id: requestId, body }),
  ),
  ...typed<Notice>(NOTICES).map((body) => fc.record({ kind: fc.constant("notice" as const), body })),
];

/** Any request. */
export const arbitraryRequest: Arbitrary<Request> = fc.oneof(...typed<Request>(REQUESTS));
/** Any response. */
export const arbitraryResponse: Arbitrary<Response> = fc.oneof(...typed<Response>(RESPONSES));
/** Any notice. */
export const arbitraryNotice: Arbitrary<Notice> = fc.oneof(...typed<Notice>(NOTICES));
/** Any frame, every type equally often. */
export const arbitraryFrame: Arbitrary<Frame> = fc.oneof(...FRAME_ARBITRARIES);

const GENESIS_KEYS = { nonce: sized(20), writeKey: sized(32), readKey: sized(32) };
const ENTRIES: { readonly [Kind in Entry["kind"]]: Arbitrary<Omit<Extract<Entry, { readonly kind: Kind }>, "kind">> } =
  {
    genesis: fc.oneof(
      fc.record({ log: fc.constantFrom("room" as const, "inbox" as const), ...GENESIS_KEYS }),
      fc.record({
        log: fc.constant("branch" as const),
        ...GENESIS_KEYS,
        of: fc.record({ room: sized(32).map(logId), epoch: index }),
      }),
    ),
    message: fc.record({
      epoch: index,
      // Filled with one byte: a random frame of 32 KiB for every run would only make tests slow.
      frame: fc
        .record({ sizeBytes: fc.constantFrom(...BUCKETS_BYTES), fill: fc.nat(255) })
        .map(({ sizeBytes, fill }) => new Uint8Array(sizeBytes).fill(fill)),
    }),
    commit: fc.record({
      epoch: index,
      nextWriteKey: sized(32),
      nextReadKey: sized(32),
      revokesReaders: fc.boolean(),
      frame: upTo(400),
    }),
    knock: fc.record({ frame: upTo(400) }),
  };

/** Any entry, every kind equally often. */
export const arbitraryEntry: Arbitrary<Entry> = fc.oneof(
  ...Object.entries<Arbitrary<object>>(ENTRIES).map(([kind, fields]) =>
    fields.map((body) => ({ kind, ...body }) as unknown as Entry),
  ),
);
