/* What an answer may say, as bytes. Meanings: types.ts. Numbers are 0x80 to 0xbf. */
import {
  EXIT_PASS_BYTES,
  MAX_ANSWER_BYTES,
  MAX_BLOBS_ASKED,
  MAX_DEVICES,
  MAX_INCIDENTS,
  MAX_LEDGER_LEAF_BYTES,
  MAX_LEDGER_PROOF_BYTES,
  MAX_MANIFEST_BYTES,
  MAX_NOTE_BYTES,
  MAX_POLICY_BYTES,
  MAX_REGION_POLICY_BYTES,
  MAX_PROOF_HASHES,
  MAX_SEALED_CHUNK_BYTES,
  MAX_TOKEN_BYTES,
  MAX_WORD_BYTES,
  VAPID_KEY_BYTES,
} from "../limits.ts";
import { errorCode, fixed, list, opaque, optional, text, varint } from "./fields.ts";
import { blob, entries, index, log, loggedLeaf, ops, routes, signature, statement, takenKeys } from "./structs.ts";
import { bodyCodec, type BodyCodec, type Table } from "./table.ts";
import type { Response } from "./types.ts";

const TABLE: Table<Response> = {
  done: { number: 0x80, fields: {} },
  error: { number: 0x81, fields: { code: errorCode, detail: optional(varint()) } },
  proof: { number: 0x82, fields: { signature } },
  pong: { number: 0x83, fields: {} },
  token: { number: 0x86, fields: { issued: opaque(MAX_TOKEN_BYTES), index: optional(varint()) } },
  "region.policy": { number: 0x85, fields: { note: opaque(MAX_REGION_POLICY_BYTES), index: optional(varint()) } },
  routes: { number: 0x84, fields: { issuedMs: index, expiresMs: index, routes, signature } },

  "identity.ops": { number: 0x90, fields: { ops } },
  "keys.count": { number: 0x91, fields: { count: varint() } },
  "keys.taken": { number: 0x92, fields: { ops, devices: list(takenKeys, MAX_DEVICES) } },
  "identity.word": { number: 0x93, fields: { ops, word: opaque(MAX_WORD_BYTES) } },

  "account.left": { number: 0x94, fields: { receipt: opaque(MAX_WORD_BYTES) } },

  "log.state": { number: 0xa0, fields: { log, epoch: index, head: statement } },
  receipt: { number: 0xa1, fields: { receipt: statement } },
  "log.entries": { number: 0xa2, fields: { first: index, entries, head: statement } },
  "log.hashes": { number: 0xa3, fields: { hashes: list(fixed(32), MAX_PROOF_HASHES) } },
  "log.checkpoint": { number: 0xa4, fields: { note: text(MAX_NOTE_BYTES) } },
  "log.manifest": { number: 0xa5, fields: { manifest: opaque(MAX_MANIFEST_BYTES) } },
  "log.reader": { number: 0xa6, fields: { word: opaque(MAX_WORD_BYTES) } },

  "blob.stored": { number: 0xb0, fields: { hash: blob } },
  "exit.pass": { number: 0xb2, fields: { pass: fixed(EXIT_PASS_BYTES) } },
  "push.key": { number: 0xb3, fields: { key: fixed(VAPID_KEY_BYTES) } },
  blob: { number: 0xb1, fields: { bytes: opaque(MAX_SEALED_CHUNK_BYTES) } },
  "blob.missing": { number: 0xb7, fields: { bitmap: opaque(MAX_BLOBS_ASKED / 8) } },
  "blob.room": { number: 0xb6, fields: { fileBytes: index, leftBytes: index } },

  "ledger.freshness": {
    number: 0xb8,
    fields: { leaf: opaque(MAX_LEDGER_LEAF_BYTES), proof: opaque(MAX_LEDGER_PROOF_BYTES) },
  },
  "ledger.proof": { number: 0xb9, fields: { epoch: index, proof: opaque(MAX_LEDGER_PROOF_BYTES) } },
  "ledger.policy": { number: 0xba, fields: { text: opaque(MAX_POLICY_BYTES) } },
  "ledger.leaf": {
    number: 0xbb,
    fields: { leaf: opaque(MAX_LEDGER_LEAF_BYTES), proof: opaque(MAX_LEDGER_PROOF_BYTES) },
  },
  "ledger.incidents": { number: 0xbc, fields: { incidents: list(loggedLeaf, MAX_INCIDENTS) } },
  "witness.checkpoint": { number: 0xbd, fields: { note: text(MAX_NOTE_BYTES) } },
  "challenge.answered": { number: 0xb4, fields: { answer: opaque(MAX_ANSWER_BYTES) } },
  "challenge.unanswered": { number: 0xb5, fields: { index: optional(varint()) } },
};

/** Responses as bytes. */
export const responses: BodyCodec<Response> = bodyCodec("response", TABLE);
