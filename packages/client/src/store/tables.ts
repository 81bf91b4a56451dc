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
 * | chain | conversation id, hash of it and a device id | how far a sender's letters were followed |
 * | roster | conversation id | of a group: its people and their roles |
 * | wish | conversation id, u64 order | a change of a group that a person wants and that is not done |
 * | guest | u64 order | a welcome to a group, whose other parts are not here yet |
 * | ask | conversation id | a group that this person asked to come into by a link |
 * | request | conversation id, hash of it and an identity id | somebody who asked by a link of this person's |
 * | opening | conversation id | what is kept while a conversation is being opened (flow 2) |
 * | group | conversation id, record name | records of the MLS group |
 * | log | log id | verified range and heads: the cursor |
 * | since | log id | the first head that was verified of a log: what came after it is no older |
 * | message | conversation id, u64 position | a placed message or a gap line |
 * | outbox | conversation id, u64 sequence | what waits to leave, or left and is not placed |
 * | owed | conversation id, u64 position | own entries that were placed before their receipt came |
 * | where | message id | conversation and position or outbox sequence |
 * | sent | leaf hash | which outbox row or commit an own entry is of |
 * | receipt | message id | a checked receipt |
 * | blob | blob hash | sealed chunk of a small own file |
 * | upload | hash of a file's root | a large file that is being sent: its key and where it lies |
 * | upload-list | hash of a file's root, u64 manifest | hashes of its chunks |
 * | upload-halt | message id | sending of its files was paused, or stopped by something |
 * | preparing | conversation id, u64 number | a message whose files are being sealed, to be told of when that is cut off |
 * | fault | log id | the signed objects that contradict each other |
 * | alert | alert id | what a station or a chain of keys was caught at (protocol/9-rule-r.md) |
 * | station | station key | how the station's log was checked last, and its pinned policy |
 * | claim | log id | what the newest checked epoch says of a log |
 * | unsettled | log id, u64 index | an own receipt that no epoch was held against yet |
 * | kept | log id, u64 index | an entry of a room, for 30 days |
 * | leaf | leaf hash | where an entry of a room stands, for 30 days |
 * | kept-letter | conversation id, device id, u64 sequence | a letter that was opened, or an own one with its receipt, for 30 days |
 * | hole | log id, u64 index | an entry whose body is missing here |
 * | awaited-letter | conversation id, device id, u64 sequence | a letter that is missing: its hash and its line |
 * | repair-secret | conversation id, u64 epoch | what members of an epoch seal requests and answers under |
 * | reader | log id | the reader key of a log, the station's word on it, and how far it was acknowledged |
 * | token | hash of the token | a blind token of the home, to be spent on a link of its own |
 * | ladder | conversation id | entries that are owed, and whom they were asked from |
 * | asked | conversation id | the person asked the members for what is missing |
 * | repair-in | u64 order | a member's request or answer that was not taken yet |
 * | epoch-context | conversation id, u64 epoch | what the signatures of an epoch's messages cover beside the letters |
 * | timer | conversation id | after how long its messages disappear |
 * | expiring | conversation id, u64 position | a line that will disappear, and when |
 * | scheduled | its own id | a message that is to leave at a time |
 * | report | message id | a message that was reported to the operator |
 * | anchor | station key | how much of the own chain a station has taken |
 * | take-back | identity id | an override of the own chain that no station has taken yet |
 * | op-leaf | identity id | the leaf of the own newest op in the home's log |
 * | own | hash of the key | a key of the register that follows the person to their other devices (own/register.ts) |
 * | mark | message id, u8 kind | what people did with a message: edits, deletion, reactions, pin |
 * | talk | conversation id | pins, what others have seen, marks whose targets have not come |
 * | topic | conversation id, hash of it and the topic's id | a topic: its id, how many lines, the last |
 * | topic-line | conversation id, the same hash, u64 position | a line of a topic |
 * | mentioned | conversation id | positions of the lines that mention the own person |
 * | own-ops | identity id | ops of the own chain that the home was not seen to take yet |
 * | handing | conversation id | a commit that takes devices in or out, until they were told (protocol/10-devices.md D-12) |
 * | told-chain | conversation id | how much of the own chain was told there |
 * | let-in | conversation id, device id | devices that asked to be let in |
 * | history-out | conversation id, device id | lines that are still to be told to an own device |
 * | history-in | blob hash | history that an own device told of and that is not here yet |
 * | handed | conversation id | how many lines were there when this device was taken in, and how far down they have come |
 * | waiting | conversation id | this device asked to be let in |
 * | backup | part number | a part of the backup that is at the home; 0: how far it goes |
 * | search | u32 segment, u32 block | the index of search: terms and the messages that have them (search/index-book.ts) |
 * | unindexed | conversation id, u64 position, u64 note | a message that the index does not have as it is now |
 * | unindexed-mark | message id, u8 kind, u64 note | a mark that the index has not taken note of |
 * | moving | identity id | a move to another home: its op, where to, and which stations were told |
 * | continuing | conversation id | the commit by which a room goes on at the new home, until it stands there |
 * | continued | log id | where a log of a continued room begins (protocol/15-moving.md) |
 * | branch | conversation id | the branches of the present epoch (protocol/17-island.md) |
 * | cut | station key | a hub that the home cannot reach |
 * | channel | conversation id; of knocks about channels its complement or zeros, and a hash or u64 order | a channel: the keys of its period, and how far its writers were read; asks and what was heard (channels/rows.ts) |
 * | week | conversation id, u8 kind, hash of the id and of a device or a key's name | weekly keys of a large group (groups/week-rows.ts) |
 * | portrait | identity id | a person's picture |
 * | person | identity id | whether they were compared in person, and what changed of their chain |
 */
export type Table =
  | "meta"
  | "contact"
  | "key-package"
  | "conversation"
  | "chain"
  | "roster"
  | "wish"
  | "guest"
  | "ask"
  | "request"
  | "opening"
  | "group"
  | "log"
  | "since"
  | "message"
  | "outbox"
  | "owed"
  | "where"
  | "sent"
  | "receipt"
  | "blob"
  | "upload"
  | "upload-list"
  | "upload-halt"
  | "preparing"
  | "fault"
  | "alert"
  | "person"
  | "mark"
  | "talk"
  | "topic"
  | "topic-line"
  | "mentioned"
  | "op-leaf"
  | "take-back"
  | "anchor"
  | "epoch-context"
  | "timer"
  | "expiring"
  | "scheduled"
  | "report"
  | "station"
  | "claim"
  | "unsettled"
  | "kept"
  | "leaf"
  | "kept-letter"
  | "hole"
  | "awaited-letter"
  | "repair-secret"
  | "reader"
  | "token"
  | "ladder"
  | "asked"
  | "repair-in"
  | "own"
  | "own-ops"
  | "handing"
  | "told-chain"
  | "let-in"
  | "history-out"
  | "history-in"
  | "handed"
  | "waiting"
  | "backup"
  | "search"
  | "unindexed"
  | "unindexed-mark"
  | "moving"
  | "continuing"
  | "continued"
  | "branch"
  | "cut"
  | "channel"
  | "portrait"
  | "week";

/** The shape of each table's keys. */
export const TABLES: Readonly<Record<Table, TableShape>> = {
  meta: { hiddenBytes: 0 },
  contact: { hiddenBytes: 20 },
  portrait: { hiddenBytes: 20 },
  "key-package": { hiddenBytes: 32 },
  conversation: { hiddenBytes: 20 },
  chain: { hiddenBytes: 20 },
  roster: { hiddenBytes: 20 },
  wish: { hiddenBytes: 20 },
  guest: { hiddenBytes: 0 },
  ask: { hiddenBytes: 20 },
  request: { hiddenBytes: 20 },
  opening: { hiddenBytes: 20 },
  group: { hiddenBytes: 20 },
  log: { hiddenBytes: 32 },
  since: { hiddenBytes: 32 },
  message: { hiddenBytes: 20 },
  outbox: { hiddenBytes: 20 },
  owed: { hiddenBytes: 20 },
  where: { hiddenBytes: 32 },
  sent: { hiddenBytes: 32 },
  receipt: { hiddenBytes: 32 },
  blob: { hiddenBytes: 32 },
  upload: { hiddenBytes: 32 },
  "upload-list": { hiddenBytes: 32 },
  "upload-halt": { hiddenBytes: 32 },
  preparing: { hiddenBytes: 20 },
  fault: { hiddenBytes: 32 },
  alert: { hiddenBytes: 32 },
  person: { hiddenBytes: 20 },
  mark: { hiddenBytes: 32 },
  talk: { hiddenBytes: 20 },
  topic: { hiddenBytes: 20 },
  "topic-line": { hiddenBytes: 20 },
  mentioned: { hiddenBytes: 20 },
  "op-leaf": { hiddenBytes: 20 },
  "take-back": { hiddenBytes: 20 },
  "epoch-context": { hiddenBytes: 20 },
  report: { hiddenBytes: 32 },
  timer: { hiddenBytes: 20 },
  expiring: { hiddenBytes: 20 },
  scheduled: { hiddenBytes: 16 },
  anchor: { hiddenBytes: 32 },
  station: { hiddenBytes: 32 },
  claim: { hiddenBytes: 32 },
  unsettled: { hiddenBytes: 32 },
  kept: { hiddenBytes: 32 },
  leaf: { hiddenBytes: 32 },
  "kept-letter": { hiddenBytes: 52 },
  hole: { hiddenBytes: 32 },
  "awaited-letter": { hiddenBytes: 52 },
  "repair-secret": { hiddenBytes: 20 },
  reader: { hiddenBytes: 32 },
  token: { hiddenBytes: 32 },
  ladder: { hiddenBytes: 20 },
  asked: { hiddenBytes: 20 },
  "repair-in": { hiddenBytes: 0 },
  own: { hiddenBytes: 32 },
  "own-ops": { hiddenBytes: 20 },
  handing: { hiddenBytes: 20 },
  "told-chain": { hiddenBytes: 20 },
  "let-in": { hiddenBytes: 52 },
  "history-out": { hiddenBytes: 52 },
  "history-in": { hiddenBytes: 32 },
  handed: { hiddenBytes: 20 },
  waiting: { hiddenBytes: 20 },
  backup: { hiddenBytes: 0 },
  search: { hiddenBytes: 8 },
  unindexed: { hiddenBytes: 20 },
  "unindexed-mark": { hiddenBytes: 32 },
  moving: { hiddenBytes: 20 },
  continuing: { hiddenBytes: 20 },
  continued: { hiddenBytes: 32 },
  branch: { hiddenBytes: 20 },
  cut: { hiddenBytes: 32 },
  channel: { hiddenBytes: 20 },
  week: { hiddenBytes: 20 },
};
