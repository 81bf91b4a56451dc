/* Door `@chapar/client/node`: a profile in a folder. */
import { join } from "node:path";
import {
  type Carrier,
  type Clock,
  formatLanRoute,
  type Rng,
  type Session,
  SESSION_PATH,
  snowCarrier,
} from "@chapar/carrier";
import {
  dnsCarrier,
  lanCarrier,
  newRtcPeer,
  nodeBurstCarrier,
  noiseCrypto,
  ptCarrier,
  relayCarrier,
  shadowsocksCarrier,
  systemClock,
  systemRng,
  webSocketCarrier,
  withoutOwnHello,
} from "@chapar/carrier/node";
import { tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import type { Client } from "../client-api.ts";
import type { EnginePorts } from "../engine-parts.ts";
import { openEngine } from "../engine.ts";
import { type OpenRoad, Road } from "../link/road.ts";
import * as linkCode from "../link/link-code.ts";
import * as foldCode from "../talk/fold.ts";
import { openSealed } from "../store/open-sealed.ts";
import type { VaultHolder } from "../store/sealed.ts";
import { keyFile } from "./key-file.ts";
import { nodeMedia } from "./media-files.ts";
import { networkName } from "./network-name.ts";
import { openSqliteStore } from "./sqlite-store.ts";

/**
 * Brings the code of what is done over links, for engines that are given their `sessionCode`: where time is virtual nothing may
 * wait for a disk in the middle of it.
 */
export const bringSessionCode: NonNullable<EnginePorts["sessionCode"]> = () => import("../home-session.ts");

/** What dials stations, for the same engines. */
export { linkCode };

/** How a profile is opened. Everything but the folder has a default. */
export interface NodeClientOptions {
  /** made when absent; one process at a time has it open */
  readonly profileDir: string;
  /** where its store rests; default: in the folder itself */
  readonly storeDir?: string;
  /** where its files rest; default: in the folder itself */
  readonly mediaDir?: string;
  readonly clock?: Clock;
  /** for the jitter of back-off, never for secrets */
  readonly rng?: Rng;
  /**
   * drive bare links instead of sessions. By default the home is reached by sessions over WebSockets, bursts, Shadowsocks, pluggable
   * transports, relays, volunteers' tabs and DNS, whichever leads there
   */
  readonly carriers?: readonly Carrier[];
  /** kinds of routes that sessions may use: `web`, `burst`, `ss`, `pt`, `relay`, `snow`, `dns`; all */
  readonly kinds?: readonly string[];
  /**
   * for places where Node's own TLS hello is known to be fatal (R12): routes that would show it to a host on the open internet
   * are refused with `carrier/own-hello`
   */
  readonly hidesOwnHello?: boolean;
  /** where the profile's key rests; default: `profile.key` in the folder, mode 0600 */
  readonly vault?: VaultHolder;
  /** told of failures that nobody waits for: codes, never content */
  readonly failed?: (error: unknown) => void;
}

/** What programs of pluggable transports keep of their own. */
const TRANSPORTS_FOLDER = "transports";

/** Links that carry sessions, over everything that Node can drive and that was not forbidden; pluggable transports with a folder only. */
export function sessionCarriers({
  kinds,
  hidesOwnHello,
  profileDir,
}: Partial<Pick<NodeClientOptions, "kinds" | "hidesOwnHello" | "profileDir">>): readonly Carrier[] {
  const linkPath = SESSION_PATH;
  const transports =
    profileDir === undefined ? [] : [ptCarrier({ linkPath, stateDir: join(profileDir, TRANSPORTS_FOLDER) })];
  const plain = [
    webSocketCarrier({ linkPath }),
    nodeBurstCarrier(),
    shadowsocksCarrier({ linkPath }),
    ...transports,
  ].map((carrier) => (hidesOwnHello === true ? withoutOwnHello(carrier) : carrier));
  return [...plain, relayCarrier({ carriers: plain }), dnsCarrier(), lanCarrier()].filter(
    ({ kind }) => kinds?.includes(kind) ?? true,
  );
}

/** Sessions to the home over all of them, and over volunteers' tabs. */
function nodeRoad({ kinds, ...options }: NodeClientOptions): OpenRoad {
  const ways = sessionCarriers(options);
  return (ports) => {
    // A way on which no session may run can still lead to whoever is asked for a volunteer.
    const snow = snowCarrier({ clock: ports.clock, crypto: noiseCrypto(), newPeer: newRtcPeer, carriers: ways });
    const carriers = [...ways, snow].filter(({ kind }) => kinds?.includes(kind) ?? true);
    const attend = (route: string, session: Session): void => snow.attend(route, session);
    return Promise.resolve(new Road({ ...ports, carriers, network: networkName, near: formatLanRoute, attend }));
  };
}

/**
 * Opens the profile in a folder, or makes one.
 *
 * @param profile  the folder, or the folder and what differs from the defaults
 * @throws ClientError `client/profile-in-use` another process has it open · `client/bad-profile` the key is missing or not
 * the one it was sealed with · `client/store-failed`
 * Cost: reads all conversation rows; connects to nothing before `connect`.
 */
export async function openClient(profile: string | NodeClientOptions): Promise<Client> {
  const options = typeof profile === "string" ? { profileDir: profile } : profile;
  const store = await openSealed(
    openSqliteStore(options.storeDir ?? options.profileDir),
    options.vault ?? keyFile(options.profileDir),
  );
  const clock = options.clock ?? systemClock();
  const crypto = nodeCrypto();
  try {
    return await openEngine({
      store,
      clock,
      crypto,
      carriers: options.carriers ?? [],
      ...(options.carriers === undefined ? { road: nodeRoad(options), relays: true } : {}),
      rng: options.rng ?? systemRng(),
      mls: (authenticate, _lost, findPsk) => tsMls({ crypto, authenticate, findPsk, nowMs: () => clock.nowMs() }),
      isOnline: () => true,
      media: async () => nodeMedia(options.mediaDir ?? options.profileDir),
      foldCode,
      linkCode,
      ...(options.failed === undefined ? {} : { failed: options.failed }),
    });
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

export { nodeMedia } from "./media-files.ts";
export { folderLock, optionsOf } from "./lock-folder.ts";
export type { Attempt, Change, Lock, LockState, Unlocked } from "../lock/lock.ts";
export { keyFile } from "./key-file.ts";
export { openSqliteStore } from "./sqlite-store.ts";
