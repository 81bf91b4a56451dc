/*
 * One look around. First the person's own ways, as they are dialed anyway: lookup, connection, link with 64 KiB there and back. Then,
 * only when the person agreed (P-122), controls near and far, hellos of other kinds to the own front, and the station's mirror.
 * What is seen is data; what it means is `judge.ts`.
 */
import { browserHello } from "./hello.ts";
import { dnsAnswer, type DnsAnswer, dnsQuestion, weighAnswers } from "./dns.ts";
import { probeLink } from "./link-probe.ts";
import { lookIntoMirror } from "./look-mirror.ts";
import { mirrorRoute } from "./mirror.ts";
import { Pace } from "./pace.ts";
import type { Endpoint, LookPorts, Sockets } from "./ports.ts";
import { type HellosSeen, isAnswer, type LookupOutcome, type Outcome, type RouteSeen, type Seen } from "./seen.ts";
import { type Target, targetOf } from "./target.ts";
import { utf8 } from "@chapar/wire/bytes";

/** What is looked at. */
export interface LookPlan {
  /** the person's own ways, in the order in which they are tried; a mirror among them is for the wide look */
  readonly routes: readonly string[];
  /** the person agreed to more than their own ways */
  readonly isWide: boolean;
  /** something ordinary in the same country: `host:port`; the gateway when there is none */
  readonly near?: string | undefined;
  /** ordinary places abroad, `host:port` each; one that answers is enough */
  readonly far?: readonly string[] | undefined;
}

const CONNECT_MS = 4_000;
const HELLO_MS = 5_000;
const LOOKUP_MS = 4_000;
/** A real answer that comes after a forged one comes within a round trip. */
const SECOND_ANSWER_MS = 1_200;
/** A name that is on no list and no site's (RFC 2606). */
const OTHER_NAME = "www.example.org";
/** Whose Encrypted Client Hellos are dropped in some places (R7). */
const ECH_NAME = "cloudflare-ech.com";
const MAX_ROUTES = 24;
/** Kinds whose routes name no host that is connected to. */
const NO_FRONT: ReadonlySet<string> = new Set(["dns", "snow", "lan", "pt"]);
const WEB_PORT = 80;
const DNS_PORT = 53;
/** What a machine of the network answers or refuses on. */
const GATEWAY_PORT = 53;

interface Around {
  readonly ports: LookPorts;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

type WithSockets = Around & { readonly sockets: Sockets };

async function connect({ sockets }: WithSockets, to: Endpoint): Promise<Outcome> {
  const talk = await sockets.tcp(to, CONNECT_MS);
  if (typeof talk === "string") return talk;
  talk.close();
  return "ok";
}

/** Says bytes and waits for any answer at all. */
async function firstAnswer({ sockets }: WithSockets, to: Endpoint, said: readonly Uint8Array[]): Promise<Outcome> {
  const talk = await sockets.tcp(to, CONNECT_MS);
  if (typeof talk === "string") return talk;
  try {
    let answer: Uint8Array | Outcome = "timeout";
    for (const [at, bytes] of said.entries()) {
      talk.send(bytes);
      // Between two pieces a round trip passes, so that they are two packets.
      answer = await talk.next(at === said.length - 1 ? HELLO_MS : SECOND_ANSWER_MS);
      if (answer !== "timeout") break;
    }
    return typeof answer === "string" ? answer : "ok";
  } finally {
    talk.close();
  }
}

interface Found {
  readonly outcome: LookupOutcome;
  readonly address: string | undefined;
}

async function answersTo(around: WithSockets, resolver: string, host: string): Promise<readonly DnsAnswer[]> {
  const { sockets, ports } = around;
  const id = Math.floor(ports.rng.next() * 65_536);
  const question = dnsQuestion(id, host);
  if (question === undefined) return [];
  const talk = await sockets.udp({ host: resolver, port: DNS_PORT });
  const answers: DnsAnswer[] = [];
  try {
    talk.send(question);
    const begunMs = ports.clock.nowMs();
    for (let leftMs = LOOKUP_MS; leftMs > 0 && answers.length < 8;) {
      const said = await talk.next(leftMs);
      if (typeof said === "string") break;
      const answer = dnsAnswer(id, said);
      if (answer !== undefined) answers.push(answer);
      const elapsedMs = ports.clock.nowMs() - begunMs;
      leftMs = answers.length === 0 ? LOOKUP_MS - elapsedMs : Math.min(SECOND_ANSWER_MS, LOOKUP_MS - elapsedMs);
    }
    return answers;
  } finally {
    talk.close();
  }
}

async function lookUp(around: WithSockets, host: string): Promise<Found> {
  const [resolver] = around.sockets.resolvers();
  const weighed = weighAnswers(resolver === undefined ? [] : await answersTo(around, resolver, host));
  if (weighed.outcome === "ok" || weighed.outcome === "forged") return weighed;
  // A name of this machine's own files, or a name server that only speaks TCP.
  const address = await around.sockets.systemLookup(host, LOOKUP_MS);
  return address === undefined ? weighed : { outcome: "ok", address };
}

/** One way, as far as it goes. */
async function lookAtRoute(around: Around, route: string): Promise<RouteSeen | undefined> {
  const { ports, pace, signal } = around;
  const carrier = ports.carriers.find((each) => each.handles(route));
  if (carrier === undefined) return undefined;
  const { kind } = carrier;
  const target = targetOf(route);
  const front = target?.front ?? route;
  const dial = (): Promise<RouteSeen["link"]> =>
    pace.handshake(front, signal, () => probeLink(route, carrier, ports, signal));
  if (ports.sockets === undefined || target === undefined || NO_FRONT.has(kind)) return { kind, link: await dial() };
  const own: WithSockets = { ...around, sockets: ports.sockets };
  const found = target.isAddress ? undefined : await lookUp(own, target.host);
  const lookup = found?.outcome;
  const host = target.isAddress ? target.host : found?.address;
  if (host === undefined) return { kind, lookup };
  const at = { host, port: target.port };
  const connected = await connect(own, at);
  if (!isAnswer(connected)) return { kind, lookup, connect: connected };
  const link = await dial();
  if (link === undefined) return { kind };
  const seen = { kind, lookup, connect: connected, link };
  if (link.opened === "ok" && link.ended !== "silent") return seen;
  const mayGreet = target.hasTls && ports.hidesOwnHello !== true;
  if (!mayGreet) return { ...seen, again: link.opened === "ok" ? await connect(own, at) : undefined };
  const hello = await pace.handshake(front, signal, () => own.sockets.ownHello(at, target.host, HELLO_MS));
  return link.opened === "ok" ? { ...seen, again: hello } : { ...seen, hello };
}

/** Ways over different fronts at once, those over one front one after the other. */
async function lookAtRoutes(around: Around, routes: readonly string[]): Promise<readonly RouteSeen[]> {
  const all = await Promise.all(routes.slice(0, MAX_ROUTES).map((route) => lookAtRoute(around, route)));
  return all.filter((one) => one !== undefined);
}

const endpointOf = (text: string): Endpoint => {
  const at = text.lastIndexOf(":");
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(text.slice(at + 1)) };
};

async function control(around: WithSockets, place: string): Promise<Outcome> {
  const { host, port } = endpointOf(place);
  const isName = /[a-z]/i.test(host) && !host.includes(":");
  const address = isName ? (await lookUp(around, host)).address : host;
  return address === undefined ? "timeout" : await connect(around, { host: address, port });
}

/** Hellos of several kinds to one front, in an order in which no penalty hides the next answer. */
async function lookAtHellos(around: WithSockets, target: Target, at: Endpoint): Promise<HellosSeen> {
  const { sockets, pace, signal } = around;
  const turn = (act: () => Promise<Outcome>): Promise<Outcome | undefined> => pace.handshake(target.front, signal, act);
  const like = (serverName: string, hasEch = false): Promise<Outcome | undefined> =>
    turn(() =>
      firstAnswer(around, at, [browserHello({ serverName, hasEch }, (sizeBytes) => sockets.randomBytes(sizeBytes))]),
    );
  const echName = await like(ECH_NAME);
  const ech = await like(ECH_NAME, true);
  const otherName = await like(OTHER_NAME);
  const browser = target.isAddress ? undefined : await like(target.host);
  const mayGreet = around.ports.hidesOwnHello !== true;
  const own = mayGreet ? await turn(() => sockets.ownHello(at, target.host, HELLO_MS)) : undefined;
  return { echName, ech, otherName, browser, own };
}

/** A request for a page, and words of no protocol in two packets (R9). */
async function lookAtWords(
  around: WithSockets,
  host: string,
  name: string,
): Promise<NonNullable<Seen["foreignWords"]>> {
  const at = { host, port: WEB_PORT };
  const rest = ` / HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`;
  const page = await firstAnswer(around, at, [utf8(`GET${rest}`)]);
  return { page, words: page === "ok" ? await firstAnswer(around, at, [utf8("CHAPAR"), utf8(rest)]) : page };
}

/** The first of some places that answers; a place may be blocked for reasons of its own. Undefined when there is none. */
async function anyOf(
  places: readonly string[] = [],
  ask: (place: string) => Promise<Outcome | undefined>,
): Promise<Outcome | undefined> {
  let last: Outcome | undefined;
  for (const place of places) {
    last = (await ask(place)) ?? last;
    if (isAnswer(last)) break;
  }
  return last;
}

type Wider = Pick<Seen, "near" | "nearIsCountry" | "far" | "hellos" | "foreignWords" | "mirror">;

async function nearAndFar(around: WithSockets, plan: LookPlan): Promise<Wider> {
  const near = async (): Promise<Wider> => {
    if (plan.near !== undefined) return { near: await control(around, plan.near), nearIsCountry: true };
    const gateway = await around.sockets.gateway();
    if (gateway === undefined) return {};
    return { near: await connect(around, { host: gateway, port: GATEWAY_PORT }), nearIsCountry: false };
  };
  const far = async (): Promise<Wider> => ({ far: await anyOf(plan.far, (place) => control(around, place)) });
  const [here, there] = await Promise.all([near(), far()]);
  return { ...here, ...there };
}

async function lookWider(around: WithSockets, plan: LookPlan): Promise<Wider> {
  const controls = await nearAndFar(around, plan);
  const { ports, signal, sockets } = around;
  const targets = plan.routes.map(targetOf).filter((target) => target !== undefined);
  const target = targets.find(({ hasTls }) => hasTls) ?? targets[0];
  if (target === undefined) return controls;
  const host = target.isAddress ? target.host : (await lookUp(around, target.host)).address;
  if (host === undefined || !isAnswer(await connect(around, { host, port: target.port }))) return controls;
  const hellos = target.hasTls ? await lookAtHellos(around, target, { host, port: target.port }) : undefined;
  const foreignWords = await lookAtWords(around, host, target.host);
  const mirror = plan.routes.map(mirrorRoute).find((one) => one !== undefined);
  if (mirror === undefined) return { ...controls, hellos, foreignWords };
  const isName = /[a-z]/i.test(mirror.host) && !mirror.host.includes(":");
  const address = isName ? (await lookUp(around, mirror.host)).address : mirror.host;
  if (address === undefined) return { ...controls, hellos, foreignWords };
  return {
    ...controls,
    hellos,
    foreignWords,
    mirror: await lookIntoMirror(mirror, { address, serverName: target.host }, { ...ports, sockets }, signal),
  };
}

/** A browser sees pages and nothing else of controls. */
async function pagesNearAndFar({ ports }: Around, plan: LookPlan): Promise<Wider> {
  const { page } = ports;
  if (page === undefined) return {};
  const of = (place: string | undefined): Promise<Outcome | undefined> =>
    place === undefined ? Promise.resolve(undefined) : page(`https://${place.replace(/:443$/, "")}/`, HELLO_MS);
  const [near, far] = await Promise.all([of(plan.near), anyOf(plan.far, of)]);
  return { near, far, ...(near === undefined ? {} : { nearIsCountry: true }) };
}

/**
 * Looks around once.
 *
 * @param signal  ends the look; what was seen until then is lost
 * @throws the signal's reason; nothing for whatever the network does
 * Cost: 64 KiB there and back over each way, up to 30 s; a wide look up to a minute and some 100 kB more.
 */
export async function lookAround(plan: LookPlan, ports: LookPorts, signal: AbortSignal): Promise<Seen> {
  const around: Around = { ports, pace: new Pace(ports.clock), signal };
  const about = { platform: ports.platform, isOnline: ports.isOnline(), isWide: plan.isWide };
  if (!about.isOnline) return { ...about, routes: [] };
  const wide = async (): Promise<Wider> => {
    if (!plan.isWide) return {};
    return ports.sockets === undefined
      ? await pagesNearAndFar(around, plan)
      : await lookWider({ ...around, sockets: ports.sockets }, plan);
  };
  // Penalties of what is shown in a wide look must not fall on the ways themselves: those go first.
  const routes = await lookAtRoutes(around, plan.routes);
  return { ...about, routes, ...(await wide()) };
}
