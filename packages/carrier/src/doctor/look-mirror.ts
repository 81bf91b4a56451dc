/*
 * What is shown to the mirror, form by form, each on a port of its own: a penalty falls on address and port, and must not be taken for
 * the next form's. After each form plain text is said on the same port, because many censors let the first packet through and hold it
 * against the port afterwards. What the forms look like is what the lab's rules look for, and their sources stand there.
 */
import { concatBytes, toHex, utf8 } from "@chapar/wire/bytes";
import { FIRST_WORDS_BYTES, type MirrorRoute } from "./mirror.ts";
import type { Endpoint, LookPorts, Sockets, Talk } from "./ports.ts";
import type { MirrorSeen, Outcome, ShapeName, ShapeSeen, VisitorsSeen } from "./seen.ts";

/** For an answer of the mirror. */
const ANSWER_MS = 3_000;
const DATAGRAM_TRIES = 3;
const DATAGRAM_MS = 1_500;
/** Verdicts of censors beside the path come up to 200 ms late (QUIC25). */
const VERDICT_MS = 500;
/** Words of noise: R1 blocks 26.3 % of them, so that one in five hundred looks misses it. */
const NOISE_TRIES = 20;
/** Long enough for R2 to want it (161 to 999 bytes, 9 modulo 16), shorter than what R18 counts (411). */
const NOISE_BYTES = 201;
const LARGE_NOISE_BYTES = 500;
const LARGE_NOISE_TIMES = 3;
/** Visitors come at once or much later; a look waits for the first. */
const VISITORS_MS = 3_000;
/** What was held back for a replay comes so much later than the line is long. */
const HELD_BACK_MS = 250;
const HASHES_ASKED = 3;
const BULK_BYTES: number = 64 * 1024;
/** A handshake inside a tunnel by its four bursts: the mean of TLS 1.3 in nDPI's model (R4). */
const INNER_HELLO = [641, 4649, 448, 1094] as const;
const TEXT = utf8("an ordinary sentence that nobody minds, and that says so.");

interface Place {
  readonly sockets: Sockets;
  readonly ports: LookPorts;
  readonly signal: AbortSignal;
  at(index: number): Endpoint;
}

const isBytes = (said: Uint8Array | Outcome): said is Uint8Array => typeof said !== "string";

async function pause({ ports, signal }: Place, delayMs: number): Promise<void> {
  await ports.clock.sleep(delayMs, signal);
}

/** Says something and waits until so many bytes came back. */
async function exchange(talk: Talk, bytes: Uint8Array, wantedBytes: number, limitMs = ANSWER_MS): Promise<Outcome> {
  talk.send(bytes);
  for (let cameBytes = 0; cameBytes < wantedBytes;) {
    const said = await talk.next(limitMs);
    if (!isBytes(said)) return said === "ok" ? "closed" : said;
    cameBytes += said.byteLength;
  }
  return "ok";
}

async function withTalk(place: Place, index: number, act: (talk: Talk) => Promise<Outcome>): Promise<Outcome> {
  const talk = await place.sockets.tcp(place.at(index), ANSWER_MS);
  if (typeof talk === "string") return talk;
  try {
    return await act(talk);
  } finally {
    talk.close();
  }
}

const sayText = (place: Place, index: number): Promise<Outcome> =>
  withTalk(place, index, (talk) => exchange(talk, TEXT, TEXT.byteLength));

interface NoiseSeen {
  readonly arrivalsBefore: number | undefined;
  readonly shape: ShapeSeen;
  readonly said: readonly Uint8Array[];
  readonly lateMs: number;
}

async function showNoise(place: Place, index: number): Promise<NoiseSeen> {
  const { sockets, ports } = place;
  const arrivalsBefore = (await askAbout(place, new Uint8Array(0), index))?.arrivals;
  const said: Uint8Array[] = [];
  let lateMs = 0;
  for (let tries = 0; tries < NOISE_TRIES; tries++) {
    const noise = sockets.randomBytes(NOISE_BYTES);
    const begunMs = ports.clock.nowMs();
    let openMs = 0;
    const outcome = await withTalk(place, index, async (talk) => {
      openMs = ports.clock.nowMs() - begunMs;
      said.push(noise);
      return await exchange(talk, noise, noise.byteLength);
    });
    const answerMs = ports.clock.nowMs() - begunMs - openMs;
    if (outcome === "ok" && tries < HASHES_ASKED) lateMs = Math.max(lateMs, answerMs - openMs);
    if (outcome !== "ok")
      return { shape: { shown: outcome, after: await sayText(place, index) }, said, lateMs, arrivalsBefore };
    place.signal.throwIfAborted();
  }
  return { shape: { shown: "ok", after: "ok" }, said, lateMs, arrivalsBefore };
}

async function showLargeNoise(place: Place, index: number): Promise<ShapeSeen> {
  const shown = await withTalk(place, index, async (talk) => {
    for (let times = 0; times < LARGE_NOISE_TIMES; times++) {
      const noise = place.sockets.randomBytes(LARGE_NOISE_BYTES);
      const outcome = await exchange(talk, noise, noise.byteLength);
      if (outcome !== "ok") return outcome;
    }
    await pause(place, VERDICT_MS);
    return await exchange(talk, TEXT, TEXT.byteLength);
  });
  return { shown, after: await sayText(place, index) };
}

async function showInnerHello(place: Place, index: number): Promise<ShapeSeen> {
  const [first, second, third, fourth] = INNER_HELLO;
  const order = `MIRROR GIVE ${first}:${second} ${first + third}:${fourth} ${first + third + TEXT.byteLength}:32\n`;
  const text = (sizeBytes: number): Uint8Array => utf8("an ordinary letter, ".repeat(40).slice(0, sizeBytes));
  const shown = await withTalk(place, index, async (talk) => {
    const hello = await exchange(talk, concatBytes(utf8(order), text(first - order.length)), second);
    const finished = hello === "ok" ? await exchange(talk, text(third), fourth) : hello;
    return finished === "ok" ? await exchange(talk, TEXT, 32) : finished;
  });
  await pause(place, VERDICT_MS);
  return { shown, after: await sayText(place, index) };
}

/** Datagrams that are answered one by one; those that get lost by accident are said again. */
async function sayDatagrams(
  place: Place,
  index: number,
  datagrams: readonly Uint8Array[],
  tries: number,
): Promise<Outcome> {
  const talk = await place.sockets.udp(place.at(index));
  try {
    for (const datagram of datagrams) {
      let outcome: Outcome = "timeout";
      for (let left = tries; left > 0 && outcome !== "ok"; left--)
        outcome = await exchange(talk, datagram, 1, DATAGRAM_MS);
      if (outcome !== "ok") return outcome;
    }
    return "ok";
  } finally {
    talk.close();
  }
}

const sayDatagram = (place: Place, index: number): Promise<Outcome> =>
  sayDatagrams(place, index, [TEXT], DATAGRAM_TRIES);

async function showDatagrams(
  place: Place,
  index: number,
  datagrams: readonly Uint8Array[],
  tries: number,
): Promise<ShapeSeen> {
  const shown = await sayDatagrams(place, index, datagrams, tries);
  await pause(place, VERDICT_MS);
  return { shown, after: await sayDatagram(place, index) };
}

/** OpenVPN's beginning by its packet kinds: reset, control, control, acknowledgement, data (opcode in the upper five bits). */
function openvpnPackets(sockets: Sockets): readonly Uint8Array[] {
  return [7, 4, 4, 5, 6].map((opcode) => concatBytes(Uint8Array.of(opcode << 3), sockets.randomBytes(63)));
}

/** WireGuard's first message (paper §5.4.2). */
const wireguardPacket = (sockets: Sockets): Uint8Array =>
  concatBytes(Uint8Array.of(1, 0, 0, 0), sockets.randomBytes(144));

async function ask(place: Place, order: string): Promise<string | undefined> {
  let answer: string | undefined;
  await withTalk(place, 0, async (talk) => {
    talk.send(utf8(order));
    const said = await talk.next(ANSWER_MS);
    if (isBytes(said)) answer = String.fromCharCode(...said.subarray(0, 100));
    return "ok";
  });
  return answer;
}

interface Answer {
  readonly times: number;
  readonly gapMs: number;
  readonly arrivals: number;
}

async function askAbout(place: Place, words: Uint8Array, index: number): Promise<Answer | undefined> {
  const name = toHex(place.sockets.sha256(words.subarray(0, FIRST_WORDS_BYTES)));
  const answer = await ask(place, `MIRROR ABOUT ${name} ${place.at(index).port}\n`);
  const match = /^SEEN (\d{1,4}) (\d{1,9}) (\d{1,5})\n/.exec(answer ?? "");
  if (match === null) return undefined;
  return { times: Number(match[1]), gapMs: Number(match[2]), arrivals: Number(match[3]) };
}

async function visitorsOf(place: Place, index: number, noise: NoiseSeen): Promise<VisitorsSeen | undefined> {
  await pause(place, VISITORS_MS);
  let [replayed, heldBack, arrivals] = [0, 0, 0];
  for (const words of noise.said.slice(0, HASHES_ASKED)) {
    const answer = await askAbout(place, words, index);
    if (answer === undefined) return undefined;
    replayed += Math.max(0, answer.times - 1);
    // Ours came second, and as late as it was held.
    if (answer.times > 1 && answer.gapMs >= HELD_BACK_MS && noise.lateMs >= HELD_BACK_MS) heldBack += 1;
    arrivals = answer.arrivals;
  }
  if (noise.arrivalsBefore === undefined) return undefined;
  const ours = noise.arrivalsBefore + noise.said.length + (noise.shape.shown === "ok" ? 0 : 1);
  return { replayed, heldBack, strangers: Math.max(0, arrivals - ours - replayed) };
}

async function bulkRate(place: Place): Promise<number | undefined> {
  const order = `MIRROR GIVE 1:${BULK_BYTES}\n`;
  const { clock } = place.ports;
  const begunMs = clock.nowMs();
  const outcome = await withTalk(place, 0, (talk) => exchange(talk, utf8(order), BULK_BYTES));
  return outcome === "ok" ? Math.round((BULK_BYTES * 1000) / Math.max(1, clock.nowMs() - begunMs)) : undefined;
}

/** Shows a station's mirror everything. Cost: some 30 connections over ten ports at most, about 100 kB, ten seconds and more. */
export async function lookIntoMirror(
  mirror: MirrorRoute,
  { address, serverName }: { readonly address: string; readonly serverName: string },
  ports: LookPorts & { readonly sockets: Sockets },
  signal: AbortSignal,
): Promise<MirrorSeen> {
  const { sockets } = ports;
  const at = (index: number): Endpoint => ({ host: address, port: mirror.port + index });
  const place: Place = { sockets, ports, signal, at };
  const text = await sayText(place, 0);
  if (text !== "ok") return { text, shapes: {} };
  const bytesPerSecond = await bulkRate(place);
  const shapes: Partial<Record<ShapeName, ShapeSeen>> = {};
  const connections = async (): Promise<VisitorsSeen | undefined> => {
    const noise = await showNoise(place, 1);
    shapes.noise = noise.shape;
    shapes["large-noise"] = await showLargeNoise(place, 2);
    shapes["inner-hello"] = await showInnerHello(place, 3);
    return await visitorsOf(place, 1, noise);
  };
  const datagrams = async (): Promise<void> => {
    shapes.datagram = { shown: await sayDatagram(place, 4) };
    if (shapes.datagram.shown !== "ok") return;
    shapes.openvpn = await showDatagrams(place, 5, openvpnPackets(sockets), 1);
    shapes.wireguard = await showDatagrams(place, 6, [wireguardPacket(sockets)], DATAGRAM_TRIES);
    shapes.quic = await showDatagrams(place, 7, [sockets.quicInitial(serverName)], DATAGRAM_TRIES);
  };
  const [visitors] = await Promise.all([connections(), datagrams()]);
  return { text, bytesPerSecond, shapes, visitors };
}
