/*
 * The probes of R2 and R3 as data, and what their answers prove. Sending them is an engine's work (net/prober.ts); here it is
 * decided *what* is sent and *what it means*, so that a server can be held against the same judge in a unit test.
 *
 * R2: replays of a client's first bytes, whole and changed, and random bytes of telling lengths (Alice et al., IMC 2020, §5).
 * R3: what a stranger would say in several protocols, and how the server ends it (Frolov et al., NDSS 2020, §4).
 */
import { joined } from "./parsers/cursor.ts";
import type { RuleId } from "./vocabulary.ts";

/** One probe: what is sent after connecting. */
export interface Probe {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How a server took a probe. */
export interface Reaction {
  readonly probe: string;
  readonly sentBytes: number;
  /** bytes that came back */
  readonly receivedBytes: number;
  /** `open`: still so when the prober gave up */
  readonly ending: "fin" | "rst" | "open" | "refused";
  readonly atMs: number;
}

/** Delay of replays, with the share sent by then (IMC 2020, §5.2, from memory): inverse of a curve through these points. */
export const REPLAY_DELAYS: readonly { readonly share: number; readonly ms: number }[] = [
  { share: 0, ms: 280 },
  { share: 0.2, ms: 1000 },
  { share: 0.5, ms: 60_000 },
  { share: 0.75, ms: 900_000 },
  { share: 1, ms: 570 * 3_600_000 },
];

/** Draws a delay for a replay, between two points along the logarithm. */
export function replayDelayMs(random: () => number): number {
  const at = random();
  const after = REPLAY_DELAYS.findIndex(({ share }) => share > at);
  const [from, to] = [REPLAY_DELAYS[after - 1], REPLAY_DELAYS[after]];
  if (from === undefined || to === undefined) return REPLAY_DELAYS.at(-1)?.ms ?? 0;
  const part = (at - from.share) / (to.share - from.share);
  return Math.exp(Math.log(from.ms) + part * (Math.log(to.ms) - Math.log(from.ms)));
}

/** Lengths of random probes: around those where some Shadowsocks cipher changes its mind (IMC 2020, Table 4). */
export const RANDOM_LENGTHS: readonly number[] = [
  ...[8, 12, 16, 22, 33, 41, 49].flatMap((length) => [length - 1, length, length + 1]),
  221,
];

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const randomBytes = (sizeBytes: number, random: () => number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, () => Math.floor(random() * 256));

function changed(sample: Uint8Array, offsets: readonly number[]): Uint8Array {
  // Of a Buffer a slice would be the same bytes again, and every probe the last one.
  const bytes = Uint8Array.from(sample);
  for (const offset of offsets) if (offset < bytes.byteLength) bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
  return bytes;
}

const FIRST_EIGHT = [0, 1, 2, 3, 4, 5, 6, 7];

/** R2's probes for a recorded first packet: five replays (R1 to R5 in the paper) and the random lengths. */
export function shadowsocksProbes(sample: Uint8Array, random: () => number): readonly Probe[] {
  return [
    { name: "replay", bytes: Uint8Array.from(sample) },
    { name: "replay, byte 0", bytes: changed(sample, [0]) },
    { name: "replay, bytes 0-7 and 62-63", bytes: changed(sample, [...FIRST_EIGHT, 62, 63]) },
    { name: "replay, byte 16", bytes: changed(sample, [16]) },
    { name: "replay, bytes 6 and 16", bytes: changed(sample, [6, 16]) },
    ...RANDOM_LENGTHS.map((length) => ({ name: `random ${length}`, bytes: randomBytes(length, random) })),
  ];
}

/** A minimal ClientHello of TLS 1.2 without a name: any TLS server answers it, if only with an alert. */
const BARE_HELLO: Uint8Array = joined(
  Uint8Array.of(0x16, 3, 1, 0, 0x2f, 1, 0, 0, 0x2b, 3, 3),
  Uint8Array.from({ length: 32 }, (_, i) => i),
  Uint8Array.of(0, 0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0),
);

/** A STUN binding request (RFC 5389 §6) with a fixed transaction id. */
const STUN_BINDING: Uint8Array = joined(
  Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42),
  Uint8Array.from({ length: 12 }, (_, i) => i + 1),
);

/** R3's probes: what strangers say. */
export function strangerProbes(random: () => number): readonly Probe[] {
  return [
    { name: "nothing", bytes: new Uint8Array(0) },
    ...[1, 23, 49, 50, 51, 17 * 1024].map((length) => ({
      name: `random ${length}`,
      bytes: randomBytes(length, random),
    })),
    { name: "http", bytes: ascii("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n") },
    { name: "tls", bytes: BARE_HELLO },
    { name: "ssh", bytes: ascii("SSH-2.0-OpenSSH_9.6\r\n") },
    { name: "stun", bytes: STUN_BINDING },
  ];
}

/** What a judge says. */
export interface Judgement {
  readonly suspect: boolean;
  readonly why: string;
}

/** Reactions within this much of one another count as one time limit; ours. */
const SAME_TIME_SHARE = 0.1;
/** Times below this are no time limit but an answer. */
const MIN_TIMEOUT_MS = 500;

function haveOneTimeLimit(reactions: readonly Reaction[]): boolean {
  const times = reactions
    .filter(({ ending, atMs }) => ending !== "open" && atMs >= MIN_TIMEOUT_MS)
    .map(({ atMs }) => atMs);
  if (times.length < 2) return false;
  return Math.max(...times) - Math.min(...times) <= SAME_TIME_SHARE * Math.max(...times);
}

/** Whether short probes are kept open and long ones are closed at once: "reads exactly so many bytes, then closes". */
function haveByteThreshold(reactions: readonly Reaction[]): boolean {
  const closed = reactions.filter(
    ({ ending, atMs }) => (ending === "fin" || ending === "rst") && atMs < MIN_TIMEOUT_MS,
  );
  const waited = reactions.filter(({ ending, atMs }) => ending === "open" || atMs >= MIN_TIMEOUT_MS);
  if (closed.length === 0 || waited.length === 0) return false;
  return Math.min(...closed.map(({ sentBytes }) => sentBytes)) > Math.max(...waited.map(({ sentBytes }) => sentBytes));
}

/** R3's decision tree: silence everywhere, and an end that betrays a limit. */
export function judgeStranger(reactions: readonly Reaction[]): Judgement {
  const met = reactions.filter(({ ending }) => ending !== "refused");
  if (met.length === 0) return { suspect: false, why: "nobody answers" };
  if (met.some(({ receivedBytes }) => receivedBytes > 0)) return { suspect: false, why: "answered a stranger" };
  if (haveByteThreshold(met)) return { suspect: true, why: "closes at a byte count" };
  return haveOneTimeLimit(met)
    ? { suspect: true, why: "closes after a fixed time" }
    : { suspect: false, why: "no limit found" };
}

/**
 * R2's reading: replays treated unlike changed replays or random bytes mean that somebody checked them. The censor's own
 * classifier is not public; this is the difference that the paper's section 5 shows to exist.
 */
export function judgeShadowsocks(reactions: readonly Reaction[]): Judgement {
  const replays = reactions.filter(({ probe }) => probe === "replay");
  if (
    replays.some(({ receivedBytes }) => receivedBytes > 0) &&
    !reactions.some((r) => r.probe.startsWith("random") && r.receivedBytes > 0)
  )
    return { suspect: true, why: "answers a replay and nothing else" };
  const random = reactions.filter(({ probe, ending }) => probe.startsWith("random") && ending !== "refused");
  if (random.some(({ receivedBytes }) => receivedBytes > 0)) return { suspect: false, why: "answered a stranger" };
  return haveByteThreshold(random)
    ? { suspect: true, why: "closes at a byte count" }
    : { suspect: false, why: "no limit found" };
}

/** The probes of a rule and their judge. */
export function probesOf(rule: RuleId, sample: Uint8Array, random: () => number): readonly Probe[] {
  if (rule === "R2") return shadowsocksProbes(sample, random);
  if (rule === "R3") return strangerProbes(random);
  return [{ name: "replay", bytes: Uint8Array.from(sample) }];
}

/** What the answers to a rule's probes prove. R20 replays for its effect and judges nothing. */
export function judge(rule: RuleId, reactions: readonly Reaction[]): Judgement {
  if (rule === "R2") return judgeShadowsocks(reactions);
  if (rule === "R3") return judgeStranger(reactions);
  return { suspect: false, why: "not judged" };
}
