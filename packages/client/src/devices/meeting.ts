/*
 * Where a new device and an old one meet while one is linked (D-3): a room log at the home whose keys follow from the code's secret. Frames
 * are sealed, so a station reads nothing of them; whoever knows the secret can append, so a role that says two things ends the linking.
 */
import { type CryptoPort } from "@chapar/e2e";
import { type MeetingKeys, meetingKeys } from "@chapar/e2e/devices";
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
import { ByteReader, ByteWriter, concatBytes, equalBytes, utf8 } from "@chapar/wire/bytes";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";

const LABEL = utf8("chapar link frame v1");
const NONCE_BYTES = 12;
/** A frame's nonce and tag. */
const SEAL_BYTES = 28;
const MAX_CONTENT_BYTES = 32_000;
const READ_BYTES = 262_144;
const LENGTH_BYTES = 4;

/** Who says something. */
export type MeetingRole = "old" | "new";

/** The place of something said: by whom, and the how-manieth it is. */
export interface Saying {
  readonly role: MeetingRole;
  readonly count: number;
}

/** Binds a frame to its place. */
function placeOf({ role, count }: Saying): Uint8Array {
  return concatBytes(LABEL, Uint8Array.of(role === "old" ? 1 : 2, count));
}

/** One side of a meeting. */
export class Meeting {
  readonly #crypto: CryptoPort;
  readonly #keys: MeetingKeys;
  readonly #station: StationRef;
  #log: LogId | undefined;

  constructor(crypto: CryptoPort, secret: Uint8Array, station: StationRef) {
    this.#crypto = crypto;
    this.#keys = meetingKeys(secret, crypto);
    this.#station = station;
  }

  async #genesis(): Promise<Uint8Array> {
    const { nonce, writeSeed, readSeed } = this.#keys;
    return encodeEntry({
      kind: "genesis",
      log: "room",
      nonce: conversationId(nonce),
      writeKey: await this.#crypto.ed25519.publicKey(writeSeed),
      readKey: await this.#crypto.ed25519.publicKey(readSeed),
    });
  }

  async #id(): Promise<LogId> {
    this.#log ??= logIdOf((bytes) => this.#crypto.sha256(bytes), this.#station.key, await this.#genesis());
    return this.#log;
  }

  /** Makes the place, which takes an account. Again: the same place. @throws WireError */
  async create(link: StationLink): Promise<void> {
    await link.ask({ type: "log.create", genesis: await this.#genesis() }, "log.state");
  }

  /** Shows the keys; false while the place is not made. @throws WireError */
  async open(link: StationLink): Promise<boolean> {
    const { ed25519 } = this.#crypto;
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

  /** Says something, once: the same again is the same entry (W-32). @throws WireError */
  async say(link: StationLink, saying: Saying, content: Uint8Array): Promise<void> {
    const body = new ByteWriter().opaque(content).finish();
    const bucket = BUCKETS_BYTES.find((sizeBytes) => sizeBytes >= body.byteLength + SEAL_BYTES);
    if (bucket === undefined) throw new RangeError("more than a frame holds");
    const plain = new Uint8Array(bucket - SEAL_BYTES);
    plain.set(body);
    const { frameKey } = this.#keys;
    const place = placeOf(saying);
    // From the content: the same again is the same bytes, and two contents never share a nonce.
    const nonce = this.#crypto.sha256(concatBytes(frameKey, place, plain)).slice(0, NONCE_BYTES);
    const frame = concatBytes(nonce, await this.#crypto.aeadSeal(frameKey, nonce, place, plain));
    const entry = encodeEntry({ kind: "message", epoch: 0, frame });
    await link.ask({ type: "log.append", log: await this.#id(), entry }, "receipt");
  }

  /** What was said at a place; undefined while nothing was. @throws ClientError `client/link-broken` two things were said there */
  async heard(link: StationLink, saying: Saying): Promise<Uint8Array | undefined> {
    const log = await this.#id();
    let found: Uint8Array | undefined;
    for (let from = 0; ;) {
      const page = await link.ask({ type: "log.read", log, from, maxBytes: READ_BYTES }, "log.entries");
      for (const entry of page.entries) {
        const content = await this.#opened(entry, saying);
        if (content === undefined) continue;
        if (found !== undefined && !equalBytes(found, content)) throw new ClientError("client/link-broken");
        found = content;
      }
      from += page.entries.length;
      if (page.entries.length === 0) return found;
    }
  }

  async #opened(bytes: Uint8Array, saying: Saying): Promise<Uint8Array | undefined> {
    const entry = decodeEntry(bytes);
    if (!entry.ok || entry.value.kind !== "message") return undefined;
    const nonce = entry.value.frame.subarray(0, NONCE_BYTES);
    const sealed = entry.value.frame.subarray(NONCE_BYTES);
    const plain = await this.#crypto.aeadOpen(this.#keys.frameKey, nonce, placeOf(saying), sealed);
    if (plain === undefined || plain.byteLength < LENGTH_BYTES) return undefined;
    const reader = new ByteReader(plain);
    const content = reader.opaque(MAX_CONTENT_BYTES).slice();
    const isPadded = reader.rest().every((byte) => byte === 0);
    return reader.failed || !isPadded ? undefined : content;
  }
}
