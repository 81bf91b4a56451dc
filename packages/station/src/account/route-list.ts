/*
 * Further routes to this station, as it tells them to those who have an account (P-50): signed, and only for a while, so that
 * a list that somebody kept leads nobody to addresses that are somebody else's by now.
 */
import { routesMessage, type Response } from "@chapar/wire";
import type { StationIdentity, StationPorts } from "../ports.ts";

const DAY_MS = 86_400_000;
/** How long a list holds. */
export const ROUTES_HOLD_MS: number = 30 * DAY_MS;
/** A list is signed anew when it is older than this. */
const SIGN_EVERY_MS = DAY_MS;

type Routes = Extract<Response, { readonly type: "routes" }>;

/** The list of one station. */
export class RouteList {
  readonly #ports: StationPorts;
  readonly #self: StationIdentity;
  readonly #routes: readonly string[];
  #signed: Routes | undefined;

  constructor(ports: StationPorts, self: StationIdentity, routes: readonly string[]) {
    this.#ports = ports;
    this.#self = self;
    this.#routes = routes;
  }

  /** The list as of now. Cost: one signature a day. */
  async current(): Promise<Routes> {
    const nowMs = this.#ports.clock.nowMs();
    const ageMs = nowMs - (this.#signed?.issuedMs ?? Number.NEGATIVE_INFINITY);
    // A clock that was set back signs anew too: a list from the future holds for longer than was meant.
    if (this.#signed !== undefined && ageMs >= 0 && ageMs < SIGN_EVERY_MS) return this.#signed;
    const times = { issuedMs: nowMs, expiresMs: nowMs + ROUTES_HOLD_MS };
    const message = routesMessage(this.#self.ref.key, times.issuedMs, times.expiresMs, this.#routes);
    const signature = await this.#ports.signer.sign(message);
    return (this.#signed = { type: "routes", ...times, routes: this.#routes, signature });
  }
}
