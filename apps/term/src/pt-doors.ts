/* The pluggable transports that a station or relay is reached through, as `--pt` names them: one program and one route for each. */
import { join } from "node:path";
import { isCarrierError } from "@chapar/carrier";
import { openPtDoor, type PtDoor } from "@chapar/carrier/node";
import { TermError } from "./errors.ts";

/** A transport and where people reach it. */
export interface PtChoice {
  readonly transport: string;
  readonly host: string;
  readonly port: number;
}

/** Doors that are open until disposed. */
export interface PtDoors extends AsyncDisposable {
  /** to be told to people */
  readonly routes: readonly string[];
  /** Hands what comes to a port of this machine; until then it is turned away. */
  openTo(port: number): void;
}

/**
 * Starts the transports that were named.
 *
 * @param where.folder each keeps its keys in a folder of its own below, so that its route stays the same
 * @param where.path where links are taken behind them, when not at a station's own
 * @throws TermError `term/no-transport`
 */
export async function openPtDoors(
  choices: readonly PtChoice[],
  where: { readonly folder: string; readonly path?: string },
): Promise<PtDoors> {
  const doors: PtDoor[] = [];
  const close = async (): Promise<void> => {
    for (const door of doors) await door[Symbol.asyncDispose]();
  };
  for (const { transport, host, port } of choices) {
    try {
      const stateDir = join(where.folder, "transports", transport);
      const path = where.path === undefined ? {} : { path: where.path };
      doors.push(await openPtDoor({ transport, public: { host, port }, stateDir, ...path }));
    } catch (error) {
      await close();
      if (!isCarrierError(error)) throw error;
      throw new TermError("term/no-transport", { transport, reason: error.reason ?? error.code }, { cause: error });
    }
  }
  return {
    routes: doors.map(({ route }) => route),
    openTo: (port) => {
      for (const door of doors) door.openTo(port);
    },
    [Symbol.asyncDispose]: close,
  };
}
