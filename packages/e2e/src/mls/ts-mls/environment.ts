/*
 * What every operation of the implementation shares: the suite, the provider, the policy.
 *
 * ts-mls's own client configuration is built here with each mitigation of protocol/4-groups.md §3 that it offers as an
 * option; the rest are checks of ours in checks.ts, commit.ts, open.ts and join.ts.
 */
import type { AuthenticationService, CiphersuiteImpl, ClientConfig, CredentialTypeName } from "ts-mls";
import { hpke, type Hpke } from "../../crypto/hpke.ts";
import type { Kem } from "../../crypto/kem.ts";
import type { CryptoPort } from "../../crypto/port.ts";
import { e2eError } from "../../errors.ts";
import { encodeCredential, parseCredential } from "../credential.ts";
import { type TreeKdf, treeKdf } from "../key-derivation.ts";
import type { Allow, Authenticate, DeviceCredential, FindPsk, GroupChange, Incoming, NowMs, Step } from "../port.ts";
import type { SuiteName } from "../suite-names.ts";
import { SUITES, type Suite } from "../suites.ts";
import type { ReadCredential, TsGroup } from "./group.ts";
import { makeProvider } from "./provider.ts";

/** GroupContext extension that carries `MlsGroup.context`; RFC 9420 §17.3 private use. */
export const CONTEXT_EXTENSION = 0xf0c1;
/** GroupInfo extension that carries the key of the sealed ratchet tree; RFC 9420 §17.3 private use. */
export const TREE_KEY_EXTENSION = 0xf0c2;
/** KeyPackage extension with a device's X-Wing key, in suites that are not post-quantum; RFC 9420 §17.3 private use. */
export const HYBRID_KEY_EXTENSION = 0xf0c4;
/** GroupInfo extension that carries the epoch's chain key, in suites that are not post-quantum; private use. */
export const CHAIN_EXTENSION = 0xf0c5;
/** GroupInfo extension that carries the key which seals external commits; RFC 9420 §17.3 private use. */
export const DOOR_EXTENSION = 0xf0c3;
/** Longest proof an outsider may show. */
export const MAX_PROOF_BYTES = 4096;
/** More members than ts-mls can encode (its encoders recurse once per node). */
export const MAX_MEMBERS = 4096;
/** Longest context a group may carry. */
export const MAX_CONTEXT_BYTES = 65_536;
/** How many messages of one sender may be missing before the next is refused. */
export const MAX_SKIPPED_GENERATIONS = 1000;

const DAY_MS = 86_400_000;
/** How long a key package may wait to be used. */
export const KEY_PACKAGE_LIFETIME_MS: number = 90 * DAY_MS;
/** How far another device's clock may be ahead of ours. */
export const CLOCK_SKEW_MS: number = DAY_MS;

/** Opens a frame that is a PublicMessage; undefined when it is another one. */
export type OpenPublic = (
  env: Environment,
  group: TsGroup,
  frame: Uint8Array,
) => Promise<Step & { readonly incoming: Incoming }> | undefined;

/**
 * What differs between Chapar's groups and plain RFC 9420 groups. Only the interoperability tests use another profile
 * than `CHAPAR_PROFILE`.
 */
interface Profile {
  /** the ratchet tree travels sealed beside the Welcome, never inside */
  readonly sealedTree: boolean;
  /** frames are padded to buckets, and others are refused */
  readonly padded: boolean;
  /** a group has exactly one context extension, ours */
  readonly strictContext: boolean;
  /** opens commits that travel as PublicMessage (RFC 9420 §6.2); undefined where none do */
  readonly publicHandshakes: OpenPublic | undefined;
  /** commits that bring somebody in carry the chain key where the suite is not post-quantum */
  readonly chainKeys: boolean;
  /** credential types our leaves say they understand */
  readonly credentialTypes: readonly CredentialTypeName[];
  readonly writeCredential: (credential: DeviceCredential) => Uint8Array;
  readonly readCredential: ReadCredential;
}

const CHAPAR_PROFILE: Profile = {
  sealedTree: true,
  padded: true,
  strictContext: true,
  publicHandshakes: undefined,
  chainKeys: true,
  credentialTypes: ["basic"],
  writeCredential: encodeCredential,
  readCredential: parseCredential,
};

/** What `tsMls` is built from. */
export interface TsMlsOptions {
  readonly crypto: CryptoPort;
  readonly authenticate: Authenticate;
  readonly allow?: Allow;
  readonly findPsk?: FindPsk;
  /**
   * The device's clock. ts-mls itself compares key packages that we add with the host's clock, so a clock for tests must
   * stay within `keyPackageLifetimeMs` of it.
   */
  readonly nowMs: NowMs;
  /** the only one that is spoken; both by default */
  readonly suite?: SuiteName;
  readonly keyPackageLifetimeMs?: number;
  readonly profile?: Profile;
}

export interface Environment {
  readonly crypto: CryptoPort;
  readonly suite: Suite;
  readonly provider: CiphersuiteImpl;
  readonly kdf: TreeKdf;
  /** the suite's hash */
  readonly digest: (bytes: Uint8Array) => Uint8Array;
  readonly authenticate: Authenticate;
  readonly allow: Allow;
  readonly findPsk: FindPsk;
  /** X-Wing with the primitives of the suite `x-wing`, for what must stand against a quantum computer in any suite */
  readonly hybrid: Hpke;
  readonly hybridKem: Kem;
  /** whether commits that bring somebody in carry the chain key */
  readonly chained: boolean;
  readonly nowMs: NowMs;
  readonly keyPackageLifetimeMs: number;
  readonly profile: Profile;
}

/** Without a policy nobody comes in from outside. */
function membersOnly({ kind }: GroupChange): boolean {
  return kind === "commit";
}

/** @throws E2eError `e2e/not-allowed` */
export async function checkAllowed(env: Environment, change: GroupChange): Promise<void> {
  if (!(await env.allow(change))) throw e2eError("e2e/not-allowed");
}

export function makeEnvironment(options: TsMlsOptions): Environment {
  const suite = SUITES[options.suite ?? "x-wing"];
  const hybrid = SUITES["x-wing"];
  const hybridKem = hybrid.kem(options.crypto);
  const profile = options.profile ?? CHAPAR_PROFILE;
  return {
    crypto: options.crypto,
    suite,
    provider: makeProvider(options.crypto, suite),
    kdf: treeKdf(options.crypto, suite.hash),
    digest: (bytes) => (suite.hash === "sha256" ? options.crypto.sha256(bytes) : options.crypto.sha512(bytes)),
    authenticate: options.authenticate,
    allow: options.allow ?? membersOnly,
    findPsk: options.findPsk ?? (() => undefined),
    hybrid: hpke(options.crypto, { kem: hybridKem, hash: hybrid.hash, aeadKeyBytes: hybrid.aeadKeyBytes }),
    hybridKem,
    chained: profile.chainKeys && !suite.postQuantum,
    nowMs: options.nowMs,
    keyPackageLifetimeMs: options.keyPackageLifetimeMs ?? KEY_PACKAGE_LIFETIME_MS,
    profile,
  };
}

/** An authentication service bound to one operation, which remembers that it said no. */
export interface Authentication {
  readonly service: AuthenticationService;
  /** @throws E2eError `e2e/bad-credential` when the service refused a leaf */
  rethrow(): void;
}

/** @param context the group's context bytes as they are after the operation */
export function authentication(env: Environment, context: Uint8Array): Authentication {
  let refused = false;
  return {
    service: {
      validateCredential: async (credential, signatureKey) => {
        const parsed =
          credential.credentialType === "basic" && "identity" in credential
            ? env.profile.readCredential(credential.identity, signatureKey)
            : undefined;
        const accepted = parsed !== undefined && (await env.authenticate(parsed, context));
        refused ||= !accepted;
        return accepted;
      },
    },
    rethrow: () => {
      if (refused) throw e2eError("e2e/bad-credential");
    },
  };
}

/**
 * ts-mls's configuration for one operation.
 *
 * @param checkLifetimes false only while joining: a member whose key package has run out since it joined must not make
 * the group impossible to join (RFC 9420 §7.3 recommends the check for messages, not for trees)
 */
export function clientConfig(env: Environment, service: AuthenticationService, checkLifetimes = true): ClientConfig {
  return {
    keyRetentionConfig: {
      retainKeysForGenerations: 0, // a skipped message's key would let a thief read the ones before it
      retainKeysForEpochs: 1,
      maximumForwardRatchetSteps: MAX_SKIPPED_GENERATIONS,
    },
    lifetimeConfig: {
      maximumTotalLifetime: BigInt(Math.ceil((env.keyPackageLifetimeMs + CLOCK_SKEW_MS) / 1000)),
      validateLifetimeOnReceive: checkLifetimes,
    },
    keyPackageEqualityConfig: {
      compareKeyPackages: (a, b) => sameBytes(a.leafNode.signaturePublicKey, b.leafNode.signaturePublicKey),
      compareKeyPackageToLeafNode: (a, b) => sameBytes(a.leafNode.signaturePublicKey, b.signaturePublicKey),
    },
    paddingConfig: { kind: "alwaysPad", paddingLength: 0 }, // the provider pads to the exact bucket
    authService: service,
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && a.every((byte, i) => byte === b[i]);
}
