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
  openAddCheckpoint,
  refusalAnswer,
  Witness,
  type VerifierKey,
  type WitnessAnswer,
  type WitnessStore,
} from "@chapar/log";
import { generationKey, MAX_GENERATIONS } from "@chapar/evidence";
import { idText, ledgerOrigin, parseLedgerOrigin, type StationKey } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import type { StationIdentity, StationPorts } from "../ports.ts";
import type { Store } from "../store/port.ts";
import type { FollowedLogs } from "./followed-logs.ts";

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
  /** the newest generation of each station's log that was cosigned, by the station's name; 1 is left out */
  readonly #newest = new Map<string, number>();
  #followed: Pick<FollowedLogs, "isFalse" | "cosigned"> | undefined;
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

  /** Has the logs that it cosigns read: one that is false is cosigned no more, as if it were unknown (S-16). */
  follow(logs: Pick<FollowedLogs, "isFalse" | "cosigned">): void {
    this.#followed = logs;
  }

  /** Takes the logs of all stations on the operator's list: of each the newest generation that was cosigned, or the first. */
  async #learn(): Promise<void> {
    const { store } = this.#ports;
    for (const { origin } of await store.ledger.witnessHeads()) {
      const of = parseLedgerOrigin(origin);
      if (of !== undefined)
        this.#newest.set(idText(of.station), Math.max(of.generation, this.#generationOf(of.station)));
    }
    for (const { ref } of await store.peers()) this.#take(ref.key, this.#generationOf(ref.key));
  }

  #generationOf(station: StationKey): number {
    return this.#newest.get(idText(station)) ?? 1;
  }

  #take(station: StationKey, generation: number): void {
    const key = generationKey(station, generation, this.#ports.sha256);
    if (!this.#logs.has(key.name)) this.#logs.set(key.name, [key]);
  }

  /**
   * Takes a later generation of a log whose station is known (E-3), and from then on no earlier one: that log has ended. One
   * that its station's key has not signed is as unknown as it was.
   */
  async #begin(body: Uint8Array, origin: string): Promise<void> {
    const of = parseLedgerOrigin(origin);
    if (of === undefined || of.generation > MAX_GENERATIONS) return;
    const { station, generation } = of;
    const held = this.#generationOf(station);
    const { sha256, verify, store } = this.#ports;
    const isPeer = (await store.peers()).some(({ ref }) => equalBytes(ref.key, station));
    if (!isPeer || generation <= held) return;
    const keys = new Map([[origin, [generationKey(station, generation, sha256)]]]);
    const opened = await openAddCheckpoint(body, keys, { sha256, ed25519: verify });
    if (!opened.ok) return;
    this.#newest.set(idText(station), generation);
    this.#take(station, generation);
    this.#logs.delete(ledgerOrigin(station, held));
  }

  /**
   * Answers an add-checkpoint request; never rejects.
   *
   * @param body  untrusted; whoever reads it off the network stops at MAX_WITNESS_REQUEST_BYTES
   * @see tlog-witness · L-56, S-22
   */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    if (body.byteLength > MAX_WITNESS_REQUEST_BYTES) return { ...refusalAnswer("log/bad-request", 0), status: 413 };
    const request = decodeAddCheckpoint(body);
    const { origin, size } = request.ok ? request.value.checkpoint : { origin: "", size: 0 };
    try {
      if (request.ok && !this.#logs.has(origin)) {
        await this.#learn();
        if (!this.#logs.has(origin)) await this.#begin(body, origin);
      }
    } catch {
      return refusalAnswer("log/busy", 0);
    }
    if (this.#followed?.isFalse(origin) === true) return refusalAnswer("log/unknown-origin", 0);
    const answer = await this.#witness.addCheckpoint(body);
    if (answer.status === 200) this.#followed?.cosigned(origin, size);
    return answer;
  }

  /** The latest cosigned checkpoint by its path below the monitoring prefix. @see L-58 */
  async checkpoint(path: string): Promise<Uint8Array | undefined> {
    const { ledger } = this.#ports.store;
    const origins = [...this.#logs.keys(), ...(await ledger.witnessHeads()).map((head) => head.origin)];
    const origin = origins.find((one) => monitorPath(one, this.#ports.sha256) === path);
    return origin === undefined ? undefined : await ledger.witnessCheckpoint(origin);
  }

  /** The checkpoint that it cosigned last for an origin, with its cosignature. */
  async latest(origin: string): Promise<Uint8Array | undefined> {
    return await this.#ports.store.ledger.witnessCheckpoint(origin);
  }

  /** What `/witness/key` answers: the verifier key and the region, a line each. */
  get keyText(): string {
    return `${formatVerifierKey(this.key)}\n${this.#region}\n`;
  }
}
