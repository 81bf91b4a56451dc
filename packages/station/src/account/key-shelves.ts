/*
 * Key packages of devices: put by the device, taken by whoever starts a conversation with it, each given once. The last
 * one is given again rather than none and marked, so that the device sees a count of 0 and puts new ones (W-23). Each suite of a device is
 * a shelf of its own.
 */
import type { DeviceId, IdentityId, TakenKeys } from "@chapar/wire";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import { MAX_DEVICE_KEY_PACKAGES } from "../limits.ts";
import type { Store, Write } from "../store/port.ts";
import { KeyedLock } from "./keyed-lock.ts";

/** Whose packages, and of which MLS suite. */
interface ShelfOf {
  readonly identity: IdentityId;
  readonly device: DeviceId;
  readonly suite: number;
}

/** The key packages of all devices. Puts and takes of one identity happen one after the other. */
export class KeyShelves {
  readonly #store: Store;
  readonly #lock = new KeyedLock();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Adds packages; answers how many of the suite there are. @throws StationError `station/too-many-key-packages` */
  async put({ identity, device, suite }: ShelfOf, packages: readonly Uint8Array[]): Promise<number> {
    return await this.#lock.run(bytesKey(identity), async () => {
      const shelf = await this.#store.keyPackages(identity, device, suite);
      const kept = shelf.count + shelf.others;
      if (kept + packages.length > MAX_DEVICE_KEY_PACKAGES) throw stationError("station/too-many-key-packages", kept);
      if (packages.length === 0) return shelf.count;
      const { next } = shelf;
      const writes: Write[] = packages.map((bytes, i) => ({
        kind: "key-package",
        identity,
        device,
        package: { sequence: shelf.lastSequence + 1 + i, suite, bytes, given: false },
      }));
      // The marked one has served: new ones have come.
      if (next?.given === true) {
        writes.push({ kind: "key-package.drop", identity, device, sequence: next.sequence });
      }
      await this.#store.commit(writes);
      return shelf.count + packages.length;
    });
  }

  /** Writes that delete every package of some devices. */
  drops(identity: IdentityId, devices: readonly DeviceId[]): readonly Write[] {
    return devices.map((device) => ({ kind: "key-package.drop-all", identity, device }));
  }

  /** Packages of a device that were never given. */
  async count({ identity, device, suite }: ShelfOf): Promise<number> {
    return (await this.#store.keyPackages(identity, device, suite)).count;
  }

  /**
   * Takes one package of a suite of every device that has one.
   *
   * @throws StationError `station/no-key-packages` when no device has one
   */
  async take(identity: IdentityId, suite: number, devices: readonly DeviceId[]): Promise<TakenKeys[]> {
    return await this.#lock.run(bytesKey(identity), async () => {
      const taken: TakenKeys[] = [];
      const writes: Write[] = [];
      for (const device of devices) {
        const { next, count } = await this.#store.keyPackages(identity, device, suite);
        if (next === undefined) continue;
        taken.push({ device, package: next.bytes });
        if (count > 1) writes.push({ kind: "key-package.drop", identity, device, sequence: next.sequence });
        else if (!next.given) writes.push({ kind: "key-package", identity, device, package: { ...next, given: true } });
      }
      if (taken.length === 0) throw stationError("station/no-key-packages");
      // Given only when it is on disk that it was given: a crash in between costs a package, never gives one twice.
      if (writes.length > 0) await this.#store.commit(writes);
      return taken;
    });
  }
}
