/* What a request may ask, as bytes. Meanings: types.ts. Numbers stay below 0x80, grouped by what they are about. */
import {
  MAX_ACK_BYTES,
  MAX_BLOBS_ASKED,
  MAX_CHALLENGE_BYTES,
  MAX_ENDPOINT_BYTES,
  MAX_GENESIS_BYTES,
  MAX_KEY_PACKAGES,
  MAX_MANIFEST_ITEMS,
  MAX_ORIGIN_BYTES,
  MAX_REPORT_BYTES,
  MAX_SEALED_CHUNK_BYTES,
  MAX_TOKEN_BYTES,
} from "../limits.ts";
import { fixed, list, opaque, optional, text, varint } from "./fields.ts";
import * as shared from "./structs.ts";
import { bodyCodec, type BodyCodec, type Table } from "./table.ts";
import type { Request } from "./types.ts";

const { at, blob, device, entry, identity, index, keyPackage, log, nonce, ops, suite } = shared;
const { readProof, region, signature, stationRef, writeProof } = shared;

const TABLE: Table<Request> = {
  greet: { number: 0x01, fields: { version: varint() } },
  prove: { number: 0x02, fields: { nonce } },
  ping: { number: 0x03, fields: {} },
  "routes.get": { number: 0x04, fields: {} },
  "region.policy": { number: 0x05, fields: {} },
  cells: { number: 0x06, fields: {} },
  "token.issue": { number: 0x07, fields: { request: opaque(MAX_TOKEN_BYTES) } },
  "token.spend": { number: 0x08, fields: { token: opaque(MAX_TOKEN_BYTES) } },

  "account.register": { number: 0x10, fields: { ops, token: opaque(MAX_TOKEN_BYTES) } },
  "account.auth": { number: 0x11, fields: { identity, device, signature } },
  "identity.put": { number: 0x12, fields: { ops } },
  "identity.get": { number: 0x13, fields: { identity, at } },
  "keys.put": { number: 0x14, fields: { suite, packages: list(keyPackage, MAX_KEY_PACKAGES) } },
  "keys.count": { number: 0x15, fields: { suite } },
  "keys.take": { number: 0x16, fields: { identity, suite, at } },
  "identity.word": { number: 0x17, fields: { identity, at } },
  "account.leave": { number: 0x19, fields: { order: entry } },
  "identity.anchor": { number: 0x18, fields: { ops, at } },

  "log.create": { number: 0x20, fields: { genesis: opaque(MAX_GENESIS_BYTES) } },
  "log.open": { number: 0x21, fields: { log, read: optional(readProof), write: optional(writeProof) } },
  "log.append": { number: 0x22, fields: { log, entry } },
  "inbox.append": { number: 0x23, fields: { inbox: log, at, entry } },
  "log.read": { number: 0x24, fields: { log, from: index, maxBytes: varint() } },
  "log.follow": { number: 0x25, fields: { log, from: index } },
  "log.unfollow": { number: 0x26, fields: { log } },
  "log.inclusion": { number: 0x27, fields: { log, index, size: index } },
  "log.consistency": { number: 0x28, fields: { log, from: index, to: index } },
  "log.checkpoint": { number: 0x29, fields: { log } },
  "log.manifest": {
    number: 0x2a,
    fields: { log, reader: optional(fixed(32)), first: index, count: varint(1, MAX_MANIFEST_ITEMS) },
  },
  "log.reader": { number: 0x2b, fields: { log, reader: fixed(32), from: index, signature } },
  "log.ack": { number: 0x2c, fields: { log, ack: opaque(MAX_ACK_BYTES) } },
  "ephemeral.take": { number: 0x2d, fields: { on: varint(0, 1) } },

  "room.mirror": { number: 0x30, fields: { log, hub: stationRef, read: readProof } },
  "room.grant": { number: 0x31, fields: { log, write: writeProof } },
  "peer.auth": { number: 0x38, fields: { self: stationRef, region, signature } },
  "peer.mirror": { number: 0x39, fields: { log, from: index, read: readProof } },
  "peer.grant": { number: 0x3a, fields: { log, write: writeProof } },

  "blob.put": { number: 0x40, fields: { bytes: opaque(MAX_SEALED_CHUNK_BYTES), lock: optional(fixed(32)) } },
  "blob.get": { number: 0x41, fields: { hash: blob, at } },
  "blob.have": { number: 0x45, fields: { hashes: list(blob, MAX_BLOBS_ASKED) } },
  "blob.room": { number: 0x46, fields: {} },

  "report.put": { number: 0x42, fields: { report: opaque(MAX_REPORT_BYTES) } },

  "push.key": { number: 0x43, fields: {} },
  "push.put": { number: 0x44, fields: { endpoint: text(MAX_ENDPOINT_BYTES) } },

  "ledger.freshness": { number: 0x48, fields: { at } },
  "ledger.head-proof": { number: 0x49, fields: { log } },
  "ledger.identity-proof": { number: 0x4a, fields: { identity, at } },
  "ledger.policy": { number: 0x4b, fields: { at, which: varint(0, 1) } },
  "ledger.leaf": { number: 0x4c, fields: { at, index } },
  "ledger.incidents": { number: 0x4d, fields: { at } },
  "ledger.consistency": { number: 0x4e, fields: { at, from: index, to: index } },

  "witness.latest": { number: 0x50, fields: { origin: text(MAX_ORIGIN_BYTES) } },
  "challenge.put": {
    number: 0x51,
    fields: { accused: stationRef, challenge: opaque(MAX_CHALLENGE_BYTES), read: optional(readProof) },
  },
  "exit.pass": { number: 0x58, fields: {} },
  "challenge.ask": { number: 0x52, fields: { challenge: opaque(MAX_CHALLENGE_BYTES), read: optional(readProof) } },
};

/** Requests as bytes. */
export const requests: BodyCodec<Request> = bodyCodec("request", TABLE);
