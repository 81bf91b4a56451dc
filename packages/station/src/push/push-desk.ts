/*
 * Waking devices that have no link (protocol/13-notifications.md). A device leaves an address of its browser's push service; when its
 * last link ends, the logs it was reading are remembered in memory, by which nothing on disk tells whose they are; an entry in one of
 * them sends an empty message to that address. What is in the entry, who wrote it and whether it is silent, this station cannot know.
 */
import type { Clock } from "@chapar/carrier";
import type { DeviceId } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";

/** How a push service took a message; `gone`: the address leads nowhere any more. */
export type Delivery = "taken" | "gone" | "failed";

/** What the desk works with. */
export interface PushPorts {
  readonly clock: Clock;
  /** the station's VAPID key, an uncompressed point of P-256 (RFC 8292), 65 bytes */
  readonly key: Uint8Array;
  /** sends an empty message; never throws */
  readonly send: (endpoint: string) => Promise<Delivery>;
  /** whether an address may be sent to: no machine of the station's own network */
  readonly mayReach: (endpoint: string) => boolean;
  /** addresses by device in hex, from the last start */
  readonly held: ReadonlyMap<string, string>;
  /** keeps them; durable when it returns */
  readonly keep: (addresses: ReadonlyMap<string, string>) => void;
}

/** Between two messages to one device; what comes between is told by the second. */
export const PUSH_PAUSE_MS = 60_000;
/** Devices of one station that can be woken. */
const MAX_ADDRESSES = 100_000;

interface Sleeper {
  readonly logs: readonly string[];
  /** a message waits for the end of the pause */
  isDue: boolean;
  pauseEndsMs: number;
}

/** The devices that can be woken, and those that sleep. */
export class PushDesk {
  readonly #ports: PushPorts;
  readonly #addresses: Map<string, string>;
  readonly #stop = new AbortController();
  readonly #links = new Map<string, number>();
  readonly #sleepers = new Map<string, Sleeper>();
  readonly #byLog = new Map<string, Set<string>>();

  constructor(ports: PushPorts) {
    this.#ports = ports;
    this.#addresses = new Map(ports.held);
  }

  get key(): Uint8Array {
    return this.#ports.key;
  }

  /** After a start nobody knows what came before it: every device is told once (N-36). */
  begin(): void {
    for (const device of this.#addresses.keys()) this.#sleep(device, []);
    for (const device of this.#sleepers.keys()) this.#wake(device);
  }

  /** Keeps a device's address; an empty one takes it away. @throws StationError `station/not-allowed` · `station/quota` */
  put(device: DeviceId, endpoint: string): void {
    const name = toHex(device);
    if (endpoint === "") {
      if (this.#addresses.delete(name)) this.#ports.keep(this.#addresses);
      return;
    }
    if (!this.#ports.mayReach(endpoint)) throw stationError("station/not-allowed");
    if (this.#addresses.get(name) === endpoint) return;
    if (!this.#addresses.has(name) && this.#addresses.size >= MAX_ADDRESSES) throw stationError("station/quota");
    this.#addresses.set(name, endpoint);
    this.#ports.keep(this.#addresses);
  }

  /** A device has a link. */
  awake(device: DeviceId): void {
    const name = toHex(device);
    this.#links.set(name, (this.#links.get(name) ?? 0) + 1);
    this.#forget(name);
  }

  /** A link of a device ended; `logs` are those that it read. */
  asleep(device: DeviceId, logs: readonly string[]): void {
    const name = toHex(device);
    const left = (this.#links.get(name) ?? 1) - 1;
    if (left > 0) {
      this.#links.set(name, left);
      return;
    }
    this.#links.delete(name);
    if (this.#addresses.has(name)) this.#sleep(name, logs);
  }

  /** Its identity lists the device no longer. */
  gone(device: DeviceId): void {
    this.put(device, "");
    this.#forget(toHex(device));
  }

  /** An entry is on disk. Cost: O(devices that sleep on this log). */
  came(log: string): void {
    for (const device of this.#byLog.get(log) ?? []) this.#wake(device);
  }

  /** Nothing more is sent. */
  close(): void {
    this.#stop.abort();
    this.#sleepers.clear();
    this.#byLog.clear();
  }

  #sleep(device: string, logs: readonly string[]): void {
    this.#forget(device);
    this.#sleepers.set(device, { logs, isDue: false, pauseEndsMs: 0 });
    for (const log of logs) this.#byLog.set(log, (this.#byLog.get(log) ?? new Set()).add(device));
  }

  #forget(device: string): void {
    for (const log of this.#sleepers.get(device)?.logs ?? []) {
      const devices = this.#byLog.get(log);
      devices?.delete(device);
      if (devices?.size === 0) this.#byLog.delete(log);
    }
    this.#sleepers.delete(device);
  }

  #wake(device: string): void {
    const sleeper = this.#sleepers.get(device);
    if (sleeper === undefined || sleeper.isDue) return;
    const waitMs = sleeper.pauseEndsMs - this.#ports.clock.nowMs();
    if (waitMs <= 0) {
      void this.#send(device, sleeper);
      return;
    }
    sleeper.isDue = true;
    const { clock } = this.#ports;
    const send = (): void => {
      sleeper.isDue = false;
      // It may have had a link meanwhile, and so have heard.
      if (this.#sleepers.get(device) === sleeper) void this.#send(device, sleeper);
    };
    clock.sleep(waitMs, this.#stop.signal).then(send, () => undefined);
  }

  async #send(device: string, sleeper: Sleeper): Promise<void> {
    const endpoint = this.#addresses.get(device);
    if (endpoint === undefined) return;
    sleeper.pauseEndsMs = this.#ports.clock.nowMs() + PUSH_PAUSE_MS;
    if ((await this.#ports.send(endpoint)) !== "gone") return;
    // A newer address than the one that is gone stays.
    if (this.#addresses.get(device) !== endpoint) return;
    this.#addresses.delete(device);
    this.#ports.keep(this.#addresses);
    this.#forget(device);
  }
}
