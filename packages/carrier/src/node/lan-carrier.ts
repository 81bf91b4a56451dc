/*
 * Dials stations on the local network, whatever leads to the internet or not: asks where the key's name is, and takes the first place that proves the key. Links are
 * sealed (P-60): a network that one is in by chance is nobody's friend.
 */
import { createHash } from "node:crypto";
import { CarrierError } from "../errors.ts";
import { lanName, lanRoute, requireLanRoute } from "../lan/lan-route.ts";
import type { Carrier, Link } from "../port.ts";
import { SEALED_PATH } from "../web-socket-route.ts";
import { findOnLan, type LanFinderOptions, type LanPlace } from "./lan-finder.ts";
import { sealLink } from "./sealed-link.ts";
import { webSocketCarrier } from "./web-socket-carrier.ts";

/** What a lan carrier may be told. */
export interface LanCarrierOptions extends LanFinderOptions {
  /** for an answer to come; 1.5 s: who is here answers in milliseconds */
  readonly answerLimitMs?: number;
  /** for a place that answered to prove the key; 8 s */
  readonly dialLimitMs?: number;
  /** until the other end has answered a close; 5 s */
  readonly closeLimitMs?: number;
  /** SEALED_PATH, or SEALED_LINK_PATH for links between stations */
  readonly linkPath?: string;
  readonly nowMs?: () => number;
}

/** As a platform says that a name leads nowhere: no handshake took place (handshake-discipline.ts). */
const NOT_HERE = "ENOTFOUND";

/** Drives `lan://` routes. Its links lead to the door at which stations take sealed links of sessions. */
export function lanCarrier(options: LanCarrierOptions = {}): Carrier {
  const {
    answerLimitMs = 1_500,
    dialLimitMs = 8_000,
    closeLimitMs = 5_000,
    nowMs = Date.now,
    linkPath = SEALED_PATH,
  } = options;
  const sockets = webSocketCarrier({ dialLimitMs, closeLimitMs, linkPath });
  const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());

  const open = async ({ host, port }: LanPlace, key: Uint8Array, signal: AbortSignal): Promise<Link> => {
    const link = await sockets.dial(`http://${host}:${port}`, { signal });
    return await sealLink(link, key, { signal, sealLimitMs: dialLimitMs, closeLimitMs });
  };
  return {
    kind: "lan",
    handles: (route) => lanRoute(route) !== undefined,
    dial(route, { signal }): Promise<Link> {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const key = requireLanRoute(route);
        const over = new AbortController();
        let trying = 0;
        let failure: unknown = new CarrierError("carrier/unreachable", NOT_HERE);
        let isWaiting = true;
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", abort);
          act();
          over.abort(new CarrierError("carrier/unusable"));
        };
        const abort = (): void => settle(() => reject(signal.reason));
        const giveUp = (): void => {
          if (!isWaiting && trying === 0) settle(() => reject(failure));
        };
        const timer = setTimeout(() => {
          isWaiting = false;
          giveUp();
        }, answerLimitMs);
        signal.addEventListener("abort", abort, { once: true });
        const attempt = (place: LanPlace): void => {
          trying++;
          open(place, key, over.signal).then(
            (link) => (over.signal.aborted ? link.close() : settle(() => resolve(link))),
            (error: unknown) => {
              trying--;
              failure = error;
              giveUp();
            },
          );
        };
        void findOnLan(lanName(sha256, key, nowMs()), options, attempt, over.signal);
      });
    },
  };
}
