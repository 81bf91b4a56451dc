/*
 * Sessions as a carrier: whoever dials gets a link as from any carrier, which lives on when the links below it do not.
 * While the link it has is good, a session uses the route that was dialed; when that is lost or falls silent, every route
 * of the same station is raced, the silent one last.
 */
import { CarrierError } from "../errors.ts";
import type { HandshakeDiscipline } from "../handshake-discipline.ts";
import type { Carrier, Link } from "../port.ts";
import { raceRoutes } from "../racing.ts";
import type { RouteMemory } from "../route-memory.ts";
import { dialSession, type DialSessionOptions, type LinkSearch } from "./dialer.ts";
import type { Session, SessionPorts } from "./driver.ts";
import type { SessionLimits } from "./limits.ts";

/** What a carrier of sessions needs. */
export interface SessionCarrierOptions extends SessionPorts {
  /** what drives the routes; their links must lead to a SessionAcceptor */
  readonly carriers: readonly Carrier[];
  /** remembers failures between searches; the caller's own race may use the same */
  readonly memory: RouteMemory;
  /** keeps handshakes to one front apart; none by default */
  readonly discipline?: HandshakeDiscipline;
  /** the other routes to the station that a route leads to, best first; none by default */
  readonly alternatives?: (route: string) => readonly string[];
  /** the station's key, when it is known */
  readonly acceptorKey?: (route: string) => Uint8Array | undefined;
  readonly probeBytes?: number;
  readonly limits?: Partial<SessionLimits>;
  readonly onSwitch?: DialSessionOptions["onSwitch"];
  /** every session dialed, for those who need its streams */
  readonly onSession?: (session: Session, route: string) => void;
}

/** Finds links for one session: the dialed route first, then all of them. */
function finder(options: SessionCarrierOptions, carrier: Carrier, dialed: string): DialSessionOptions["findLink"] {
  return async ({ need, route, usable, signal }: LinkSearch) => {
    if (need === "first") {
      const link = await carrier.dial(dialed, { signal });
      try {
        return { route: dialed, value: await usable(link) };
      } catch (error) {
        link.close();
        throw error;
      }
    }
    const { clock, memory, carriers, discipline } = options;
    const all = [...new Set([dialed, ...(options.alternatives?.(dialed) ?? [])])];
    // A route that swallows what it is given may still open quickly: it comes after all that are not under suspicion.
    const routes = need === "quiet" ? all.toSorted((a, b) => Number(a === route) - Number(b === route)) : all;
    if (need === "quiet" && route !== undefined && all.length > 1) memory.failed(route);
    return await raceRoutes({ routes, carriers, clock, memory, discipline, usable: (link) => usable(link), signal });
  };
}

/**
 * Presents sessions as links of the routes that the given carriers drive.
 *
 * Its `dial` opens one link over the route and attaches a new session to it; closing what it returns closes the session.
 */
export function sessionCarrier(options: SessionCarrierOptions): Carrier {
  const driverOf = (route: string): Carrier | undefined => options.carriers.find((each) => each.handles(route));
  return {
    kind: "session",
    handles: (route) => driverOf(route) !== undefined,
    async dial(route, { signal }): Promise<Link> {
      signal.throwIfAborted();
      const carrier = driverOf(route);
      if (carrier === undefined) throw new CarrierError("carrier/bad-route");
      const { carriers: _carriers, memory: _memory, alternatives: _alternatives, onSession, ...rest } = options;
      const acceptorKey = options.acceptorKey?.(route);
      const { acceptorKey: _key, ...ports } = rest;
      const keyed = acceptorKey === undefined ? ports : { ...ports, acceptorKey };
      const session = await dialSession({ ...keyed, findLink: finder(options, carrier, route) }, { signal });
      onSession?.(session, route);
      return session.link;
    },
  };
}
