/* Frames that nobody asked for and nobody answers, as bytes. Meanings: types.ts. Numbers are 0xc0 to 0xff. */
import { EPHEMERAL_BYTES, MAX_NAME_BYTES, MAX_TALLY_BYTES } from "../limits.ts";
import { errorCode, fixed, opaque, text, varint, versionRange } from "./fields.ts";
import { entries, index, log, nonce, region, statement, station } from "./structs.ts";
import { bodyCodec, type BodyCodec, type Table } from "./table.ts";
import type { Notice } from "./types.ts";

const TABLE: Table<Notice> = {
  // The first field is the range of versions, so that a side of any version can read it.
  hello: {
    number: 0xc0,
    fields: { versions: versionRange, station, region, name: text(MAX_NAME_BYTES), nonce, timeMs: varint() },
  },
  goodbye: { number: 0xc1, fields: { code: errorCode } },
  "log.push": { number: 0xc2, fields: { log, first: index, entries, head: statement } },
  "log.gap": { number: 0xc3, fields: { log, first: index, count: varint(1) } },
  "egress.mark": { number: 0xc4, fields: { number: index } },
  "egress.sent": { number: 0xc5, fields: { word: opaque(MAX_TALLY_BYTES) } },
  "egress.received": { number: 0xc6, fields: { word: opaque(MAX_TALLY_BYTES) } },
  ephemeral: { number: 0xc7, fields: { log, sealed: fixed(EPHEMERAL_BYTES) } },
};

/** Notices as bytes. */
export const notices: BodyCodec<Notice> = bodyCodec("notice", TABLE);
