/* What the driver tells a station's process to do, and what it answers. */
import type { TakenKeys } from "@chapar/wire";
import type { Mode } from "./modes.ts";
import { Obedient } from "./obedient.ts";

/** A station to start in a folder. */
export interface StationOrder {
  readonly dataDir: string;
  /** 0 for any free port; kept over restarts */
  readonly port: number;
  readonly name: string;
  readonly region: string;
  readonly peers: readonly string[];
  readonly witnesses: readonly string[];
  readonly nowMs: number;
  /** a backup that it is restored from first, openly */
  readonly restoreFrom?: string;
}

/** Where a station stands. */
export interface StationAddress {
  readonly url: string;
  readonly key: Uint8Array;
  readonly token: Uint8Array;
}

/** What a station said of a person before their newest op. */
export interface Former {
  readonly ops: readonly Uint8Array[];
  readonly devices: readonly TakenKeys[];
}

/** One conversation's log that may be lied about. */
export interface Target {
  /** position in the driver's list */
  readonly place: number;
  /** empty before the room is made */
  readonly log: Uint8Array;
  /** entries that the reader held when it was last there */
  readonly held: number;
  /** identity of the person the lie is for */
  readonly victim: Uint8Array;
  /** identity of the other person of the conversation */
  readonly subject: Uint8Array;
  /** as what the other person is shown, when that is the lie */
  readonly former?: Former;
}

/** A lie to be told from now on. */
export interface LieOrder {
  readonly mode: Mode;
  readonly seed: number;
  readonly targets: readonly Target[];
}

/** A lie that is being told. */
export interface Told {
  readonly place: number;
  /** what exactly, for whoever replays it */
  readonly how: string;
}

/** Whether anything is going on in a process, and when something will. */
export interface Pulse {
  /** rises with every chunk that a link of the station moved */
  readonly activity: number;
  /** writes that are not on disk yet */
  readonly busy: number;
  /** when the next sleeper wakes, if any */
  readonly nextAtMs: number | undefined;
}

/** Every order: what goes in and what comes out. */
export interface Orders {
  open: { readonly in: StationOrder; readonly out: StationAddress };
  move: { readonly in: number; readonly out: Pulse };
  pulse: { readonly in: undefined; readonly out: Pulse };
  /** copies the folder as it is on disk, with the station stopped for the time of it */
  backUp: { readonly in: { readonly to: string }; readonly out: undefined };
  /** writes a backup as operators do, while it runs */
  save: { readonly in: { readonly to: string }; readonly out: undefined };
  /** goes on from a copy, or, without one, from what it has */
  restart: { readonly in: { readonly from?: string }; readonly out: undefined };
  lie: { readonly in: LieOrder; readonly out: readonly Told[] };
  /** starts a second process with the same key over a copy of the folder; answers where it listens */
  twin: { readonly in: undefined; readonly out: { readonly url: string } };
  /** lets its clock jump to a moment */
  leap: { readonly in: number; readonly out: Pulse };
  /** the op chain that it holds of a person */
  ops: { readonly in: { readonly identity: Uint8Array }; readonly out: readonly Uint8Array[] };
  close: { readonly in: undefined; readonly out: undefined };
}

/** A station's process, as the driver sees it. */
export class StationProcess extends Obedient<Orders> {
  constructor() {
    super(new URL("./station-main.ts", import.meta.url));
  }
}
