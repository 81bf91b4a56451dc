/*
 * Chapar's own station under load: a process of its own with a fresh data folder on this machine's disk, spoken to in real
 * frames. Rooms are made with keys of the generator's; frames are random bytes of the right size, since a station cannot
 * tell them from sealed ones. 1 KiB of text travels in the 2 KiB bucket, as it would from a client.
 */
import { fork, type ChildProcess } from "node:child_process";
import { createPrivateKey, createPublicKey, hash, randomBytes, sign, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIdentity, deviceOf, signerOf } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { accountMessage, encodeEntry, logIdOf, readMessage, writeMessage, type LogId } from "@chapar/wire";
import { LoadLink } from "../load/link.ts";
import { inBatches } from "../load/batches.ts";
import { cpuMsOf, residentBytesOf } from "../load/process.ts";
import type { Listener, Pair, System } from "../load/system.ts";

const FRAME_BYTES = 2048;
const BATCH = 100;
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

const crypto = nodeCrypto();
const sha256 = (bytes: Uint8Array): Uint8Array => hash("sha256", bytes, "buffer");

/** An Ed25519 key of the generator's. */
class Key {
  readonly #key: KeyObject = createPrivateKey({
    key: Buffer.concat([PKCS8, randomBytes(32)]),
    format: "der",
    type: "pkcs8",
  });
  readonly publicKey: Uint8Array = new Uint8Array(
    createPublicKey(this.#key).export({ format: "der", type: "spki" }).subarray(-32),
  );
  sign(message: Uint8Array): Uint8Array {
    return new Uint8Array(sign(null, message, this.#key));
  }
}

interface Room {
  readonly log: LogId;
  readonly write: Key;
  readonly read: Key;
}

class ChaparStation implements System {
  readonly name = "chapar";
  readonly version = "this commit";
  readonly durable = true;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #url: string;
  readonly #links: LoadLink[] = [];
  #owner: LoadLink | undefined;

  constructor(process: ChildProcess, folder: string, url: string) {
    this.#process = process;
    this.#folder = folder;
    this.#url = url;
  }

  async #dial(): Promise<LoadLink> {
    const link = await LoadLink.dial(this.#url);
    this.#links.push(link);
    return link;
  }

  /** The link whose account makes rooms. */
  async #account(): Promise<LoadLink> {
    if (this.#owner !== undefined) return this.#owner;
    const link = await this.#dial();
    const { station, nonce, region } = link.hello;
    const home = { station: { key: station, urls: [this.#url] }, region };
    const { bundle, state } = await createIdentity(home, Date.now(), crypto);
    await link.ask({ type: "account.register", ops: state.ops.map((op) => op.bytes), token: new Uint8Array(0) });
    const { identity } = state;
    const device = await deviceOf(bundle, crypto);
    const signer = await signerOf(bundle.deviceSeed, crypto);
    const signature = await signer.sign(accountMessage(station, nonce, identity, device));
    await link.ask({ type: "account.auth", identity, device, signature });
    this.#owner = link;
    return link;
  }

  async #room(): Promise<Room> {
    const owner = await this.#account();
    const [write, read] = [new Key(), new Key()];
    const genesis = encodeEntry({
      kind: "genesis",
      log: "room",
      nonce: randomBytes(20),
      writeKey: write.publicKey,
      readKey: read.publicKey,
    });
    await owner.ask({ type: "log.create", genesis });
    return { log: logIdOf(sha256, owner.hello.station, genesis), write, read };
  }

  async #writer(room: Room, listener: Listener): Promise<Pair> {
    const link = await this.#dial();
    const { station, nonce } = link.hello;
    const signature = room.write.sign(writeMessage(station, nonce, room.log, 0));
    const read = { key: room.read.publicKey, signature: room.read.sign(readMessage(station, nonce, room.log)) };
    await link.ask({ type: "log.open", log: room.log, read, write: { epoch: 0, signature } });
    return pairOf(link, room.log, listener);
  }

  async #reader(room: Room, from: number, listener: Listener): Promise<void> {
    const link = await this.#dial();
    const { station, nonce } = link.hello;
    const read = { key: room.read.publicKey, signature: room.read.sign(readMessage(station, nonce, room.log)) };
    await link.ask({ type: "log.open", log: room.log, read, write: undefined });
    link.onPush = (push) => tellOf(push.entries, listener);
    await link.ask({ type: "log.follow", log: room.log, from });
  }

  async pairs(count: number, listener: Listener): Promise<readonly Pair[]> {
    return await inBatches(count, BATCH, async () => {
      const room = await this.#room();
      await this.#reader(room, 1, listener);
      return await this.#writer(room, listener);
    });
  }

  async offline(
    count: number,
    listener: Listener,
  ): Promise<{ readonly pairs: readonly Pair[]; drain(expected: number): Promise<void> }> {
    const rooms = await inBatches(count, BATCH, () => this.#room());
    const pairs = await Promise.all(rooms.map((room) => this.#writer(room, listener)));
    const drain = async (expected: number): Promise<void> => {
      const all = Promise.withResolvers<undefined>();
      let come = 0;
      const counting: Listener = {
        ...listener,
        acknowledged: () => undefined,
        delivered: (seq) => {
          listener.delivered(seq);
          if (++come === expected) all.resolve(undefined);
        },
      };
      await Promise.all(rooms.map((room) => this.#reader(room, 1, counting)));
      await all.promise;
    };
    return { pairs, drain };
  }

  async room(readers: number, listener: Listener): Promise<Pair> {
    const room = await this.#room();
    await inBatches(readers, BATCH, () => this.#reader(room, 1, listener));
    return await this.#writer(room, listener);
  }

  async idle(count: number): Promise<number> {
    const room = await this.#room();
    const quiet: Listener = { delivered: () => undefined, acknowledged: () => undefined };
    await inBatches(Math.max(0, count - this.#links.length), BATCH, () => this.#reader(room, 1, quiet));
    return this.residentBytes();
  }

  residentBytes(): number {
    return residentBytesOf(this.#process.pid ?? 0);
  }

  cpuMs(): number | undefined {
    return cpuMsOf(this.#process.pid ?? 0);
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.close();
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Where the number stands in an encoded message entry: version, kind, epoch, then the frame's two-byte length. */
const NUMBER_AT = 1 + 1 + 8 + 2;

/** Tells the listener of each entry of a push, by the number in front of its sealed frame. */
function tellOf(entries: readonly Uint8Array[], listener: Listener): void {
  const [first] = entries;
  if (first === undefined) return;
  // The entries of a push are views into one frame: one DataView reads them all.
  const view = new DataView(first.buffer);
  for (const entry of entries) listener.delivered(view.getFloat64(entry.byteOffset + NUMBER_AT));
}

function pairOf(link: LoadLink, log: LogId, listener: Listener): Pair {
  let settled: (() => void) | undefined;
  const send = link.appends(log, randomBytes(FRAME_BYTES), () => {
    listener.acknowledged();
    if (settled !== undefined && link.openAppends === 0) settled();
  });
  return {
    send,
    get unsentBytes() {
      return link.unsentBytes;
    },
    settled: () =>
      new Promise((resolve) => {
        if (link.openAppends === 0) resolve();
        else settled = resolve;
      }),
  };
}

/** Starts a station on a free loopback port, with a data folder under the system's folder for temporary files. */
export async function startChapar(): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), "chapar-bench-station-"));
  // It is given this process's own Node options, which the launcher gives a station and the bench alike.
  const child = fork(join(import.meta.dirname, "../load/station-main.ts"), [folder], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("message", (message) => (typeof message === "string" ? resolve(message) : reject(new Error("no URL"))));
    child.once("exit", (code) => reject(new Error(`the station ended with ${code}`)));
  });
  return new ChaparStation(child, folder, url);
}
