/*
 * The lock of a device (protocol/19-device.md): one box, three places for profiles, and what a person does with them. Every change that
 * a person sees is one write of one record, so a program that is killed in the middle left either what was or what is to be.
 */
import {
  decodeContent,
  encodeContent,
  isBox,
  newBox,
  openBox,
  type Place,
  PLACES,
  saltOf,
  type SlotContent,
  withSlot,
} from "./box.ts";
import type { LockPlatform } from "./port.ts";
import { copyRows, fillLike } from "./reseal.ts";
import { decodeTries, encodeTries, stillToWaitMs, waitAfterMs } from "./tries.ts";

const KEY_BYTES = 32;

/** `none`: never locked. `off`: the lock is taken off, and the profile opens by itself. */
export type LockState = "none" | "locked" | "off";

/** An opened slot: what the profile is opened with, and what its lock is changed with. Lives as long as the screen that asked. */
export interface Unlocked {
  readonly kind: "opened";
  readonly content: SlotContent;
  /** of the slot that opened; undefined when the lock is off */
  readonly secret: Uint8Array | undefined;
}

/** What came of an attempt. */
export type Attempt =
  | Unlocked
  /** nothing opens with it; the next attempt may be made after so long */
  | { readonly kind: "wrong"; readonly waitMs: number }
  /** it was not tried: it is too soon */
  | { readonly kind: "wait"; readonly waitMs: number }
  /** it was the word that wipes; nothing is left */
  | { readonly kind: "wiped" };

/** What came of a new PIN. `taken`: it opens something already. `no-room`: there is no further place for a profile. */
export type Change = "done" | "taken" | "no-room";

/** The lock of a device. */
export class Lock {
  readonly #platform: LockPlatform;

  constructor(platform: LockPlatform) {
    this.#platform = platform;
  }

  async state(): Promise<LockState> {
    const box = await this.#platform.read("box");
    if (box === undefined || !isBox(box)) return "none";
    return (await this.#platform.read("open")) === undefined ? "locked" : "off";
  }

  async #box(): Promise<Uint8Array> {
    const box = await this.#platform.read("box");
    return box !== undefined && isBox(box) ? box : newBox(this.#platform.crypto);
  }

  /**
   * Locks a device for the first time: the profile is copied under a new key to a place drawn by chance, the other places are filled, and
   * once all of that rests, the box appears and the profile without a lock goes. Its engine has to be closed.
   *
   * @param told  how many rows were copied so far
   * Cost: opens and seals every row once.
   */
  async setUp(pin: string, told: (rows: number) => void = () => {}): Promise<void> {
    const { crypto } = this.#platform;
    const [place, ...spare] = drawnOrder(crypto.random(PLACES.length));
    const key = crypto.random(KEY_BYTES).slice();
    for (const each of PLACES) await this.#platform.clearPlace(each);
    await this.#copyTo(place, key, told);
    const empty = newBox(crypto);
    const secret = await this.#platform.stretch(pin, saltOf(empty));
    const content: SlotContent = {
      kind: "profile",
      place,
      spare,
      has: { decoy: false, passkey: false, wipe: false },
      fresh: false,
      inherits: true,
      key,
    };
    const box = await withSlot(crypto, empty, { place, door: "pin" }, { secret, content });
    await this.#platform.write("moving", new Uint8Array([place]));
    await this.#platform.write("box", box);
    await this.#finishMoving();
  }

  async #copyTo(place: Place, key: Uint8Array, told: (rows: number) => void): Promise<void> {
    const plain = await this.#platform.openPlain();
    await using from = plain.inner;
    for (const each of PLACES) {
      await using store = await this.#platform.openPlace(each);
      if (each !== place) await fillLike(this.#platform.crypto, from, store);
      else await copyRows(plain, { inner: store, vault: await this.#platform.vaultOf(key) }, told);
    }
  }

  /** The profile without a lock goes only when the box that replaces it is there. */
  async #finishMoving(): Promise<void> {
    if ((await this.#platform.read("moving")) === undefined) return;
    await this.#platform.removePlain();
    await this.#platform.write("moving", undefined);
  }

  /** Tries a PIN or a word. The attempt is counted before it is made. Cost: one stretch. */
  async unlock(pin: string): Promise<Attempt> {
    const now = this.#platform.nowMs();
    const tries = decodeTries(await this.#platform.read("tries"));
    const waitMs = stillToWaitMs(tries, now);
    if (waitMs > 0) return { kind: "wait", waitMs };
    const count = tries.count + 1;
    await this.#platform.write("tries", encodeTries({ count, lastAtMs: now }));
    const box = await this.#box();
    const found = await this.#open(await this.#platform.stretch(pin, saltOf(box)), box);
    if (found === undefined) return { kind: "wrong", waitMs: waitAfterMs(count) };
    if (found.kind === "opened") await this.#platform.write("tries", undefined);
    return found;
  }

  /** Opens with what a passkey answered, which nobody guesses: it is not counted. */
  async unlockWith(secret: Uint8Array): Promise<Attempt> {
    return (await this.#open(secret, await this.#box())) ?? { kind: "wrong", waitMs: 0 };
  }

  /** Opens the profile of a lock that is off. */
  async unlockOff(): Promise<Unlocked | undefined> {
    const content = decodeContent((await this.#platform.read("open")) ?? new Uint8Array(0));
    return content === undefined ? undefined : { kind: "opened", content, secret: undefined };
  }

  async #open(secret: Uint8Array, box: Uint8Array): Promise<Attempt | undefined> {
    const { crypto } = this.#platform;
    const content = await openBox(crypto, box, secret);
    if (content === undefined) return undefined;
    if (content.kind === "wipe") {
      await this.wipe();
      return { kind: "wiped" };
    }
    await this.#finishMoving();
    if (!content.fresh) return { kind: "opened", content, secret };
    // What lies at its place is filling: the profile begins now.
    const begun = { ...content, fresh: false };
    await this.#platform.clearPlace(content.place);
    await this.#platform.write(
      "box",
      await withSlot(crypto, box, { place: content.place, door: "pin" }, { secret, content: begun }),
    );
    return { kind: "opened", content: begun, secret };
  }

  async #isTaken(box: Uint8Array, secret: Uint8Array): Promise<boolean> {
    return (await openBox(this.#platform.crypto, box, secret)) !== undefined;
  }

  /** Writes a box in which further slots and the profile's own one changed together. */
  async #put(
    unlocked: Unlocked,
    has: SlotContent["has"],
    change: (box: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Unlocked> {
    const content: SlotContent = { ...unlocked.content, has };
    let box = await change(await this.#box());
    const { secret } = unlocked;
    if (secret !== undefined)
      box = await withSlot(this.#platform.crypto, box, { place: content.place, door: "pin" }, { secret, content });
    await this.#platform.write("box", box);
    return { ...unlocked, content };
  }

  /** Another PIN in place of the old one. */
  async changePin(unlocked: Unlocked, pin: string): Promise<Change> {
    const box = await this.#box();
    const secret = await this.#platform.stretch(pin, saltOf(box));
    if (await this.#isTaken(box, secret)) return "taken";
    await this.#put({ ...unlocked, secret }, unlocked.content.has, async (same) => same);
    return "done";
  }

  /** A PIN that opens another profile, empty at first. One that was there is given up: nothing has its key any more. */
  async setDecoy(unlocked: Unlocked, pin: string): Promise<Change> {
    const { crypto } = this.#platform;
    const [other, ...spare] = unlocked.content.spare;
    if (other === undefined) return "no-room";
    const box = await this.#box();
    const secret = await this.#platform.stretch(pin, saltOf(box));
    if (await this.#isTaken(box, secret)) return "taken";
    const content: SlotContent = {
      kind: "profile",
      place: other,
      spare,
      has: { decoy: false, passkey: false, wipe: false },
      fresh: true,
      inherits: false,
      key: crypto.random(KEY_BYTES).slice(),
    };
    await this.#put(unlocked, { ...unlocked.content.has, decoy: true }, (held) =>
      withSlot(crypto, held, { place: other, door: "pin" }, { secret, content }),
    );
    return "done";
  }

  /** Nothing opens the other profile any more; what lies there is as random as filling. */
  async removeDecoy(unlocked: Unlocked): Promise<Unlocked> {
    const { spare, has } = unlocked.content;
    const [place] = spare;
    if (place === undefined) return unlocked;
    return await this.#put(unlocked, { ...has, decoy: false }, async (box) => {
      let changed = box;
      for (const door of ["pin", "passkey", "wipe"] as const)
        changed = await withSlot(this.#platform.crypto, changed, { place, door }, undefined);
      return changed;
    });
  }

  /** A word which, typed instead of the PIN, destroys everything. */
  async setWipeWord(unlocked: Unlocked, word: string): Promise<Change> {
    const box = await this.#box();
    const secret = await this.#platform.stretch(word, saltOf(box));
    if (await this.#isTaken(box, secret)) return "taken";
    const { place, has } = unlocked.content;
    const content: SlotContent = { ...unlocked.content, kind: "wipe", key: new Uint8Array(KEY_BYTES) };
    await this.#put(unlocked, { ...has, wipe: true }, (held) =>
      withSlot(this.#platform.crypto, held, { place, door: "wipe" }, { secret, content }),
    );
    return "done";
  }

  async removeWipeWord(unlocked: Unlocked): Promise<Unlocked> {
    const { place, has } = unlocked.content;
    return await this.#put(unlocked, { ...has, wipe: false }, (box) =>
      withSlot(this.#platform.crypto, box, { place, door: "wipe" }, undefined),
    );
  }

  /** Lets a passkey open the profile too. @param secret  32 bytes that only the passkey answers with */
  async setPasskey(unlocked: Unlocked, secret: Uint8Array): Promise<Unlocked> {
    const { place, has } = unlocked.content;
    const content = { ...unlocked.content, has: { ...has, passkey: true } };
    return await this.#put(unlocked, content.has, (box) =>
      withSlot(this.#platform.crypto, box, { place, door: "passkey" }, { secret, content }),
    );
  }

  async removePasskey(unlocked: Unlocked): Promise<Unlocked> {
    const { place, has } = unlocked.content;
    return await this.#put(unlocked, { ...has, passkey: false }, (box) =>
      withSlot(this.#platform.crypto, box, { place, door: "passkey" }, undefined),
    );
  }

  /** The profile opens by itself from now on. The box and the other places stay, so nothing of them is lost. */
  async takeOff({ content }: Unlocked): Promise<void> {
    await this.#platform.write("open", encodeContent(content));
  }

  /** Puts a lock that was taken off on again, with a PIN. */
  async putOn(unlocked: Unlocked, pin: string): Promise<Change> {
    const box = await this.#box();
    const secret = await this.#platform.stretch(pin, saltOf(box));
    const holder = await openBox(this.#platform.crypto, box, secret);
    if (holder !== undefined && holder.place !== unlocked.content.place) return "taken";
    if (holder?.kind === "wipe") return "taken";
    await this.#put({ ...unlocked, secret }, unlocked.content.has, async (same) => same);
    await this.#platform.write("tries", undefined);
    await this.#platform.write("open", undefined);
    return "done";
  }

  /** Destroys everything, the box first: without it nothing of the rest can be read. */
  async wipe(): Promise<void> {
    const { crypto } = this.#platform;
    if ((await this.#platform.read("box")) !== undefined) await this.#platform.write("box", newBox(crypto));
    await this.#platform.write("open", undefined);
    await this.#platform.destroy();
  }
}

/** The places in an order drawn by chance. */
function drawnOrder(random: Uint8Array): readonly [Place, ...Place[]] {
  const [first, second, third] = [...PLACES].sort((a, b) => (random[a] ?? 0) - (random[b] ?? 0));
  return [first ?? 0, second ?? 1, third ?? 2];
}
