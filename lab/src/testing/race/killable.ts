/* A station that can be killed and begun anew in its place, and links that can be cut. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Carrier, Link } from "@chapar/carrier";
import { stationKey, type StationRef } from "@chapar/wire";
import { LabError } from "../../errors.ts";

const MAIN = fileURLToPath(new URL("hub-main.ts", import.meta.url));

interface Told {
  readonly url: string;
  readonly key: readonly number[];
  readonly token: readonly number[];
}

/** A station's process. */
export class KillableStation implements AsyncDisposable {
  readonly #folder: string;
  readonly #name: string;
  #child: ChildProcess | undefined;
  #told: Told | undefined;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
  }

  get ref(): StationRef {
    const { key, url } = this.#known();
    return { key: stationKey(Uint8Array.from(key)), urls: [url] };
  }

  get token(): Uint8Array {
    return Uint8Array.from(this.#known().token);
  }

  #known(): Told {
    if (this.#told === undefined) throw new LabError("lab/not-ready", "the station was not started");
    return this.#told;
  }

  /** Begins it, at the port that it had. */
  async start(): Promise<void> {
    const port = this.#told === undefined ? "0" : new URL(this.#told.url).port;
    const child = fork(MAIN, [this.#folder, port, this.#name], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.#child = child;
    const gone = once(child, "exit").then(() => undefined);
    const told = await Promise.race([once(child, "message"), gone]);
    if (told === undefined) throw new LabError("lab/not-ready", "the station did not start");
    this.#told = told[0] as Told;
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** A carrier whose open links can be cut. */
export class CuttableLinks {
  readonly #links = new Set<Link>();
  cuts = 0;

  around(inner: Carrier): Carrier {
    return {
      kind: inner.kind,
      handles: (route) => inner.handles(route),
      dial: async (route, options) => {
        const link = await inner.dial(route, options);
        this.#links.add(link);
        void link.ended.then(() => this.#links.delete(link));
        return link;
      },
    };
  }

  cut(): void {
    for (const link of this.#links) {
      link.close();
      this.cuts += 1;
    }
  }
}
