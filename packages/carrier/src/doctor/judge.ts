/*
 * From what was seen to what it means. A censor is named only when what it does was seen *and* what it leaves alone was seen to
 * work: silence by itself is a station that is down, a cable, a slow line. So every line below has a control beside it, and what
 * has none is called unclear. Pure: the same Seen gives the same words.
 *
 * The order matters where one cause hides others: nothing can be told of names while no address answers. It goes from what is
 * farthest upstream to what is most particular.
 */
import type { ActionName, FindingName } from "./findings.ts";
import { PROBE_BYTES } from "../session/limits.ts";
import { isAnswer, isSilent, type RouteSeen, type Seen, type ShapeSeen } from "./seen.ts";

/** One thing that was found. */
export interface Finding {
  readonly name: FindingName;
  /** seen against a control, or only likely */
  readonly isSure: boolean;
}

/** What a look means. */
export interface Judgement {
  /** first the one that explains most; never empty */
  readonly findings: readonly Finding[];
  /** for each way of the Seen: does it carry letters */
  readonly ways: readonly WayState[];
  readonly action: ActionName;
}

/** How a way does: it works, works slowly, lets some bytes through and then no more, or does not open. */
export type WayState = "works" | "slow" | "freezes" | "blocked" | "not-tried";

/** Below this a line counts as throttled when another way beside it is much faster: twice R15's 128 kbit/s. */
const THROTTLED_BYTES_PER_SECOND = 32_000;
const MUCH_FASTER = 3;
/** Visitors within a look that are no accident: a scanner of the whole internet comes once. */
const MANY_STRANGERS = 3;

/** A way whose rate says something of the line: others are slow by what they are. */
const isLong = ({ link }: RouteSeen): boolean => (link?.askedBytes ?? 0) >= PROBE_BYTES;

const sure = (name: FindingName): Finding => ({ name, isSure: true });
const likely = (name: FindingName): Finding => ({ name, isSure: false });

/** Bytes a second over a link, both ways together; 0 when nothing came. */
export function rateOf({ link }: RouteSeen): number {
  return link === undefined || link.tookMs <= 0 ? 0 : (2 * link.cameBytes * 1000) / link.tookMs;
}

/** How one way does. */
export function wayState(route: RouteSeen): WayState {
  const { link, connect, lookup } = route;
  if (link === undefined) return connect === undefined && lookup === undefined ? "not-tried" : "blocked";
  if (link.opened !== "ok") return "blocked";
  if (link.ended === "slow") return "slow";
  if (link.ended === "whole") return "works";
  return link.cameBytes > 0 ? "freezes" : "blocked";
}

function everythingFar({ routes, far, near, isOnline, nearIsCountry }: Seen): Finding | undefined {
  if (!isOnline) return sure("offline");
  if (routes.some((route) => wayState(route) !== "blocked" && wayState(route) !== "not-tried")) return undefined;
  const isSomebodyThere = routes.some(
    ({ connect, hello }) => isAnswer(connect) || isAnswer(hello) || connect === "reset",
  );
  if (isSomebodyThere || !isSilent(far)) return undefined;
  if (isSilent(near)) return sure("offline");
  if (!isAnswer(near)) return likely("no-internet");
  return nearIsCountry === true ? sure("closed-border") : likely("no-internet");
}

function lookups({ routes }: Seen): Finding | undefined {
  if (routes.some(({ lookup }) => lookup === "forged")) return sure("name-lookup");
  const failed = routes.some(({ lookup }) => lookup === "timeout" || lookup === "no-such-name");
  return failed && routes.some(({ lookup, connect }) => lookup === "ok" || isAnswer(connect))
    ? likely("name-lookup")
    : undefined;
}

function addresses({ routes, far, mirror }: Seen): Finding | undefined {
  // An address that a forged answer gave is nobody's.
  const dialed = routes.filter(({ connect, lookup }) => connect !== undefined && lookup !== "forged");
  const silent = dialed.filter(({ connect, link }) => isSilent(connect) && link?.opened !== "ok");
  if (silent.length > 0 && isAnswer(far)) return sure("address");
  if (silent.length > 0 && dialed.some(({ connect }) => isAnswer(connect))) return likely("address");
  const isDown =
    dialed.length > 0 && dialed.every(({ connect, link }) => connect === "refused" && link?.opened !== "ok");
  return isDown && !isSilent(mirror?.text) ? sure("station-down") : undefined;
}

/** What is said in the first words of TLS: names, forms, frequency. */
function hellos({ routes, hellos: told = {} }: Seen): Finding | undefined {
  const { own, browser, otherName } = told;
  const isReset = routes.some(({ hello, link }) => hello === "reset" || (link?.opened === "reset" && hello !== "ok"));
  if (isReset || own === "reset" || browser === "reset") return sure("name");
  if (own === "ok") {
    if (!isSilent(browser)) return undefined;
    return otherName === "ok" ? sure("too-many-hellos") : likely("own-hello");
  }
  if (!isSilent(own)) return undefined;
  if (browser === "ok") return sure("own-hello");
  return isSilent(browser) && otherName === "ok" ? sure("name") : undefined;
}

function flows({ routes, mirror }: Seen): Finding | undefined {
  const frozen = routes
    .filter(isLong)
    .filter(
      ({ link, again }) =>
        link?.opened === "ok" && link.ended === "silent" && link.cameBytes > 0 && again !== "timeout",
    );
  // A flow that stands still while a new one beside it begins anew: a count ran out.
  if (frozen.some(({ again }) => again === "ok")) return sure("budget");
  const rates = routes.filter((route) => isLong(route) && route.link?.opened === "ok").map(rateOf);
  const slowest = Math.min(...rates.filter((rate) => rate > 0));
  const fastest = Math.max(...rates, mirror?.text === "ok" ? (mirror.bytesPerSecond ?? 0) : 0);
  if (slowest < THROTTLED_BYTES_PER_SECOND && fastest > MUCH_FASTER * slowest) return sure("throttled");
  return frozen.length > 0 ? likely("budget") : undefined;
}

const works = (shape: ShapeSeen | undefined): boolean => shape?.shown === "ok" && shape.after !== "timeout";
/** Shown and not answered, or answered and then held against its port. */
const isHeldAgainst = (shape: ShapeSeen | undefined): boolean =>
  shape !== undefined && (isSilent(shape.shown) || isSilent(shape.after));
/** The port itself fell silent, not only the flow. */
const isPunished = (shape: ShapeSeen | undefined): boolean => shape !== undefined && isSilent(shape.after);

/** What is told by forms that were shown to the mirror, each on a port of its own, with plain text as the control. */
function shapes({ mirror }: Seen): readonly Finding[] {
  if (mirror?.text !== "ok") return [];
  const { noise, datagram, openvpn, wireguard, quic, ...others } = mirror.shapes;
  const found: Finding[] = [];
  const add = (name: FindingName, is: boolean): void => void (is && found.push(sure(name)));
  add("noise", isPunished(noise));
  add("large-noise", isSilent(others["large-noise"]?.shown) && !isPunished(others["large-noise"]) && works(noise));
  add("inner-hello", isPunished(others["inner-hello"]));
  if (isSilent(datagram?.shown)) return [...found, sure("datagrams")];
  if (!works(datagram)) return found;
  // Its order of packets is the form: one that got lost by accident may not be said again, so only the penalty counts.
  const [isVpn, isGuard] = [isPunished(openvpn), isHeldAgainst(wireguard)];
  add("vpn-appliance", isVpn && isGuard);
  add("openvpn", isVpn && !isGuard);
  add("quic", isHeldAgainst(quic));
  return found;
}

function visitors({ mirror }: Seen): Finding | undefined {
  const seen = mirror?.visitors;
  if (seen === undefined) return undefined;
  if (seen.replayed > 0) return sure(seen.heldBack > 0 ? "held-and-replayed" : "probed");
  return seen.strangers >= MANY_STRANGERS ? sure("asked-by-strangers") : undefined;
}

function particulars(seen: Seen): readonly Finding[] {
  const found = [...shapes(seen)];
  const visit = visitors(seen);
  if (visit !== undefined) found.push(visit);
  const { hellos: told, foreignWords: words } = seen;
  if (told?.echName === "ok" && isSilent(told.ech)) found.push(sure("hidden-hello"));
  if (words?.page === "ok" && isSilent(words.words)) found.push(sure("foreign-words"));
  return found;
}

function findingsOf(seen: Seen, ways: readonly WayState[]): readonly Finding[] {
  const nothing = everythingFar(seen);
  if (nothing !== undefined) return [nothing];
  const particular = particulars(seen);
  const isInnerHello = particular.some(({ name }) => name === "inner-hello");
  const upstream = [lookups(seen), addresses(seen), hellos(seen)].filter((one) => one !== undefined);
  // A port that fell silent because of what a link looked like is no list of addresses and no count.
  const plain = isInnerHello ? [] : [...upstream, ...(upstream.length > 0 ? [] : [flows(seen)])];
  const found = [...plain.filter((one) => one !== undefined), ...particular];
  if (found.length > 0) return found;
  if (!ways.some((way) => way === "works" || way === "slow")) return [likely("unclear")];
  return ways.some((way) => way === "blocked" || way === "freezes") ? [likely("partly")] : [sure("fine")];
}

/** Rules under which the own program is at fault and another is not. */
const HELLO: ReadonlySet<FindingName> = new Set(["own-hello"]);

function actionFor(seen: Seen, findings: readonly Finding[], ways: readonly WayState[]): ActionName {
  const name = findings[0]?.name ?? "unclear";
  const isOpen = ways.some((way) => way === "works" || way === "slow");
  if (name === "fine") return "nothing";
  if (name === "offline") return "turn-network-on";
  if (isOpen) return ways.includes("blocked") || ways.includes("freezes") ? "goes-by-itself" : "nothing";
  if (name === "no-internet" || name === "closed-border") return "wait";
  if (name === "too-many-hellos") return "wait-a-minute";
  if (name === "station-down") return "tell-the-keeper";
  if (HELLO.has(name) && seen.platform === "node") return "use-the-browser";
  if (name === "unclear") return seen.isWide ? "other-network" : "look-wider";
  return "ask-for-a-way";
}

/**
 * Says what was found and what can be done.
 *
 * @returns at least one finding; `fine` when every way that was tried carries letters, `partly` when some do and nothing explains
 *   the others, `unclear` when none does and nothing explains it
 */
export function judge(seen: Seen): Judgement {
  const known = seen.routes.map(wayState);
  const findings = findingsOf(seen, known);
  const isThrottled = findings.some(({ name }) => name === "throttled");
  const ways = known.map((way, at) => {
    const route = seen.routes[at];
    const isSlow = isThrottled && route !== undefined && isLong(route) && rateOf(route) < THROTTLED_BYTES_PER_SECOND;
    return way === "works" && isSlow ? "slow" : way;
  });
  return { findings, ways, action: actionFor(seen, findings, ways) };
}
