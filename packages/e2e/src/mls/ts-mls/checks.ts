/*
 * Checks that ts-mls 1.6.4 leaves out or makes too late (protocol/4-groups.md §3).
 *
 * The one that matters most: a key package may reuse the HPKE key of a member. ts-mls lets it in and from then on nobody
 * can add, update or join until it is removed. So every public key of an added leaf, its init key and every key of an
 * update path is compared with every key in the tree before anything is changed.
 */
import { equalBytes, toHex } from "@chapar/wire/bytes";
import type { Extension, KeyPackage as LibraryKeyPackage, Node, RatchetTree } from "ts-mls";
import { decodeMlsMessage } from "ts-mls/message.js";
import { makeKeyPackageRef, verifyKeyPackage } from "ts-mls/keyPackage.js";
import { verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js";
import { type E2eCode, e2eError } from "../../errors.ts";
import { MAX_KEY_PACKAGE_BYTES } from "../padding.ts";
import type { DeviceCredential } from "../port.ts";
import {
  CLOCK_SKEW_MS,
  CONTEXT_EXTENSION,
  type Environment,
  HYBRID_KEY_EXTENSION,
  MAX_CONTEXT_BYTES,
} from "./environment.ts";

/** Runs a decoder of the library, which throws, reads past ends and ignores what follows. */
export function decodeWhole<T>(
  decode: (bytes: Uint8Array, offset: number) => [T, number] | undefined,
  bytes: Uint8Array,
  code: E2eCode,
): { value: T; sizeBytes: number } {
  let decoded: [T, number] | undefined;
  try {
    decoded = decode(bytes, 0);
  } catch (cause) {
    throw e2eError(code, cause);
  }
  if (decoded === undefined || decoded[1] > bytes.byteLength) throw e2eError(code);
  return { value: decoded[0], sizeBytes: decoded[1] };
}

/** A key package that passed every check that needs no group. */
export interface CheckedKeyPackage {
  readonly keyPackage: LibraryKeyPackage;
  readonly ref: Uint8Array;
  readonly credential: DeviceCredential;
  readonly notAfterMs: number;
}

const REF_BYTES = 32;
const KEY_HEAD_BYTES = 16;

function lifetimeMs(env: Environment, keyPackage: LibraryKeyPackage): number {
  const { notBefore, notAfter } = keyPackage.leafNode.lifetime;
  const now = env.nowMs();
  const startMs = Number(notBefore) * 1000;
  const endMs = Number(notAfter) * 1000;
  if (startMs > now || endMs < now) throw e2eError("e2e/expired-key-package");
  // A lifetime without end would make "unused key packages die" untrue.
  const longestMs = env.keyPackageLifetimeMs + CLOCK_SKEW_MS + 1000;
  if (env.profile.strictContext && endMs - startMs > longestMs) throw e2eError("e2e/bad-key-package");
  return endMs;
}

/** A key package has no extensions but the X-Wing key that the chain key is sealed to, where there is a chain key. */
function extensionsFit(env: Environment, extensions: readonly Extension[]): boolean {
  if (!env.chained) return extensions.length === 0;
  const [only, ...others] = extensions;
  const sizeBytes = only?.extensionType === HYBRID_KEY_EXTENSION ? only.extensionData.byteLength : 0;
  return others.length === 0 && sizeBytes === env.hybridKem.publicKeyBytes;
}

/** RFC 9420 §10.1 and §7.3, as far as they need no group. */
export async function checkKeyPackage(env: Environment, keyPackage: LibraryKeyPackage): Promise<CheckedKeyPackage> {
  const { provider, profile } = env;
  const { leafNode } = keyPackage;
  const kem = env.suite.kem(env.crypto);
  const supported =
    keyPackage.cipherSuite === provider.name &&
    leafNode.capabilities.ciphersuites.includes(provider.name) &&
    leafNode.capabilities.versions.includes("mls10") &&
    leafNode.capabilities.credentials.includes("basic") &&
    (!profile.strictContext || leafNode.capabilities.extensions.includes(CONTEXT_EXTENSION));
  const keysFit =
    keyPackage.initKey.byteLength === kem.publicKeyBytes &&
    leafNode.hpkePublicKey.byteLength === kem.publicKeyBytes &&
    !equalBytes(keyPackage.initKey, leafNode.hpkePublicKey);
  if (!supported || !keysFit) throw e2eError("e2e/bad-key-package");
  if (profile.strictContext && !(leafNode.extensions.length === 0 && extensionsFit(env, keyPackage.extensions)))
    throw e2eError("e2e/bad-key-package");
  const { credential } = leafNode;
  const parsed =
    credential.credentialType === "basic" && "identity" in credential
      ? profile.readCredential(credential.identity, leafNode.signaturePublicKey)
      : undefined;
  if (parsed === undefined) throw e2eError("e2e/bad-credential");
  const notAfterMs = lifetimeMs(env, keyPackage);
  const signed =
    (await verifyLeafNodeSignatureKeyPackage(leafNode, provider.signature)) &&
    (await verifyKeyPackage(keyPackage, provider.signature));
  if (!signed) throw e2eError("e2e/bad-key-package");
  const ref = (await makeKeyPackageRef(keyPackage, provider.hash)).slice(0, REF_BYTES);
  return { keyPackage, ref, credential: parsed, notAfterMs };
}

/** Decodes and checks a key package from a stranger. */
export async function readKeyPackage(env: Environment, bytes: Uint8Array): Promise<CheckedKeyPackage> {
  if (bytes.byteLength > MAX_KEY_PACKAGE_BYTES) throw e2eError("e2e/bad-key-package");
  const { value, sizeBytes } = decodeWhole(decodeMlsMessage, bytes, "e2e/bad-key-package");
  if (value.wireformat !== "mls_key_package" || sizeBytes !== bytes.byteLength) throw e2eError("e2e/bad-key-package");
  return checkKeyPackage(env, value.keyPackage);
}

/** The public encryption key of a tree node. */
function nodeKey(node: Node): Uint8Array {
  return node.nodeType === "leaf" ? node.leaf.hpkePublicKey : node.parent.hpkePublicKey;
}

/** Every public key that a tree uses, to compare new ones with. */
export class KeysInUse {
  readonly #encryption: Uint8Array[] = [];
  readonly #signature: Uint8Array[] = [];

  /** @param except leaves that the change removes; the parents above them go with them */
  constructor(tree: RatchetTree, except: ReadonlySet<number>) {
    for (const [index, node] of tree.entries()) {
      if (node === undefined || (index % 2 === 0 && except.has(index / 2))) continue;
      this.#encryption.push(nodeKey(node));
      if (node.nodeType === "leaf") this.#signature.push(node.leaf.signaturePublicKey);
    }
  }

  /** Adds a key, refusing one that is in use. */
  encryption(key: Uint8Array): void {
    if (this.#encryption.some((used) => equalBytes(used, key))) throw e2eError("e2e/duplicate-key");
    this.#encryption.push(key);
  }

  signature(key: Uint8Array): void {
    if (this.#signature.some((used) => equalBytes(used, key))) throw e2eError("e2e/duplicate-key");
    this.#signature.push(key);
  }

  /** Adds all keys of a leaf that joins. */
  join(keyPackage: LibraryKeyPackage): void {
    this.signature(keyPackage.leafNode.signaturePublicKey);
    this.encryption(keyPackage.leafNode.hpkePublicKey);
    this.encryption(keyPackage.initKey);
  }
}

/** Public keys seen so far; grouped by their first bytes, so that a check costs the same in any tree. */
class SeenKeys {
  readonly #byHead = new Map<string, Uint8Array[]>();

  add(key: Uint8Array): void {
    const head = toHex(key.subarray(0, KEY_HEAD_BYTES));
    const seen = this.#byHead.get(head) ?? [];
    if (seen.some((other) => equalBytes(other, key))) throw e2eError("e2e/duplicate-key");
    this.#byHead.set(head, [...seen, key]);
  }
}

/** Refuses a tree in which a key stands twice. */
export function checkTreeKeys(tree: RatchetTree): void {
  const encryption = new SeenKeys();
  const signature = new SeenKeys();
  for (const node of tree) {
    if (node === undefined) continue;
    encryption.add(nodeKey(node));
    if (node.nodeType === "leaf") signature.add(node.leaf.signaturePublicKey);
  }
}

/** The context bytes in a list of GroupContext extensions; ours must be the only one. */
export function readContext(env: Environment, extensions: readonly Extension[], code: E2eCode): Uint8Array {
  const found = extensions.filter((extension) => extension.extensionType === CONTEXT_EXTENSION);
  const [only] = found;
  if (!env.profile.strictContext) return only?.extensionData ?? new Uint8Array(0);
  if (only === undefined || extensions.length !== 1 || only.extensionData.byteLength > MAX_CONTEXT_BYTES)
    throw e2eError(code);
  return only.extensionData;
}
