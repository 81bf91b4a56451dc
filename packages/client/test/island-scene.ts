/* Two regions of two stations each, and a border between them that can be cut; on a world's clock. */
import { type Carrier, CarrierError, type Link } from "@chapar/carrier";
import type { TestStation } from "@chapar/station/testing";
import * as branches from "../src/island/branches.ts";
import * as resealing from "../src/island/resealing.ts";
import * as view from "../src/island/view.ts";
import { idOf } from "./group-scene.ts";
import { HERE as MOVING } from "./moving-scene.ts";
import { type Between, type Person, World } from "./world.ts";

/** Here already: the world's clock would run on while a file is read. */
export const HERE: readonly object[] = [branches, resealing, view, ...MOVING];

/** A border: what is dialed across it does not answer while it is cut, and what was open ends. */
export class Border {
  readonly #world: World;
  readonly #regions = new Map<string, string>();
  readonly #crossing = new Map<Link, string>();
  isCut = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** A carrier of somebody in a region. */
  carrier(region: string): Carrier {
    const inner = this.#world.stations.network.carrier();
    return {
      ...inner,
      dial: async (route, options) => {
        const isAcross = (this.#regions.get(route) ?? region) !== region;
        if (isAcross && this.isCut) throw new CarrierError("carrier/unreachable");
        const link = await inner.dial(route, options);
        if (isAcross) this.#crossing.set(link, route);
        return link;
      },
    };
  }

  async station(
    name: string,
    region: string,
    more: { readonly store?: TestStation["store"] } = {},
  ): Promise<TestStation> {
    this.#regions.set(`wss://${name}.example/v1/link`, region);
    return this.#world.stations.station(name, { region, logged: true, carrier: this.carrier(region), ...more });
  }

  between(region: string): Between {
    return { carriers: [this.carrier(region)] };
  }

  cut(): void {
    this.isCut = true;
    for (const [link, route] of this.#crossing)
      this.#world.stations.network
        .links(route)
        .find((pair) => pair.dialer === link)
        ?.cut();
    this.#crossing.clear();
  }

  join(): void {
    this.isCut = false;
  }
}

/** Who and where. */
export interface Island {
  readonly world: World;
  readonly border: Border;
  /** two abroad, then two inside */
  readonly stations: TestStation[];
  /** at the first station abroad */
  readonly anna: Person;
  /** at the first station inside */
  readonly dara: Person;
  readonly sara: Person;
  /** at the second station inside */
  readonly nima: Person;
  readonly end: () => Promise<void>;
}

/** A person of a region. */
export async function somebody(
  { world, border }: Pick<Island, "world" | "border">,
  name: string,
  station: TestStation,
  region: string,
  hand: (inner: Between) => Between = (inner) => inner,
): Promise<Person> {
  const person = await world.person(name, station, hand(border.between(region)), region);
  person.client.connect();
  return person;
}

/** Everyone is connected, and nobody has written yet. */
export async function island(hands: Readonly<Record<string, (inner: Between) => Between>> = {}): Promise<Island> {
  const world = new World();
  const border = new Border(world);
  const de1 = await border.station("de1", "DE");
  const de2 = await border.station("de2", "DE");
  const ir1 = await border.station("ir1", "IR");
  const ir2 = await border.station("ir2", "IR");
  const stations = [de1, de2, ir1, ir2];
  const at = { world, border };
  const anna = await somebody(at, "Anna", de1, "DE", hands["Anna"]);
  const dara = await somebody(at, "Dara", ir1, "IR", hands["Dara"]);
  const sara = await somebody(at, "Sara", ir1, "IR", hands["Sara"]);
  const nima = await somebody(at, "Nima", ir2, "IR", hands["Nima"]);
  const people = [anna, dara, sara, nima];
  const end = async (): Promise<void> => {
    for (const person of people) await person.stop();
    for (const station of stations) await station.stop();
  };
  return { ...at, stations, anna, dara, sara, nima, end };
}

/** A group that somebody makes of others, in which everyone is. */
export async function group(s: Island, maker: Person, others: readonly Person[]): Promise<string> {
  for (const other of others) {
    const id = await maker.client.open(await other.client.invite());
    await maker.client.send(id, { text: "hello" });
  }
  await s.world.quiet([maker, ...others]);
  const people = others.map((other) => idOf(other));
  const id = await maker.client.groups.create("all", people);
  await s.world.quiet([maker, ...others]);
  await maker.client.send(id, { text: "before" });
  await s.world.quiet([maker, ...others]);
  return id;
}

/** Lets time pass until somebody reads lines, whatever else is there. */
export async function reads(
  s: Pick<Island, "world">,
  person: Person,
  id: string,
  texts: readonly string[],
): Promise<void> {
  for (let i = 0; i < 120; i++) {
    const lines = await person.lines(id);
    if (texts.every((text) => lines.includes(text))) return;
    await s.world.clock.advance(2_000);
  }
  throw new Error(
    `${await person.state()} reads ${JSON.stringify(await person.lines(id))}, not ${JSON.stringify(texts)}`,
  );
}
