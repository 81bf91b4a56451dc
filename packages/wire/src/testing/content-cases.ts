/* The cases of vectors/content/mimi.json and letters.json: what content looks like, and bytes every reader must refuse. */
import { concatBytes, fromHex, toHex, utf8 } from "../bytes/index.ts";
import { encodeLetter, letterHash, decodeLetter } from "../content/letter.ts";
import { Disposition, messageId, type MimiContent, type NestedPart, NO_EXTENSIONS } from "../content/mimi.ts";
import { decodeMimi } from "../content/mimi-decode.ts";
import { encodeMimi } from "../content/mimi-encode.ts";
import { profilePart } from "../content/profile.ts";
import { textPart } from "../content/text.ts";
import { roomUri, userUri } from "../content/uri.ts";
import { conversationId, identityId } from "../ids.ts";
import { TEST_CHAIN_PORTS as PORTS } from "./op-chains.ts";

const SALT = Uint8Array.from({ length: 16 }, (_, i) => i);
const ROOM = conversationId(new Uint8Array(20).fill(9));
const NAMES = { senderUri: userUri(identityId(new Uint8Array(20).fill(7))), roomUri: roomUri(ROOM) };
const ID = Uint8Array.of(1, ...new Uint8Array(31).fill(4));
const PLAIN: MimiContent = {
  salt: SALT,
  replaces: undefined,
  topicId: new Uint8Array(0),
  expires: undefined,
  inReplyTo: undefined,
  extensions: NO_EXTENSIONS,
  body: textPart("سلام، این یک آزمایش است."),
};

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(" ", "")) ?? new Uint8Array(0);

function nested(levels: number): NestedPart {
  if (levels === 1) return textPart("inner");
  const parts = [textPart("beside"), nested(levels - 1)];
  return { kind: "multi", disposition: Disposition.render, language: "fa", semantics: "process-all", parts };
}

function goodMessages(): readonly (readonly [id: string, content: MimiContent])[] {
  const odd = [
    { key: 5, value: hex("f93c00") },
    { key: -1, value: hex("d820 61 61") },
    { key: "x", value: hex("82 01 a1 40 f6") },
  ];
  return [
    ["text", PLAIN],
    ["named", { ...PLAIN, extensions: { ...NO_EXTENSIONS, ...NAMES } }],
    [
      "reply-edit-expiring",
      { ...PLAIN, replaces: ID, inReplyTo: ID, expires: { relative: true, time: 86_400 }, topicId: utf8("t") },
    ],
    ["deleted", { ...PLAIN, replaces: ID, body: { kind: "null", disposition: 1, language: "" } }],
    ["profile", { ...PLAIN, body: profilePart({ name: "سارا" }) }],
    ["four-levels", { ...PLAIN, body: nested(4) }],
    ["extensions", { ...PLAIN, extensions: { ...NO_EXTENSIONS, others: odd } }],
  ];
}

const HEAD = "8750000102030405060708090a0b0c0d0e0f";
const BODY = "83016000";

const BAD_MESSAGES: readonly (readonly [id: string, bytes: string])[] = [
  ["empty", ""],
  ["cut", `${HEAD}f640f6f6a0`],
  ["trailing", `${HEAD}f640f6f6a0${BODY}00`],
  ["six-items", `86${HEAD.slice(2)}f640f6f6a0`],
  ["short-salt", `874f${HEAD.slice(4, -2)}f640f6f6a0${BODY}`],
  ["long-head", `${HEAD}f65800f6f6a0${BODY}`],
  ["indefinite-map", `${HEAD}f640f6f6bfff${BODY}`],
  ["unsorted-keys", `${HEAD}f640f6f6a204000300${BODY}`],
  ["repeated-key", `${HEAD}f640f6f6a203000300${BODY}`],
  ["long-float", `${HEAD}f640f6f6a103fa3f800000${BODY}`],
  ["second-nan", `${HEAD}f640f6f6a103f97e01${BODY}`],
  ["small-bignum", `${HEAD}f640f6f6a103c24101${BODY}`],
  ["unknown-hash", `${HEAD}582002${"00".repeat(31)}40f6f6a0${BODY}`],
  ["deep-extension", `${HEAD}f640f6f6a10381818180${BODY}`],
  ["deep-parts", `${HEAD}f640f6f6a0${"85016003018283016000".repeat(4)}83016000`],
  ["one-part", `${HEAD}f640f6f6a08501600302 81${BODY}`],
  ["semantics-3", `${HEAD}f640f6f6a08501600303 82${BODY}${BODY}`],
  ["cardinality-4", `${HEAD}f640f6f6a083016004`],
  ["bad-utf8", `${HEAD}f640f6f6a0830161ff00`],
  ["integer-sender", `${HEAD}f640f6f6a10100${BODY}`],
];

/** Messages with their ids, and bytes with the code that refuses them. */
export function mimiVectors(): readonly object[] {
  const good = goodMessages().map(([id, content]) => {
    const bytes = encodeMimi(content);
    const uris = { senderUri: NAMES.senderUri, roomUri: NAMES.roomUri };
    return {
      id,
      in: toHex(bytes),
      ...uris,
      messageId: toHex(messageId({ ...uris, content: bytes, sha256: PORTS.sha256 })),
    };
  });
  const bad = BAD_MESSAGES.map(([id, text]) => {
    const decoded = decodeMimi(hex(text));
    if (decoded.ok) throw new Error(`${id} was to be refused`);
    return { id, in: toHex(hex(text)), error: decoded.code };
  });
  return [...good, ...bad];
}

/** Letters and what is in them. */
export function letterVectors(): readonly object[] {
  const content = encodeMimi(PLAIN);
  const first = {
    conversation: ROOM,
    seq: 0,
    prev: new Uint8Array(32),
    frontier: { size: 1, root: new Uint8Array(32).fill(3) },
    content,
  };
  const firstBytes = encodeLetter(first);
  const second = {
    ...first,
    seq: 1,
    prev: letterHash(firstBytes, PORTS.sha256),
    frontier: { size: 70_000, root: new Uint8Array(32).fill(5) },
  };
  const good = [first, second].map((letter, at) => {
    const bytes = encodeLetter(letter);
    const out = {
      conversation: toHex(letter.conversation),
      seq: letter.seq,
      prev: toHex(letter.prev),
      frontierSize: letter.frontier.size,
      frontierRoot: toHex(letter.frontier.root),
      content: toHex(letter.content),
    };
    return { id: `letter-${at}`, in: toHex(bytes), hash: toHex(letterHash(bytes, PORTS.sha256)), out };
  });
  const bad = [
    ["version-2", concatBytes(Uint8Array.of(2), firstBytes.slice(1))],
    ["cut", firstBytes.slice(0, -1)],
    ["trailing", concatBytes(firstBytes, Uint8Array.of(0))],
    ["huge-seq", concatBytes(firstBytes.slice(0, 21), new Uint8Array(8).fill(255), firstBytes.slice(29))],
  ] as const;
  return [
    ...good,
    ...bad.map(([id, bytes]) => {
      const decoded = decodeLetter(bytes);
      if (decoded.ok) throw new Error(`${id} was to be refused`);
      return { id, in: toHex(bytes), error: decoded.code };
    }),
  ];
}
