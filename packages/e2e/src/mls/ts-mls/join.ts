/*
 * Key packages, and joining by Welcome: open it, take the key of the sealed tree out of it, refuse what this protocol has no
 * use for, and only then ask anyone about credentials and verify the rest (welcome-state.ts).
 */
import { ByteReader, ByteWriter, equalBytes, toHex } from "@chapar/wire/bytes";
import type { GroupInfo, KeyPackage as LibraryKeyPackage, PrivateKeyPackage, RatchetTree } from "ts-mls";
import type { GroupSecrets } from "ts-mls/groupSecrets.js";
import { generateKeyPackageWithKey, makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { decodeMlsMessage, encodeMlsMessage } from "ts-mls/message.js";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { accumulatePskSecret } from "ts-mls/pskIndex.js";
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js";
import { e2eError, isE2eError } from "../../errors.ts";
import type { DeviceKeys, KeyPackage, Psk, Step } from "../port.ts";
import { checkTreeKeys, decodeWhole, readContext } from "./checks.ts";
import {
  authentication,
  clientConfig,
  CLOCK_SKEW_MS,
  CONTEXT_EXTENSION,
  type Environment,
  HYBRID_KEY_EXTENSION,
  TREE_KEY_EXTENSION,
} from "./environment.ts";
import { openEpoch, pruned } from "./epochs.ts";
import { decodeWelcome } from "./frames.ts";
import { Lineage, memberAt, TsGroup } from "./group.ts";
import { namesChain, openPsks, pskIndex } from "./psk.ts";
import { Refused, withEncryptionSecret } from "./provider.ts";
import { encodeEpoch, EPOCH_KEY } from "./records.ts";
import { openTree, TREE_KEY_BYTES } from "./sealed-tree.ts";
import { putKeys } from "./secret-tree.ts";
import { type OpenedWelcome, stateFromWelcome } from "./welcome-state.ts";

const REF_BYTES = 32;
const PRIVATE_VERSION = 1;
const MAX_KEY_BYTES = 256;
const HYBRID_SEED_BYTES = 64;
const EMPTY = new Uint8Array(0);
/** More commits than a group will ever have. The wire has 64 bits, our rows 53: a creator who begins near their end would break them. */
export const MAX_EPOCH: bigint = 2n ** 48n;

/** What our leaves say they can do (RFC 9420 §7.2): nothing beyond what every client of this protocol does. */
function capabilities(env: Environment): LibraryKeyPackage["leafNode"]["capabilities"] {
  return {
    versions: ["mls10"],
    ciphersuites: [env.provider.name],
    extensions: [CONTEXT_EXTENSION, TREE_KEY_EXTENSION],
    proposals: [],
    credentials: [...env.profile.credentialTypes],
  };
}

/** A key package's private halves; `hybridKey` is empty where there is no chain key. */
export interface Secrets extends PrivateKeyPackage {
  readonly hybridKey: Uint8Array;
}

function encodePrivate(keys: Secrets): Uint8Array {
  const writer = new ByteWriter(128).u8(PRIVATE_VERSION).opaque(keys.initPrivateKey).opaque(keys.hpkePrivateKey);
  return (keys.hybridKey.byteLength === 0 ? writer : writer.opaque(keys.hybridKey)).finish();
}

/** @throws E2eError `e2e/bad-record` */
export function decodePrivate(bytes: Uint8Array, signaturePrivateKey: Uint8Array): Secrets {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  const initPrivateKey = reader.opaque(MAX_KEY_BYTES).slice();
  const hpkePrivateKey = reader.opaque(MAX_KEY_BYTES).slice();
  const hybridKey = reader.remaining > 0 ? reader.opaque(MAX_KEY_BYTES).slice() : EMPTY;
  const decoded = reader.finish({ initPrivateKey, hpkePrivateKey, signaturePrivateKey, hybridKey });
  if (!decoded.ok || version !== PRIVATE_VERSION) throw e2eError("e2e/bad-record");
  return decoded.value;
}

/** A fresh key package of this device. */
export async function makeKeyPackage(
  env: Environment,
  device: DeviceKeys,
): Promise<{ readonly library: LibraryKeyPackage; readonly secrets: Secrets }> {
  const nowMs = env.nowMs();
  const hybrid = env.chained ? await env.hybridKem.deriveKeyPair(env.crypto.random(HYBRID_SEED_BYTES)) : undefined;
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: "basic", identity: env.profile.writeCredential(device.credential) },
    capabilities(env),
    {
      notBefore: BigInt(Math.max(0, Math.floor((nowMs - CLOCK_SKEW_MS) / 1000))),
      notAfter: BigInt(Math.floor((nowMs + env.keyPackageLifetimeMs) / 1000)),
    },
    hybrid === undefined ? [] : [{ extensionType: HYBRID_KEY_EXTENSION, extensionData: hybrid.publicKey }],
    { signKey: device.signaturePrivateKey, publicKey: device.credential.device },
    env.provider,
  );
  return { library: publicPackage, secrets: { ...privatePackage, hybridKey: hybrid?.privateKey ?? EMPTY } };
}

export async function keyPackage(env: Environment, device: DeviceKeys): Promise<KeyPackage> {
  const made = await makeKeyPackage(env, device);
  const ref = await makeKeyPackageRef(made.library, env.provider.hash);
  return {
    ref: ref.slice(0, REF_BYTES),
    publicBytes: encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: made.library }),
    privateBytes: encodePrivate(made.secrets),
  };
}

/** The keys that a Welcome's secrets rest on: those that came along with it, and the caller's. */
async function welcomedSecret(
  env: Environment,
  named: GroupSecrets["psks"],
  psks: readonly Psk[],
): Promise<Uint8Array> {
  const carried = new Set(psks.map(({ id }) => toHex(id)));
  const fits =
    named.length === carried.size && named.every((psk) => psk.psktype === "external" && carried.has(toHex(psk.pskId)));
  if (!fits) throw e2eError("e2e/bad-welcome");
  const zeros = new Uint8Array(env.provider.kdf.size);
  const [secret] = await accumulatePskSecret(named, pskIndex(psks), env.provider, zeros);
  return secret;
}

/** The GroupInfo of a Welcome, opened with our key package's init key but not verified yet. */
async function openWelcome(
  env: Environment,
  { welcome, after }: ReturnType<typeof decodeWelcome>,
  library: LibraryKeyPackage,
  secrets: Secrets,
): Promise<OpenedWelcome> {
  const ref = await makeKeyPackageRef(library, env.provider.hash);
  if (!welcome.secrets.some((entry) => equalBytes(entry.newMember, ref))) throw e2eError("e2e/unknown-key-package");
  try {
    const initKey = await env.provider.hpke.importPrivateKey(secrets.initPrivateKey);
    const group = await decryptGroupSecrets(initKey, ref, welcome, env.provider.hpke);
    if (group === undefined) throw e2eError("e2e/bad-welcome");
    const psks = env.chained ? await openPsks(env, after, ref, secrets.hybridKey, welcome.secrets.length) : [];
    const pskSecret = await welcomedSecret(env, group.psks, psks);
    const info = await decryptGroupInfo(welcome, group.joinerSecret, pskSecret, env.provider);
    if (info === undefined || (env.chained && !namesChain(psks, info.groupContext.epoch - 1n)))
      throw e2eError("e2e/bad-welcome");
    return { info, joinerSecret: group.joinerSecret, pathSecret: group.pathSecret, pskSecret };
  } catch (cause) {
    throw isE2eError(cause) ? cause : e2eError("e2e/bad-welcome", cause);
  }
}

/** The tree that belongs to a GroupInfo: sealed beside it, or (foreign groups only) inside. */
async function treeOf(env: Environment, info: GroupInfo, sealed: Uint8Array): Promise<RatchetTree> {
  if (!env.profile.sealedTree) {
    const tree = ratchetTreeFromExtension(info);
    if (tree === undefined) throw e2eError("e2e/bad-tree");
    return tree;
  }
  const [extension, ...others] = info.extensions;
  const key = extension?.extensionType === TREE_KEY_EXTENSION ? extension.extensionData : undefined;
  if (key?.byteLength !== TREE_KEY_BYTES || others.length > 0) throw e2eError("e2e/bad-welcome");
  return openTree(env.crypto, key, info.groupContext.groupId, info.groupContext.epoch, sealed);
}

/** Every leaf must carry a credential of ours before anyone is asked about it. */
export function checkLeaves(env: Environment, tree: RatchetTree): void {
  for (let node = 0; node < tree.length; node += 2) {
    const filled = tree[node] !== undefined;
    if (filled && memberAt(tree, node / 2, env.profile.readCredential) === undefined)
      throw e2eError("e2e/bad-credential");
  }
  checkTreeKeys(tree);
}

export async function join(
  env: Environment,
  device: DeviceKeys,
  own: KeyPackage,
  welcomeBytes: Uint8Array,
  sealedTree: Uint8Array,
): Promise<Step> {
  const welcome = decodeWelcome(env, welcomeBytes);
  const { value } = decodeWhole(decodeMlsMessage, own.publicBytes, "e2e/bad-record");
  if (value.wireformat !== "mls_key_package") throw e2eError("e2e/bad-record");
  const secrets = decodePrivate(own.privateBytes, device.signaturePrivateKey);
  const opened = await openWelcome(env, welcome, value.keyPackage, secrets);
  const { info } = opened;
  if (info.groupContext.epoch >= MAX_EPOCH) throw e2eError("e2e/bad-welcome");
  const context = readContext(env, info.groupContext.extensions, "e2e/bad-welcome");
  const tree = await treeOf(env, info, sealedTree);
  checkLeaves(env, tree);
  const auth = authentication(env, context);
  const tap = withEncryptionSecret(env.provider);
  try {
    const config = clientConfig(env, auth.service, false);
    const joined = await stateFromWelcome(env, tap.provider, opened, tree, value.keyPackage, secrets, config);
    const { keys, state } = openEpoch(env, pruned(joined), tap.secret());
    tap.secret().fill(0);
    const group = new TsGroup({
      state,
      keys,
      past: undefined,
      context,
      lineage: new Lineage(),
      parent: undefined,
      residue: [],
      readCredential: env.profile.readCredential,
      provisional: false,
      left: false,
    });
    const epoch = { key: EPOCH_KEY, value: encodeEpoch({ left: false, body: state, past: undefined }) };
    return { group, writes: [epoch, ...putKeys(keys, state.secretTree)] };
  } catch (cause) {
    auth.rethrow();
    if (isE2eError(cause)) throw cause;
    throw e2eError(cause instanceof Refused ? "e2e/bad-welcome" : "e2e/bad-tree", cause);
  }
}
