/* Ways to the home station: what is known of them, and files that carry them (protocol/8-road.md). */
import type { WayFileView, WayView } from "./api.ts";
import { ANSWERS, type CallTable } from "./part.ts";

/** What a person chose against whoever watches a station or a line. */
export interface ShieldView {
  /** rooms have links of their own, on which the account is never shown */
  readonly on: boolean;
  /** relays between this device and the station on the ways that such links take: 0, 1 or 2 */
  readonly relays: number;
}

/** `client.ways`. */
export interface WayCalls {
  /** Ways to the home station, in the order in which they are tried where nothing is known of the network. */
  list(): Promise<readonly WayView[]>;
  /** Adds a way; it stays on this device. Again: nothing. @throws ClientError `client/bad-route` · `client/too-many-routes` */
  add(uri: string): Promise<void>;
  /** Removes a way that was added here. @throws ClientError `client/bad-route` when it was not */
  remove(uri: string): Promise<void>;
  /** An invite with the home's signed list of ways, as the text of a file to hand over (protocol/8-road.md P-127). */
  file(): Promise<string>;
  /** Reads such a file without acting on it. @throws ClientError `client/bad-file` · `client/forged-routes` · `client/expired-routes` */
  readFile(text: string): Promise<WayFileView>;
  /**
   * Takes in the ways of such a file to one's own home; answers how many are new.
   * @throws as readFile; ClientError `client/other-station` · `client/stale-routes` · `client/too-many-routes`
   */
  addFile(text: string): Promise<number>;
  /** How rooms are attended (protocol/18-unlinkability.md). @param on  chooses it first, or not, for all devices of the person; links begin anew */
  shield(on?: boolean): Promise<ShieldView>;
}

/** Its calls. */
export const WAY_CALLS: CallTable<WayCalls> = {
  list: ANSWERS,
  add: ANSWERS,
  remove: ANSWERS,
  file: ANSWERS,
  readFile: ANSWERS,
  addFile: ANSWERS,
  shield: ANSWERS,
};
