/* Frames that nobody asked for and nobody answers, as bytes. Meanings: types.ts. Numbers are 0xc0 to 0xff. */
import { MAX_NAME_BYTES } from "../limits.ts";
import { errorCode, text, varint, versionRange } from "./fields.ts";
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
};

/** Notices as bytes. */
export const notices: BodyCodec<Notice> = bodyCodec("notice", TABLE);
