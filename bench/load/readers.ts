/*
 * Readers of a channel, ten thousand in one process (protocol/20-channels.md §5): each has an identity, an account and an inbox at a real station, asks by
 * the channel's link, opens what it is granted, and reads the board. No engine, and no store: what is measured is the channel.
 */
import { createIdentity, deviceOf, hpke, type PrivateBundle, signerOf, xWing } from "@chapar/e2e";
import { firstChainKey, followTree, openLetter, openPeriod, PATH_KEYS, periodSecrets } from "@chapar/e2e/channels";
import { nodeCrypto } from "@chapar/e2e/node";
import {
  accountMessage,
  decodeEntry,
  encodeEntry,
  type IdentityState,
  inboxGenesis,
  type LogId,
  logIdOf,
  readMessage,
  type Response,
  type StationRef,
  writeStationRef,
} from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, fromBase64Url, equalBytes, utf8 } from "@chapar/wire/bytes";
import { LoadLink } from "./link.ts";

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);
const kem = xWing(crypto);
const box = hpke(crypto, { kem, hash: "sha512", aeadKeyBytes: 32 });

const ASK_BYTES = 3072;
const ENC_BYTES = 1120;
const READ_BYTES = 1 << 20;
const NOTHING = new Uint8Array(0);

/** What a link into a channel leads to. */
export interface ChannelPlace {
  readonly channel: Uint8Array;
  readonly log: LogId;
  readonly seed: Uint8Array;
  /** inbox of whoever leads */
  readonly inbox: LogId;
  readonly leader: Uint8Array;
}

/** Where a link leads. @param leader  device and inbox of whoever leads */
export function placeOf(link: string, leader: Pick<ChannelPlace, "inbox" | "leader">): ChannelPlace {
  const body = fromBase64Url(/b\/([A-Za-z0-9_-]+)\./u.exec(link)?.[1] ?? "");
  if (body === undefined) throw new Error("no link into a channel");
  const reader = new ByteReader(body);
  reader.u8();
  const [channel, log, seed] = [reader.bytes(20).slice(), reader.bytes(32).slice(), reader.bytes(32).slice()];
  return { ...leader, channel, log: log as LogId, seed };
}

/** The inbox of a device at a station. */
export function inboxOf(state: IdentityState, station: Uint8Array): LogId {
  const [device] = state.devices;
  if (device === undefined) throw new Error("no device");
  return logIdOf(sha256, station as StationRef["key"], encodeEntry(inboxGenesis(device, sha256)));
}

async function answer<Type extends Response["type"]>(
  link: LoadLink,
  request: Parameters<LoadLink["ask"]>[0],
  type: Type,
): Promise<Extract<Response, { type: Type }>> {
  const said = await link.ask(request);
  if (said.type !== type) throw new Error(`${request.type}: ${said.type}`);
  return said as Extract<Response, { type: Type }>;
}

/** What a reader holds. */
interface Held {
  readonly leaf: number;
  readonly keys: readonly Uint8Array[];
  readonly period: number;
  readonly periodKey: Uint8Array;
}

/** One reader. */
export class LightReader {
  readonly #url: string;
  readonly #bundle: PrivateBundle;
  readonly state: IdentityState;
  readonly #kemSeed: Uint8Array = crypto.random(32);
  #held: Held | undefined;
  #inbox: LogId | undefined;
  size = 0;
  /** bytes of what the station answered about the board */
  fetchedBytes = 0;
  askBytes = 0;
  grantBytes = 0;

  private constructor(url: string, bundle: PrivateBundle, state: IdentityState) {
    this.#url = url;
    this.#bundle = bundle;
    this.state = state;
  }

  /** Makes an identity with an account and an inbox at the station. */
  static async register(url: string): Promise<LightReader> {
    const link = await LoadLink.dial(url);
    const { station, region } = link.hello;
    const { bundle, state } = await createIdentity(
      { station: { key: station, urls: [url] }, region },
      Date.now(),
      crypto,
    );
    const reader = new LightReader(url, bundle, state);
    await link.ask({ type: "account.register", ops: state.ops.map((op) => op.bytes), token: NOTHING });
    await reader.#authenticate(link);
    const [device] = state.devices;
    if (device === undefined) throw new Error("no device");
    reader.#inbox = inboxOf(state, station);
    await link.ask({ type: "log.create", genesis: encodeEntry(inboxGenesis(device, sha256)) });
    link.close();
    return reader;
  }

  async #authenticate(link: LoadLink): Promise<void> {
    const { station, nonce } = link.hello;
    const { identity } = this.state;
    const device = await deviceOf(this.#bundle, crypto);
    const signer = await signerOf(this.#bundle.deviceSeed, crypto);
    const signature = await signer.sign(accountMessage(station, nonce, identity, device));
    await link.ask({ type: "account.auth", identity, device, signature });
  }

  /** Leaves an ask in the leader's inbox (H-10). */
  async ask(link: LoadLink, place: ChannelPlace, name: string): Promise<void> {
    const { identity } = this.state;
    const device = await deviceOf(this.#bundle, crypto);
    const { publicKey } = await kem.deriveKeyPair(this.#kemSeed);
    const writer = new ByteWriter(2048).bytes(place.channel).bytes(identity).bytes(device);
    writeStationRef(writer, { key: link.hello.station, urls: [this.#url] });
    const asked = writer.text(name).flag(false).bytes(publicKey).finish();
    const signer = await signerOf(this.#bundle.deviceSeed, crypto);
    const signature = await signer.sign(concatBytes(utf8("chapar channel ask v1"), sha256(asked)));
    const padded = new Uint8Array(ASK_BYTES);
    padded.set(concatBytes(asked, signature));
    const label = utf8("chapar channel ask");
    const key = crypto.hkdfExpand("sha256", crypto.hkdfExtract("sha256", NOTHING, place.seed), label, 32);
    const nonce = crypto.random(12);
    const frame = concatBytes(Uint8Array.of(11), nonce, await crypto.aeadSeal(key, nonce, label, padded));
    const entry = encodeEntry({ kind: "knock", frame });
    this.askBytes = entry.byteLength;
    await answer(link, { type: "inbox.append", inbox: place.inbox, at: undefined, entry }, "receipt");
  }

  /** Reads the inbox and opens the grant. @returns whether one is there */
  async hear(place: ChannelPlace): Promise<boolean> {
    if (this.#inbox === undefined) throw new Error("no inbox");
    const link = await LoadLink.dial(this.#url);
    await this.#authenticate(link);
    const signer = await signerOf(this.#bundle.inboxReadSeed, crypto);
    const { station, nonce } = link.hello;
    const signature = await signer.sign(readMessage(station, nonce, this.#inbox));
    const read = { key: signer.publicKey, signature };
    await link.ask({ type: "log.open", log: this.#inbox, read, write: undefined });
    const page = await answer(
      link,
      { type: "log.read", log: this.#inbox, from: 0, maxBytes: READ_BYTES },
      "log.entries",
    );
    for (const bytes of page.entries) {
      const entry = decodeEntry(bytes);
      if (!entry.ok || entry.value.kind !== "knock" || entry.value.frame[0] !== 12) continue;
      this.grantBytes = bytes.byteLength;
      this.#held = await this.#open(place, entry.value.frame);
    }
    link.close();
    return this.#held !== undefined;
  }

  async #open(place: ChannelPlace, frame: Uint8Array): Promise<Held> {
    const keys = await kem.deriveKeyPair(this.#kemSeed);
    const [enc, sealed] = [frame.subarray(1, 1 + ENC_BYTES), frame.subarray(1 + ENC_BYTES)];
    const info = concatBytes(utf8("chapar channel grant"), place.channel);
    const plain = await box.open(keys.privateKey, enc, info, NOTHING, sealed);
    if (plain === undefined) throw new Error("the grant does not open");
    const granted = new ByteReader(new ByteReader(plain).opaque(plain.byteLength));
    granted.bytes(52);
    granted.text(256);
    granted.text(1024);
    granted.varint();
    const [period, periodKey, leaf] = [granted.index(), granted.bytes(32).slice(), granted.varint()];
    const path = granted.list(PATH_KEYS, (from) => from.bytes(32).slice());
    return { leaf, keys: path, period, periodKey };
  }

  /** Opens the board on a link. */
  async openBoard(link: LoadLink, place: ChannelPlace): Promise<void> {
    if (this.#held === undefined) throw new Error("not in the channel");
    const { readSeed } = periodSecrets(crypto, this.#held.periodKey);
    const { station, nonce } = link.hello;
    const signature = await crypto.ed25519.sign(readSeed, readMessage(station, nonce, place.log));
    const read = { key: await crypto.ed25519.publicKey(readSeed), signature };
    await link.ask({ type: "log.open", log: place.log, read, write: undefined });
  }

  /** Connects, fetches what is new on the board, and opens it. @returns letters that were opened; undefined: not in the channel any more */
  async fetch(place: ChannelPlace): Promise<number | undefined> {
    const link = await LoadLink.dial(this.#url);
    await this.openBoard(link, place);
    const page = await answer(
      link,
      { type: "log.read", log: place.log, from: this.size, maxBytes: READ_BYTES },
      "log.entries",
    );
    link.close();
    const letters = await this.take(place, page.entries);
    this.fetchedBytes += page.entries.reduce((sum, one) => sum + one.byteLength, 0) + page.head.byteLength;
    return letters;
  }

  /** Takes entries of the board. */
  async take(place: ChannelPlace, entries: readonly Uint8Array[]): Promise<number | undefined> {
    let letters = 0;
    for (const bytes of entries) {
      this.size += 1;
      const entry = decodeEntry(bytes);
      const held = this.#held;
      if (!entry.ok || held === undefined) continue;
      if (entry.value.kind === "message" && entry.value.epoch === held.period) {
        const { headKey } = periodSecrets(crypto, held.periodKey);
        const of = { log: place.log, period: held.period, headKey };
        const key = firstChainKey(crypto, held.periodKey, place.leader);
        await openLetter(crypto, of, entry.value.frame, (device) =>
          equalBytes(device, place.leader) ? { device, index: 0, key } : undefined,
        );
        letters += 1;
      }
      if (entry.value.kind !== "commit" || entry.value.epoch !== held.period) continue;
      const { commitKey } = periodSecrets(crypto, held.periodKey);
      const of = { log: place.log, ends: held.period, ...entry.value };
      const body = await openPeriod(crypto, commitKey, of, entry.value.frame, async (device) =>
        equalBytes(device, place.leader),
      );
      const followed = await followTree(crypto, held, body.period, body.seals);
      this.#held = followed && { leaf: held.leaf, period: body.period, ...followed };
      if (followed === undefined) return undefined;
    }
    return letters;
  }
}
