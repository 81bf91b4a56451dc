/*
 * The log of a backup's marks at the home (D-40): a room log whose id and keys follow from the words, so that whoever has them finds it there without
 * an account. Each entry is a sealed, padded mark; the newest that opens holds.
 */
import { type BackupKeys, backupKeysOf } from "@chapar/e2e/devices";
import {
  BUCKETS_BYTES,
  conversationId,
  decodeEntry,
  encodeEntry,
  isWireError,
  type LogId,
  logIdOf,
  readMessage,
  type StationRef,
  writeMessage,
} from "@chapar/wire";
import { utf8 } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { sealPadded, unsealPadded } from "./padded.ts";

const LABEL = utf8("chapar backup mark v1");
const READ_BYTES = 262_144;
const LARGEST = BUCKETS_BYTES[1] ?? 2048;

/** The marks of one person's backups. */
export class BackupLog {
  readonly #core: Pick<Core, "crypto" | "sha256">;
  readonly #keys: BackupKeys;
  readonly #station: StationRef;

  /** @param key  as `backupKeyBytes` makes it */
  constructor(core: Pick<Core, "crypto" | "sha256">, key: Uint8Array, station: StationRef) {
    this.#core = core;
    this.#keys = backupKeysOf(key);
    this.#station = station;
  }

  async #genesis(): Promise<Uint8Array> {
    const { ed25519 } = this.#core.crypto;
    return encodeEntry({
      kind: "genesis",
      log: "room",
      nonce: conversationId(this.#keys.nonce),
      writeKey: await ed25519.publicKey(this.#keys.writeSeed),
      readKey: await ed25519.publicKey(this.#keys.readSeed),
    });
  }

  async #id(): Promise<LogId> {
    return logIdOf(this.#core.sha256, this.#station.key, await this.#genesis());
  }

  /** Opens it for writing on a link. @returns its id; undefined when there is no such log @throws WireError */
  async opened(link: StationLink): Promise<LogId | undefined> {
    return (await this.#open(link)) ? this.#id() : undefined;
  }

  /** @returns false when there is no such log */
  async #open(link: StationLink): Promise<boolean> {
    const { ed25519 } = this.#core.crypto;
    const { station, nonce } = link.hello;
    const log = await this.#id();
    const key = await ed25519.publicKey(this.#keys.readSeed);
    const read = { key, signature: await ed25519.sign(this.#keys.readSeed, readMessage(station, nonce, log)) };
    const signature = await ed25519.sign(this.#keys.writeSeed, writeMessage(station, nonce, log, 0));
    try {
      await link.ask({ type: "log.open", log, read, write: { epoch: 0, signature } }, "log.state");
      return true;
    } catch (error) {
      if (isWireError(error, "station/unknown-log")) return false;
      throw error;
    }
  }

  /** Adds a mark; the log is made when it is the first, which takes an account. @throws WireError */
  async add(link: StationLink, mark: Uint8Array): Promise<void> {
    if (!(await this.#open(link))) {
      await link.ask({ type: "log.create", genesis: await this.#genesis() }, "log.state");
      await this.#open(link);
    }
    const frame = await sealPadded(
      mark,
      { key: this.#keys.sealingKey, label: LABEL, sizeBytes: LARGEST },
      this.#core.crypto,
    );
    const entry = encodeEntry({ kind: "message", epoch: 0, frame });
    await link.ask({ type: "log.append", log: await this.#id(), entry }, "receipt");
  }

  /** The newest mark that opens; undefined when there is none. Needs no account. @throws WireError */
  async newest(link: StationLink): Promise<Uint8Array | undefined> {
    if (!(await this.#open(link))) return undefined;
    const log = await this.#id();
    let newest: Uint8Array | undefined;
    for (let from = 0; ;) {
      const page = await link.ask({ type: "log.read", log, from, maxBytes: READ_BYTES }, "log.entries");
      if (page.entries.length === 0) return newest;
      for (const bytes of page.entries) {
        const entry = decodeEntry(bytes);
        if (!entry.ok || entry.value.kind !== "message") continue;
        const how = { key: this.#keys.sealingKey, label: LABEL };
        newest = (await unsealPadded(entry.value.frame, how, this.#core.crypto)) ?? newest;
      }
      from += page.entries.length;
    }
  }
}
