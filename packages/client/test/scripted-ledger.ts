/*
 * A station log that a test writes: what the liar answers in the station's name, under its key, when it is asked about its log.
 * Heads are those that the honest station really pushed, unless the test says otherwise.
 */
import { type Incident, type LeafClaim, signIdentityWord, type SignedCheckpoint } from "@chapar/evidence";
import { TestLedger, type TestMap, withEntry } from "@chapar/evidence/testing";
import {
  consistencyProof,
  cosign,
  type Cosigner,
  decodeSignedHead,
  encodeCheckpointText,
  type NoteSignature,
} from "@chapar/log";
import { testHasher } from "@chapar/log/testing";
import { nodeCrypto } from "@chapar/e2e/node";
import {
  encodeLedgerHead,
  encodeLedgerIdentity,
  encodeLedgerLeaf,
  type LedgerHead,
  type LedgerIdentity,
  ledgerIdentityKey,
  ledgerIdentityOf,
  ledgerLogKey,
  ledgerOrigin,
  ledgerSalt,
  type LogId,
  type Request,
  type Response,
} from "@chapar/wire";
import { type Signer, toHex, utf8 } from "@chapar/wire/bytes";
import type { Lie } from "./liar.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const ABOUT_THE_LOG: ReadonlySet<Request["type"]> = new Set([
  "ledger.freshness",
  "ledger.head-proof",
  "ledger.identity-proof",
  "ledger.consistency",
  "ledger.leaf",
  "ledger.incidents",
  "ledger.policy",
  "identity.word",
]);
const REFUSED: Response = { type: "error", code: "wire/unknown-frame", detail: undefined };

/** The signer of a test station. */
export async function signerOf(station: string): Promise<Signer> {
  const seed = sha256(utf8(`station ${station}`));
  const publicKey = await crypto.ed25519.publicKey(seed);
  return { publicKey, sign: async (message) => crypto.ed25519.sign(seed, message) };
}

/** A station log in the hands of a test. */
export class ScriptedLedger {
  readonly #signer: Signer;
  ledger: TestLedger;
  readonly #earlier: TestLedger[] = [];
  #heads: TestMap = new Map();
  #identities: TestMap = new Map();
  readonly #chains = new Map<string, readonly Uint8Array[]>();
  readonly #words = new Map<string, LedgerIdentity>();
  #incident: Incident | undefined;
  wordMs = 0;
  policy = "";
  /** whose word is enough for *final*; empty: there is none */
  finalPolicy = "";
  /** whoever cosigns what is served */
  cosigner: Cosigner | undefined;
  /** further ones */
  cosigners: readonly Cosigner[] = [];
  /** when the cosignature was made */
  cosignedAtMs = 0;
  /** which epoch is served; undefined: the last */
  served: number | undefined;

  constructor(signer: Signer) {
    this.#signer = signer;
    this.ledger = new TestLedger(signer);
  }

  /** Keeps the heads of logs as they are pushed. */
  readonly watch: Lie = (frame) => {
    if (frame.kind === "notice" && frame.body.type === "log.push") this.push(frame.body.log, frame.body.head);
    return [frame];
  };

  push(log: LogId, head: Uint8Array): void {
    const decoded = decodeSignedHead(head, { stationKey: this.#signer.publicKey, logId: log });
    if (decoded.ok && decoded.value.size > (this.headOf(log)?.size ?? 0)) this.head(log, decoded.value);
  }

  readonly #sizes = new Map<string, LedgerHead>();

  headOf(log: LogId): LedgerHead | undefined {
    return this.#sizes.get(toHex(log));
  }

  /** Says what the map has of a log. */
  head(log: LogId, head: LedgerHead): void {
    const { size, root } = head;
    this.#sizes.set(toHex(log), { size, root });
    this.#heads = withEntry(this.#heads, { key: ledgerLogKey(log, sha256), value: encodeLedgerHead({ size, root }) });
  }

  /** Says what chain an identity has, in the map and as ops; `word` and `logged` where these differ from the ops. */
  chain(
    identity: Uint8Array,
    ops: readonly Uint8Array[],
    other: { readonly word?: LedgerIdentity; readonly logged?: LedgerIdentity } = {},
  ): void {
    const value = ledgerIdentityOf(ops, sha256);
    const key = this.#key(ops);
    this.#chains.set(toHex(identity), ops);
    this.#words.set(toHex(identity), other.word ?? value);
    this.#identities = withEntry(this.#identities, { key, value: encodeLedgerIdentity(other.logged ?? value) });
  }

  async #leaf(index: number): Promise<LeafClaim> {
    return this.ledger.leafClaim(index);
  }

  /** Records the newest op of a chain, as a log does before the epoch that has it. */
  op(ops: readonly Uint8Array[]): void {
    const { opCount, commitment } = ledgerIdentityOf(ops, sha256);
    this.ledger.record({ kind: "identity-op", identity: this.#key(ops), seq: opCount - 1, commitment });
  }

  /** Takes a chain out of the map. */
  without(ops: readonly Uint8Array[]): void {
    const key = toHex(this.#key(ops));
    this.#identities = new Map([...this.#identities].filter(([name]) => name !== key));
  }

  #key(ops: readonly Uint8Array[]): Uint8Array {
    return ledgerIdentityKey(ledgerSalt(ops[0] ?? new Uint8Array(0), sha256), sha256);
  }

  /** Commits what was said as an epoch. */
  async epoch(timeMs: number, isWhole = true): Promise<number> {
    this.wordMs = Math.max(this.wordMs, timeMs + 1);
    return this.ledger.epoch(this.#heads, this.#identities, timeMs, isWhole);
  }

  /** Begins a generation, as a restoration does (E-3). */
  async restore(fromMs: number, toMs: number): Promise<void> {
    this.#earlier.push(this.ledger);
    this.ledger = new TestLedger(this.#signer, this.ledger.generation + 1);
    this.#incident = { kind: "incident", what: "restored", fromMs, toMs, note: "" };
    this.ledger.record(this.#incident);
    await this.epoch(toMs + 1);
  }

  checkpoint(): SignedCheckpoint {
    return this.ledger.checkpoint(this.served ?? this.ledger.epochs - 1);
  }

  /** Answers in the station's name; undefined for what is none of the log's. */
  readonly answer = (request: Request): Promise<Response> | undefined => {
    return ABOUT_THE_LOG.has(request.type) ? this.#answer(request) : undefined;
  };

  async #answer(request: Request): Promise<Response> {
    if (request.type === "ledger.policy")
      return { type: "ledger.policy", text: utf8(request.which === 0 ? this.policy : this.finalPolicy) };
    if (this.ledger.epochs === 0) return REFUSED;
    const epoch = this.served ?? this.ledger.epochs - 1;
    if (request.type === "ledger.incidents") return this.#incidents();
    if (request.type === "ledger.consistency") {
      const hashes = await consistencyProof(request.from, request.to, this.ledger.tree.reader, testHasher());
      return { type: "log.hashes", hashes };
    }
    if (request.type === "ledger.leaf") return { type: "ledger.leaf", ...(await this.#leaf(request.index)) };
    if (request.type === "identity.word") return this.#word(request.identity);
    const key =
      request.type === "ledger.head-proof"
        ? ledgerLogKey(request.log, sha256)
        : request.type === "ledger.identity-proof"
          ? this.#key(this.#chains.get(toHex(request.identity)) ?? [])
          : undefined;
    const claim = await this.ledger.headClaim(key ?? new Uint8Array(32), epoch, await this.#cosigned());
    if (request.type === "ledger.freshness") return { type: "ledger.freshness", ...claim.epoch };
    if (request.type === "ledger.head-proof") return { type: "ledger.proof", epoch, proof: claim.mapProof };
    const identity = await this.ledger.identityClaim(key ?? new Uint8Array(32), epoch);
    return { type: "ledger.proof", epoch, proof: identity.mapProof };
  }

  async #cosigned(): Promise<readonly NoteSignature[]> {
    const all = [...(this.cosigner === undefined ? [] : [this.cosigner]), ...this.cosigners];
    const { size, root } = this.checkpoint();
    const origin = ledgerOrigin(this.ledger.station, this.ledger.generation);
    const text = encodeCheckpointText({ origin, size, root });
    const atSeconds = BigInt(Math.floor(this.cosignedAtMs / 1000));
    return Promise.all(all.map((one) => cosign(text, one, atSeconds)));
  }

  async #incidents(): Promise<Response> {
    if (this.#incident === undefined) return { type: "ledger.incidents", incidents: [] };
    const { leaf, proof } = await this.ledger.leafClaim(0);
    if (toHex(leaf) !== toHex(encodeLedgerLeaf(this.#incident))) throw new Error("not the incident");
    return { type: "ledger.incidents", incidents: [{ leaf, proof }] };
  }

  async #word(identity: Uint8Array): Promise<Response> {
    const ops = this.#chains.get(toHex(identity));
    const value = this.#words.get(toHex(identity));
    if (ops === undefined || value === undefined) return REFUSED;
    const fields = { identity: this.#key(ops), ...value, timeMs: this.wordMs };
    return { type: "identity.word", ops, word: await signIdentityWord(fields, this.#signer) };
  }
}
