/*
 * A hostile peer for the MLS conformance suite: what a member with a patched client could send. It builds on ts-mls
 * directly, without any of our checks, and hands out bytes only. The group it attacks from must be a value of `tsMls`.
 */
import type { KeyPackage, Proposal } from "ts-mls";
import { createCommit } from "ts-mls/createCommit.js";
import { createProposal } from "ts-mls/createMessage.js";
import { generateKeyPackageWithKey, signKeyPackage } from "ts-mls/keyPackage.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { signLeafNodeKeyPackage } from "ts-mls/leafNode.js";
import { xWing } from "../crypto/kem.ts";
import type { CryptoPort } from "../crypto/port.ts";
import { encodeCredential } from "../mls/credential.ts";
import { bucketBytes } from "../mls/padding.ts";
import type { DeviceCredential, DeviceKeys, MlsGroup, Psk } from "../mls/port.ts";
import type { SuiteName } from "../mls/suite-names.ts";
import { SUITES } from "../mls/suites.ts";
import { makeEnvironment } from "../mls/ts-mls/environment.ts";
import { encodeWelcome } from "../mls/ts-mls/frames.ts";
import { inside } from "../mls/ts-mls/group.ts";
import { libraryName } from "../mls/ts-mls/library-suites.ts";
import { makeProvider, withPadding } from "../mls/ts-mls/provider.ts";
import { sealTree } from "../mls/ts-mls/sealed-tree.ts";
import { chainPsk, pskIndex, pskProposal, sealPsks } from "../mls/ts-mls/psk.ts";

/** What to falsify in a key package. */
export interface KeyPackageForgery {
  readonly suite?: SuiteName;
  /** take the leaf's HPKE key from this key package or this member */
  readonly hpkePublicKey?: Uint8Array;
  readonly initKey?: Uint8Array;
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
  readonly credential?: DeviceCredential;
  readonly extensions?: readonly number[];
  /** in place of the X-Wing key that a suite with chain keys wants: so many bytes, or no extension at all */
  readonly hybridKeyBytes?: number;
}

function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded?.[0].wireformat !== "mls_key_package") throw new Error("not a key package");
  return decoded[0].keyPackage;
}

/** The leaf HPKE key of a member. */
export function memberKeyOf(group: MlsGroup, leaf: number): Uint8Array {
  const node = inside(group).state.ratchetTree[2 * leaf];
  if (node?.nodeType !== "leaf") throw new Error("no such member");
  return node.leaf.hpkePublicKey;
}

function seconds(ms: number): bigint {
  return BigInt(Math.floor(ms / 1000));
}

/** A correctly signed key package with something wrong in it. */
export async function forgeKeyPackage(
  crypto: CryptoPort,
  device: DeviceKeys,
  forgery: KeyPackageForgery,
): Promise<Uint8Array> {
  const suite = SUITES[forgery.suite ?? "x-wing"];
  const provider = makeProvider(crypto, suite);
  const nowMs = Date.now();
  const hybridKeyBytes = forgery.hybridKeyBytes ?? (suite.postQuantum ? 0 : xWing(crypto).publicKeyBytes);
  const hybridKey = { extensionType: 0xf0c4, extensionData: crypto.random(hybridKeyBytes) };
  const { publicPackage } = await generateKeyPackageWithKey(
    { credentialType: "basic", identity: encodeCredential(forgery.credential ?? device.credential) },
    {
      versions: ["mls10"],
      ciphersuites: [libraryName(suite.id)],
      extensions: [...(forgery.extensions ?? [0xf0c1, 0xf0c2])],
      proposals: [],
      credentials: ["basic"],
    },
    {
      notBefore: seconds(forgery.notBeforeMs ?? nowMs - 1000),
      notAfter: seconds(forgery.notAfterMs ?? nowMs + 86_400_000),
    },
    hybridKeyBytes === 0 ? [] : [hybridKey],
    { signKey: device.signaturePrivateKey, publicKey: device.credential.device },
    provider,
  );
  const { signature: _leafSignature, ...leaf } = publicPackage.leafNode;
  const leafNode = await signLeafNodeKeyPackage(
    { ...leaf, hpkePublicKey: forgery.hpkePublicKey ?? leaf.hpkePublicKey },
    device.signaturePrivateKey,
    provider.signature,
  );
  const { signature: _signature, ...rest } = publicPackage;
  const keyPackage = await signKeyPackage(
    { ...rest, initKey: forgery.initKey ?? rest.initKey, leafNode },
    device.signaturePrivateKey,
    provider.signature,
  );
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage });
}

/** What a hostile member commits. */
export interface CommitForgery {
  readonly add?: readonly Uint8Array[];
  readonly remove?: readonly number[];
  /** GroupContext extensions by type, whatever they are */
  readonly extensions?: readonly { readonly type: number; readonly data: Uint8Array }[];
  /** the committer's path leaf claims to be someone else */
  readonly becomes?: DeviceKeys;
  /** pre-shared keys that it names, with whatever secrets; the chain key is named where it belongs unless `unchained` */
  readonly psks?: readonly Psk[];
  readonly unchained?: boolean;
  /** names a resumption key of the group (RFC 9420 §8.6) */
  readonly resumption?: boolean;
}

/** Pads a frame's content to its bucket, as an honest member's frame would be. */
function padded(groupId: Uint8Array, contentBytes: number): number {
  const overhead = 44 + groupId.byteLength;
  const wanted = bucketBytes(overhead + 4 + contentBytes + 16);
  return wanted - overhead - 16 - (wanted > 16_384 ? 4 : 2);
}

/** A commit that this member's own client would never make, correctly sealed for the group's epoch. */
export async function forgeCommit(
  crypto: CryptoPort,
  from: MlsGroup,
  suiteName: SuiteName,
  forgery: CommitForgery,
): Promise<Uint8Array> {
  const { state } = inside(from);
  const provider = withPadding(makeProvider(crypto, SUITES[suiteName]), (bytes) => padded(from.groupId, bytes));
  const env = makeEnvironment({ crypto, authenticate: () => true, nowMs: () => Date.now(), suite: suiteName });
  const chained = env.chained && (forgery.add ?? []).length > 0 && forgery.unchained !== true;
  const psks = [...(chained ? [await chainPsk(env, state)] : []), ...(forgery.psks ?? [])];
  const proposals: Proposal[] = [
    ...(forgery.remove ?? []).map((removed): Proposal => ({ proposalType: "remove", remove: { removed } })),
    ...(forgery.add ?? []).map((bytes): Proposal => ({
      proposalType: "add",
      add: { keyPackage: decodeKeyPackage(bytes) },
    })),
  ];
  if (forgery.extensions !== undefined) {
    const extensions = forgery.extensions.map(({ type, data }) => ({ extensionType: type, extensionData: data }));
    proposals.push({ proposalType: "group_context_extensions", groupContextExtensions: { extensions } });
  }
  proposals.push(...psks.map((psk) => pskProposal(env, psk)));
  if (forgery.resumption === true) {
    const name = { psktype: "resumption" as const, usage: "application" as const, pskGroupId: from.groupId };
    const pskNonce = crypto.random(provider.kdf.size);
    const preSharedKeyId = { ...name, pskEpoch: state.groupContext.epoch, pskNonce };
    proposals.push({ proposalType: "psk", psk: { preSharedKeyId } });
  }
  const ratchetTree = state.ratchetTree.slice();
  const own = ratchetTree[2 * from.ownLeaf];
  if (forgery.becomes !== undefined && own?.nodeType === "leaf") {
    const identity = encodeCredential(forgery.becomes.credential);
    const leaf = {
      ...own.leaf,
      credential: { credentialType: "basic" as const, identity },
      signaturePublicKey: forgery.becomes.credential.device,
    };
    ratchetTree[2 * from.ownLeaf] = { nodeType: "leaf", leaf };
  }
  const accepting = { ...state.clientConfig, authService: { validateCredential: async () => true } };
  const { commit } = await createCommit(
    {
      state: { ...state, ratchetTree, clientConfig: accepting },
      cipherSuite: provider,
      pskIndex: { findPsk: (id) => pskIndex(psks).findPsk(id) ?? new Uint8Array(32) },
    },
    { extraProposals: proposals },
  );
  return encodeMlsMessage(commit);
}

/** A proposal in a frame of its own, which groups here do not take. */
export async function forgeProposal(
  crypto: CryptoPort,
  from: MlsGroup,
  suiteName: SuiteName,
  removed: number,
): Promise<Uint8Array> {
  const { state } = inside(from);
  const provider = withPadding(makeProvider(crypto, SUITES[suiteName]), (bytes) => padded(from.groupId, bytes));
  const { message } = await createProposal(state, false, { proposalType: "remove", remove: { removed } }, provider);
  return encodeMlsMessage(message);
}

/**
 * Welcome and tree of a commit that names these pre-shared keys and no others, sealed to the joiner beside the Welcome as an
 * honest member would.
 */
export async function forgeWelcome(
  crypto: CryptoPort,
  from: MlsGroup,
  suite: SuiteName,
  joiner: Uint8Array,
  psks: readonly Psk[],
): Promise<{ readonly welcome: Uint8Array; readonly tree: Uint8Array }> {
  const { state } = inside(from);
  const env = makeEnvironment({ crypto, authenticate: () => true, nowMs: () => Date.now(), suite });
  const keyPackage = decodeKeyPackage(joiner);
  const key = crypto.random(32);
  const accepting = { ...state.clientConfig, authService: { validateCredential: async () => true } };
  const proposals: Proposal[] = [{ proposalType: "add", add: { keyPackage } }];
  const { welcome, newState } = await createCommit(
    { state: { ...state, clientConfig: accepting }, cipherSuite: env.provider, pskIndex: pskIndex(psks) },
    {
      extraProposals: [...proposals, ...psks.map((psk) => pskProposal(env, psk))],
      groupInfoExtensions: [{ extensionType: 0xf0c2, extensionData: key }],
    },
  );
  if (welcome === undefined) throw new Error("nobody was welcomed");
  const { epoch } = newState.groupContext;
  return {
    welcome: encodeWelcome(env, welcome, await sealPsks(env, [keyPackage], psks)),
    tree: await sealTree(crypto, key, from.groupId, epoch, newState.ratchetTree),
  };
}
