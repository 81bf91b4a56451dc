/*
 * What is known of ways to the home beside its own URLs: the list that the home signed (P-51), those of the invite, those added by
 * hand, and which one worked on which network (P-45). A network is kept as a hash of its name, so that a profile does not tell
 * where its person has been.
 */
import { isRouteUrl, isWireError, MAX_ROUTES, type Response, routesMessage, type StationRef } from "@chapar/wire";
import type { Clock } from "@chapar/carrier";
import { concatBytes, type Sha256, toHex, utf8, type Verifier } from "@chapar/wire/bytes";
import type { WayView } from "../api.ts";
import { ClientError } from "../errors.ts";
import { Lane } from "../lane.ts";
import type { Winners } from "../link/road.ts";
import type { StationLink } from "../link/station-link.ts";
import { blob, count, type FieldCodec, fields, list, optional, row, type Row, text } from "../store/record.ts";
import type { Store } from "../store/port.ts";
import { Draft } from "../store/shelf.ts";
import type { HomeRow } from "./profile-row.ts";

const KEY = utf8("routes");
/** The newest list as the home signed it, to be handed on (P-127). */
const SIGNED_KEY = utf8("routes-signed");
const LABEL = utf8("chapar network v1\0");
const NETWORK_BYTES = 8;
/** Networks that are remembered; the one used longest ago goes first. */
const MAX_NETWORKS = 16;
/** What programs of ours can drive, by how a route begins. */
const KINDS: readonly (readonly [form: RegExp, kind: string])[] = [
  [/^(?:https?|wss?):\/\//, "web"],
  [/^burst\+https?:\/\//, "burst"],
  [/^ss:\/\//, "ss"],
  [/^dns:\/\//, "dns"],
  [/^lan:\/\//, "lan"],
  [/^pt\+/, "pt"],
  [/^relay\+/, "relay"],
  [/^snow\+/, "snow"],
];

type RoutesAnswer = Extract<Response, { readonly type: "routes" }>;

interface RouteCore {
  readonly store: Store;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly verify: Verifier;
}

interface WinnerRow {
  readonly network: string;
  readonly route: string;
}

/** A list as the home signed it, checked. */
interface ListRow {
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly routes: readonly string[];
}

interface SignedRow extends ListRow {
  readonly signature: Uint8Array;
}

interface RouteRow {
  /** newest last */
  readonly winners: readonly WinnerRow[];
  /** added by hand */
  readonly added: readonly string[];
  readonly listed: ListRow | undefined;
}

const winnerField: FieldCodec<WinnerRow> = fields<WinnerRow>({ network: text, route: text });
const listField: FieldCodec<ListRow> = fields<ListRow>({ issuedMs: count, expiresMs: count, routes: list(text) });
const signedRow: Row<SignedRow> = row<SignedRow>(
  1,
  fields<SignedRow>({ issuedMs: count, expiresMs: count, routes: list(text), signature: blob }),
);
const routeRow: Row<RouteRow> = row<RouteRow>(
  1,
  fields<RouteRow>({ winners: list(winnerField), added: list(text), listed: optional(listField) }),
);

const kindOf = (uri: string): string | undefined => KINDS.find(([form]) => form.test(uri))?.[1];

/** The routes of one profile. */
export class RouteBook implements Winners {
  readonly #core: RouteCore;
  readonly #lane = new Lane();
  #row: RouteRow;
  #signed: SignedRow | undefined;

  private constructor(core: RouteCore, known: RouteRow, signed: SignedRow | undefined) {
    this.#core = core;
    this.#row = known;
    this.#signed = signed;
  }

  static async load(core: RouteCore): Promise<RouteBook> {
    const bytes = await core.store.get("meta", KEY);
    const none = { winners: [], added: [], listed: undefined };
    const signed = await core.store.get("meta", SIGNED_KEY);
    const row = bytes === undefined ? none : routeRow.decode(bytes);
    return new RouteBook(core, row, signed === undefined ? undefined : signedRow.decode(signed));
  }

  /** The route that worked on a network last. */
  winner(network: string): string | undefined {
    const name = this.#nameOf(network);
    return this.#row.winners.find((one) => one.network === name)?.route;
  }

  /** A route has shown that it works on a network. */
  async believe(network: string, route: string): Promise<void> {
    const name = this.#nameOf(network);
    await this.#change(({ winners }) => {
      const others = winners.filter((one) => one.network !== name).slice(1 - MAX_NETWORKS);
      return { winners: [...others, { network: name, route }] };
    });
  }

  /** Every way to the home, in the order of P-53. */
  ways(home: HomeRow): readonly WayView[] {
    const { listed, added } = this.#row;
    const isExpired = listed !== undefined && listed.expiresMs <= this.#core.clock.nowMs();
    const named = (from: WayView["from"], uris: readonly string[]): WayView[] =>
      uris.map((uri) => ({ uri, kind: kindOf(uri), from }));
    const told = listed === undefined ? named("invite", home.routes) : named("station", listed.routes);
    const own = named("you", added);
    const all = [...named("home", home.station.urls), ...(isExpired ? [...own, ...told] : [...told, ...own])];
    return all.filter(({ uri }, at) => all.findIndex((other) => other.uri === uri) === at);
  }

  /** The home with all its ways, for dialing. */
  reach(home: HomeRow): StationRef {
    return { key: home.station.key, urls: this.ways(home).map(({ uri }) => uri) };
  }

  /** The ways that an invite names: never those added by hand, which may be somebody's secret (P-52). */
  shared(home: HomeRow): readonly string[] {
    return this.#row.listed?.routes ?? home.routes;
  }

  /** The newest list as the home signed it, while it holds. */
  signed(): SignedRow | undefined {
    const signed = this.#signed;
    return signed !== undefined && signed.expiresMs > this.#core.clock.nowMs() ? signed : undefined;
  }

  /** Adds a way that stands in an invite, if programs of ours can drive it. */
  async addHeard(uri: string): Promise<void> {
    if (isRouteUrl(uri) && kindOf(uri) !== undefined) await this.add(uri);
  }

  /** Adds a way by hand. @throws ClientError `client/bad-route` · `client/too-many-routes` */
  async add(uri: string): Promise<void> {
    if (!isRouteUrl(uri) || kindOf(uri) === undefined) throw new ClientError("client/bad-route");
    await this.#change(({ added }) => {
      if (added.includes(uri)) return {};
      if (added.length >= MAX_ROUTES) throw new ClientError("client/too-many-routes");
      return { added: [...added, uri] };
    });
  }

  /** Removes a way that was added by hand. @throws ClientError `client/bad-route` */
  async remove(uri: string): Promise<void> {
    await this.#change(({ added }) => {
      if (!added.includes(uri)) throw new ClientError("client/bad-route");
      return { added: added.filter((one) => one !== uri) };
    });
  }

  /** Asks the home for its list. @throws as `take`; WireError as `ask` */
  async learn(link: StationLink, home: HomeRow): Promise<void> {
    try {
      await this.take(await link.ask({ type: "routes.get" }, "routes"), home);
    } catch (error) {
      // A station that is older than lists of routes has none.
      if (!isWireError(error, "wire/unknown-frame")) throw error;
    }
  }

  /**
   * Takes in a list of the home's; what is held stays when it is refused (P-51).
   *
   * @throws ClientError `client/forged-routes` · `client/expired-routes` · `client/stale-routes`
   */
  async take({ issuedMs, expiresMs, routes, signature }: RoutesAnswer, home: HomeRow): Promise<void> {
    const { key } = home.station;
    const message = routesMessage(key, issuedMs, expiresMs, routes);
    if (!(await this.#core.verify(key, message, signature))) throw new ClientError("client/forged-routes");
    if (expiresMs <= this.#core.clock.nowMs()) throw new ClientError("client/expired-routes");
    const signed = { issuedMs, expiresMs, routes: [...routes], signature };
    await this.#change(
      ({ listed }) => {
        if (listed !== undefined && issuedMs < listed.issuedMs) throw new ClientError("client/stale-routes");
        return listed?.issuedMs === issuedMs ? {} : { listed: { issuedMs, expiresMs, routes: [...routes] } };
      },
      this.#signed?.issuedMs === issuedMs ? undefined : signed,
    );
  }

  #nameOf(network: string): string {
    return toHex(this.#core.sha256(concatBytes(LABEL, utf8(network))).subarray(0, NETWORK_BYTES));
  }

  async #change(change: (row: RouteRow) => Partial<RouteRow>, signed?: SignedRow): Promise<void> {
    await this.#lane.run(async () => {
      const changes = change(this.#row);
      if (Object.keys(changes).length === 0 && signed === undefined) return;
      const next = { ...this.#row, ...changes };
      const draft = new Draft();
      draft.put("meta", KEY, routeRow.encode(next));
      if (signed !== undefined) draft.put("meta", SIGNED_KEY, signedRow.encode(signed));
      draft.after(() => {
        this.#row = next;
        this.#signed = signed ?? this.#signed;
      });
      await draft.commit(this.#core.store);
    });
  }
}
