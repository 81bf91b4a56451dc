/*
 * The tables of a profile and how many leading bytes of each key are an id.
 *
 * Ids say who talks to whom, so a sealed store replaces that part of the key by a keyed hash; what follows it stays as it
 * is, because order is read from it (positions, sequence numbers) and it says nothing (names of group records).
 */

/** `hiddenBytes`: length of the id at the front of every key of the table. */
export interface TableShape {
  readonly hiddenBytes: number;
}

/**
 * The tables:
 *
 * | table | key | row |
 * |---|---|---|
 * | meta | name | the profile: identity, home, secrets |
 * | contact | identity id | checked op chain, name |
 * | key-package | key package ref | both halves of a published key package |
 * | conversation | conversation id | people, counters, state, what is still to do |
 * | opening | conversation id | what is kept while a conversation is being opened (flow 2) |
 * | group | conversation id, record name | records of the MLS group |
 * | log | log id | verified range and heads: the cursor |
 * | message | conversation id, u64 position | a placed message or a gap line |
 * | outbox | conversation id, u64 sequence | what waits to leave, or left and is not placed |
 * | owed | conversation id, u64 position | own entries that were placed before their receipt came |
 * | where | message id | conversation and position or outbox sequence |
 * | sent | leaf hash | which outbox row or commit an own entry is of |
 * | receipt | message id | a checked receipt |
 * | blob | blob hash | sealed chunk of an own attachment |
 * | fault | log id | the signed objects that contradict each other |
 */
export type Table =
  | "meta"
  | "contact"
  | "key-package"
  | "conversation"
  | "opening"
  | "group"
  | "log"
  | "message"
  | "outbox"
  | "owed"
  | "where"
  | "sent"
  | "receipt"
  | "blob"
  | "fault";

/** The shape of each table's keys. */
export const TABLES: Readonly<Record<Table, TableShape>> = {
  meta: { hiddenBytes: 0 },
  contact: { hiddenBytes: 20 },
  "key-package": { hiddenBytes: 32 },
  conversation: { hiddenBytes: 20 },
  opening: { hiddenBytes: 20 },
  group: { hiddenBytes: 20 },
  log: { hiddenBytes: 32 },
  message: { hiddenBytes: 20 },
  outbox: { hiddenBytes: 20 },
  owed: { hiddenBytes: 20 },
  where: { hiddenBytes: 32 },
  sent: { hiddenBytes: 32 },
  receipt: { hiddenBytes: 32 },
  blob: { hiddenBytes: 32 },
  fault: { hiddenBytes: 32 },
};
