/*
 * The witness that every station runs (S-22): the machine of @chapar/log over the station's store, for the logs of the stations
 * on its operator's list. Who is on the list is looked up when an unknown log asks, so a peer that was added is witnessed
 * without a restart; nobody else can make this station keep anything.
 */
import {
  decodeAddCheckpoint,
  formatVerifierKey,
  makeVerifierKey,
  monitorPath,
  NoteAlgorithm,
  refusalAnswer,
  Witness,
  type VerifierKey,
  type WitnessAnswer,
  type WitnessStore,
} from "@chapar/log";
import { idText, ledgerOrigin, type StationKey } from "@chapar/wire";
import type { Signer } from "@chapar/wire/bytes";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { Store } from "../store/port.ts";

/** Most bytes of an add-checkpoint request: 63 hashes and a checkpoint with 64 Ed25519 signatures take 20 KiB. */
export const MAX_WITNESS_REQUEST_BYTES: number = 64 * 1024;

/** The witness's heads in the station's store: a `save` that resolved is on disk. */
export function witnessStore(store: Store): WitnessStore {
  return {
    load: async () =>
      new Map((await store.ledger.witnessHeads()).map(({ origin, size, root }) => [origin, { size, root }])),
    save: (origin, { size, root }) => store.commit([{ kind: "witness-head", origin, size, root }]),
    publish: (origin, checkpoint) => store.commit([{ kind: "witness-checkpoint", origin, checkpoint }]),
  };
}

/** The name of a station's cosigning key. */
export function witnessName(station: StationKey): string {
  return `${idText(station)}/witness`;
}

/** One station's witness; one at a time over a store. */
export class StationWitness {
  readonly #ports: StationPorts;
  readonly #region: string;
  readonly #witness: Witness;
  readonly #logs: Map<string, readonly VerifierKey[]>;
  /** its cosigning key, as verifiers know it */
  readonly key: VerifierKey;

  private constructor(
    parts: { readonly ports: StationPorts; readonly self: StationIdentity; readonly key: VerifierKey },
    witness: Witness,
    logs: Map<string, readonly VerifierKey[]>,
  ) {
    this.#ports = parts.ports;
    this.#region = parts.self.region;
    this.key = parts.key;
    this.#witness = witness;
    this.#logs = logs;
  }

  /** @param signer  the witness's own key, not the station's (S-1) */
  static async open(ports: StationPorts, self: StationIdentity, signer: Signer): Promise<StationWitness> {
    const { cosignatureEd25519 } = NoteAlgorithm;
    const key = makeVerifierKey(witnessName(self.ref.key), cosignatureEd25519, signer.publicKey, ports.sha256);
    const logs = new Map<string, readonly VerifierKey[]>();
    const witness = await Witness.open({
      logs,
      cosigners: [{ key, signer }],
      primitives: { sha256: ports.sha256, ed25519: ports.verify },
      store: witnessStore(ports.store),
      nowSeconds: () => BigInt(Math.floor(ports.clock.nowMs() / 1000)),
    });
    const made = new StationWitness({ ports, self, key }, witness, logs);
    await made.#learn();
    return made;
  }

  /** Takes the logs of all stations on the operator's list. */
  async #learn(): Promise<void> {
    const { sha256, store } = this.#ports;
    for (const { ref } of await store.peers()) {
      const origin = ledgerOrigin(ref.key);
      if (!this.#logs.has(origin))
        this.#logs.set(origin, [makeVerifierKey(origin, NoteAlgorithm.ed25519, ref.key, sha256)]);
    }
  }

  /**
   * Answers an add-checkpoint request; never rejects.
   *
   * @param body  untrusted; whoever reads it off the network stops at MAX_WITNESS_REQUEST_BYTES
   * @see tlog-witness · L-56, S-22
   */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    if (body.byteLength > MAX_WITNESS_REQUEST_BYTES) return { ...refusalAnswer("log/bad-request", 0), status: 413 };
    try {
      const request = decodeAddCheckpoint(body);
      if (request.ok && !this.#logs.has(request.value.checkpoint.origin)) await this.#learn();
    } catch {
      return refusalAnswer("log/busy", 0);
    }
    return await this.#witness.addCheckpoint(body);
  }

  /** The latest cosigned checkpoint by its path below the monitoring prefix. @see L-58 */
  async checkpoint(path: string): Promise<Uint8Array | undefined> {
    for (const origin of this.#logs.keys()) {
      if (monitorPath(origin, this.#ports.sha256) === path)
        return await this.#ports.store.ledger.witnessCheckpoint(origin);
    }
    return undefined;
  }

  /** What `/witness/key` answers: the verifier key and the region, a line each. */
  get keyText(): string {
    return `${formatVerifierKey(this.key)}\n${this.#region}\n`;
  }
}
