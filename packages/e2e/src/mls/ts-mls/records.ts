/*
 * The records `epoch` and `pending` (protocol/4-groups.md §6). Ratchet secrets are not in them: see secret-tree.ts.
 *
 *   epoch   = u8 version, u8 kind (0 member, 1 left), body, optional past
 *   body    = opaque group context (RFC 9420 §8.1), opaque confirmation tag, 8 opaque schedule secrets, tree, path
 *   tree    = varint count of nodes, per node u8 present, opaque Node (RFC 9420 §7.8)
 *   path    = varint own leaf, list of (varint node, opaque private key)
 *   past    = opaque group context, opaque sender data secret, opaque resumption psk, varint leaves, list of (varint leaf,
 *             opaque signature key, opaque credential identity)
 *   pending = u8 version, varint epoch it follows, flag renew, opaque frame, optional opaque welcome, optional opaque
 *             tree, opaque next encryption secret, body of the next epoch
 *
 * The tree is written node by node with a loop: the library's own list encoder recurses once per node and overflows the
 * stack above 4,096 members.
 */
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import type {
  ClientConfig,
  ClientState,
  EpochReceiverData,
  GroupContext,
  KeySchedule,
  Node,
  NodeLeaf,
  RatchetTree,
  SecretTree,
} from "ts-mls";
import { decodeGroupContext, encodeGroupContext } from "ts-mls/groupContext.js";
import { decodeNode, encodeNode } from "ts-mls/ratchetTree.js";
import { e2eError } from "../../errors.ts";
import type { SuiteName } from "../suite-names.ts";
import { suiteNamed } from "./library-suites.ts";

export const EPOCH_KEY = "epoch";
export const PENDING_KEY = "pending";

const VERSION = 1;
const KIND_MEMBER = 0;
const KIND_LEFT = 1;
const MAX_FIELD_BYTES = 1_048_576;
const MAX_BLOB_BYTES = 33_554_432;
const MAX_NODES = 131_072;
const EMPTY = new Uint8Array(0);

const SCHEDULE_FIELDS = [
  "initSecret",
  "senderDataSecret",
  "exporterSecret",
  "externalSecret",
  "confirmationKey",
  "membershipKey",
  "resumptionPsk",
  "epochAuthenticator",
] as const satisfies readonly (keyof KeySchedule)[];

/** A state without what the device (signing key), the caller (config) and other records (ratchets, past) bring. */
export type Body = Pick<
  ClientState,
  "groupContext" | "confirmationTag" | "keySchedule" | "ratchetTree" | "privatePath"
>;

/** The former epoch as far as its messages need it. */
export type Past = Omit<EpochReceiverData, "secretTree">;

/** The record `epoch`. */
export interface EpochRecord {
  readonly left: boolean;
  readonly body: Body;
  readonly past: Past | undefined;
}

/** The record `pending`. */
export interface PendingRecord {
  readonly follows: number;
  readonly renew: boolean;
  readonly frame: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  readonly tree: Uint8Array | undefined;
  readonly encryptionSecret: Uint8Array;
  readonly body: Body;
}

/** Nodes are immutable and most live through many epochs: each is encoded once. */
const encodedNodes = new WeakMap<Node, Uint8Array>();

/** RFC 9420 §7.8, as `encodeNode` of the library gives it. */
export function nodeBytes(node: Node): Uint8Array {
  const known = encodedNodes.get(node);
  if (known !== undefined) return known;
  const bytes = encodeNode(node);
  encodedNodes.set(node, bytes);
  return bytes;
}

/** A ratchet tree with no stack to overflow: nodes after the last filled one are left out. */
function writeTree(writer: ByteWriter, tree: RatchetTree): void {
  let count = tree.length;
  while (count > 0 && tree[count - 1] === undefined) count--;
  writer.varint(count);
  for (const node of tree.slice(0, count)) {
    writer.flag(node !== undefined);
    if (node !== undefined) writer.opaque(nodeBytes(node));
  }
}

/** Reads what `writeTree` wrote and fills the tree up to a full binary tree (RFC 9420 §12.4.3.3). */
function readTree(reader: ByteReader): RatchetTree {
  const tree: RatchetTree = reader.list(MAX_NODES, (item) => {
    if (!item.flag()) return undefined;
    const bytes = item.opaque(MAX_FIELD_BYTES).slice();
    const decoded = item.failed ? undefined : decodeNode(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.byteLength) item.fail("wire/range");
    return decoded?.[0];
  });
  let full = 1;
  while (full < tree.length) full = 2 * full + 1;
  while (tree.length < full) tree.push(undefined);
  return tree;
}

function writeBody(writer: ByteWriter, body: Body): void {
  writer.opaque(encodeGroupContext(body.groupContext)).opaque(body.confirmationTag);
  for (const field of SCHEDULE_FIELDS) writer.opaque(body.keySchedule[field]);
  writeTree(writer, body.ratchetTree);
  writer.varint(body.privatePath.leafIndex);
  writer.list(Object.entries(body.privatePath.privateKeys), (to, [node, key]) => to.varint(Number(node)).opaque(key));
}

function readContext(reader: ByteReader): GroupContext {
  const bytes = reader.opaque(MAX_FIELD_BYTES).slice();
  const decoded = reader.failed ? undefined : decodeGroupContext(bytes, 0);
  if (decoded === undefined) throw e2eError("e2e/bad-record");
  return decoded[0];
}

function readSecret(reader: ByteReader): Uint8Array {
  return reader.opaque(MAX_FIELD_BYTES).slice();
}

function readSchedule(reader: ByteReader): KeySchedule {
  const secrets = new Map(SCHEDULE_FIELDS.map((field) => [field, readSecret(reader)]));
  const field = (name: keyof KeySchedule): Uint8Array => secrets.get(name) ?? EMPTY;
  return {
    initSecret: field("initSecret"),
    senderDataSecret: field("senderDataSecret"),
    exporterSecret: field("exporterSecret"),
    externalSecret: field("externalSecret"),
    confirmationKey: field("confirmationKey"),
    membershipKey: field("membershipKey"),
    resumptionPsk: field("resumptionPsk"),
    epochAuthenticator: field("epochAuthenticator"),
  };
}

function readBody(reader: ByteReader): Body {
  const groupContext = readContext(reader);
  const confirmationTag = readSecret(reader);
  const keySchedule = readSchedule(reader);
  const ratchetTree = readTree(reader);
  const leafIndex = reader.varint();
  const keys = reader.list(MAX_NODES, (item) => [item.varint(), readSecret(item)] as const);
  return {
    groupContext,
    confirmationTag,
    keySchedule,
    ratchetTree,
    privatePath: { leafIndex, privateKeys: Object.fromEntries(keys) },
  };
}

function writePast(writer: ByteWriter, past: Past): void {
  writer.opaque(encodeGroupContext(past.groupContext)).opaque(past.senderDataSecret).opaque(past.resumptionPsk);
  writer.varint((past.ratchetTree.length + 1) / 2);
  const leaves = [...past.ratchetTree.entries()].filter(
    (entry): entry is [number, NodeLeaf] => entry[1]?.nodeType === "leaf",
  );
  writer.list(leaves, (to, [index, { leaf }]) => {
    const identity = "identity" in leaf.credential ? leaf.credential.identity : EMPTY;
    to.varint(index / 2)
      .opaque(leaf.signaturePublicKey)
      .opaque(identity);
  });
}

/** A leaf of a former epoch: enough to check who signed a message. */
function pastLeaf(signaturePublicKey: Uint8Array, identity: Uint8Array): NodeLeaf {
  return {
    nodeType: "leaf",
    leaf: {
      hpkePublicKey: EMPTY,
      signaturePublicKey,
      credential: { credentialType: "basic", identity },
      capabilities: { versions: [], ciphersuites: [], extensions: [], proposals: [], credentials: [] },
      leafNodeSource: "update",
      extensions: [],
      signature: EMPTY,
    },
  };
}

function readPast(reader: ByteReader): Past {
  const groupContext = readContext(reader);
  const senderDataSecret = readSecret(reader);
  const resumptionPsk = readSecret(reader);
  const leaves = reader.varint();
  if (leaves > MAX_NODES) reader.fail("wire/range");
  const ratchetTree: RatchetTree = Array.from(
    { length: reader.failed ? 0 : Math.max(0, 2 * leaves - 1) },
    () => undefined,
  );
  reader.list(leaves, (item) => {
    const leaf = item.varint();
    if (leaf >= leaves) item.fail("wire/range");
    if (item.failed) return;
    ratchetTree[2 * leaf] = pastLeaf(readSecret(item), readSecret(item));
  });
  return { groupContext, senderDataSecret, resumptionPsk, ratchetTree };
}

export function encodeEpoch(record: EpochRecord): Uint8Array {
  const writer = new ByteWriter(4096).u8(VERSION).u8(record.left ? KIND_LEFT : KIND_MEMBER);
  writeBody(writer, record.body);
  return writer.optional(record.past, writePast).finish();
}

function blob(reader: ByteReader): Uint8Array {
  return reader.opaque(MAX_BLOB_BYTES).slice();
}

function decoded<T>(bytes: Uint8Array, read: (reader: ByteReader) => T): T {
  try {
    const reader = new ByteReader(bytes);
    if (reader.u8() !== VERSION) throw e2eError("e2e/bad-record");
    const result = reader.finish(read(reader));
    if (result.ok) return result.value;
  } catch (cause) {
    throw e2eError("e2e/bad-record", cause);
  }
  throw e2eError("e2e/bad-record");
}

export function decodeEpoch(bytes: Uint8Array): EpochRecord {
  return decoded(bytes, (reader) => {
    const left = reader.u8() === KIND_LEFT;
    const body = readBody(reader);
    return { left, body, past: reader.optional(readPast) };
  });
}

/** The suite of a record's group, from its first bytes: a tree of a thousand leaves is not read for it. */
export function suiteOfEpoch(bytes: Uint8Array): SuiteName {
  return decoded(bytes, (reader) => {
    reader.u8();
    const { cipherSuite } = readContext(reader);
    reader.rest();
    return suiteNamed(cipherSuite);
  });
}

export function encodePending(record: PendingRecord): Uint8Array {
  const writer = new ByteWriter(4096).u8(VERSION).varint(record.follows).flag(record.renew).opaque(record.frame);
  writer
    .optional(record.welcome, (to, bytes) => to.opaque(bytes))
    .optional(record.tree, (to, bytes) => to.opaque(bytes));
  writer.opaque(record.encryptionSecret);
  writeBody(writer, record.body);
  return writer.finish();
}

export function decodePending(bytes: Uint8Array): PendingRecord {
  return decoded(bytes, (reader) => ({
    follows: reader.varint(),
    renew: reader.flag(),
    frame: blob(reader),
    welcome: reader.optional(blob),
    tree: reader.optional(blob),
    encryptionSecret: readSecret(reader),
    body: readBody(reader),
  }));
}

/** A state for ts-mls from a record's parts. */
export function stateOf(
  body: Body,
  secretTree: SecretTree,
  past: { readonly data: Past; readonly secretTree: SecretTree } | undefined,
  signaturePrivateKey: Uint8Array,
  config: ClientConfig,
): ClientState {
  const history = new Map<bigint, EpochReceiverData>();
  if (past !== undefined) history.set(past.data.groupContext.epoch, { ...past.data, secretTree: past.secretTree });
  return {
    ...body,
    secretTree,
    historicalReceiverData: history,
    signaturePrivateKey,
    unappliedProposals: {},
    groupActiveState: { kind: "active" },
    clientConfig: config,
  };
}
