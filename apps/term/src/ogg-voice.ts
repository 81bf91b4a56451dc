/*
 * What an Ogg container says of an Opus recording without decoding it (RFC 3533, RFC 7845): its length is the last page's position at 48 kHz, and
 * how many bytes each packet took says how loud it was, for Opus spends few on silence.
 */
import { readFile } from "node:fs/promises";
import type { MediaFacts } from "@chapar/client";

const PAGE_HEAD_BYTES = 27;
const CAPTURE = 0x4f676753;
const SAMPLES_PER_MS = 48;
const WAVE_SAMPLES = 48;
/** Identification and comment header (RFC 7845 §3). */
const HEADER_PACKETS = 2;
const FULL_LACE = 255;
const LOUDEST = 255;

interface Ogg {
  readonly packets: readonly number[];
  readonly samples: number;
}

/** Packet sizes and length of the first stream; undefined when it is no Ogg file or ends in the middle. */
function readOgg(bytes: Uint8Array): Ogg | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: number[] = [];
  let samples = 0;
  let open = 0;
  for (let at = 0; at < bytes.byteLength;) {
    if (bytes.byteLength - at < PAGE_HEAD_BYTES || view.getUint32(at) !== CAPTURE) return undefined;
    const position = Number(view.getBigInt64(at + 6, true));
    samples = Math.max(samples, position);
    const laces = bytes.subarray(at + PAGE_HEAD_BYTES, at + PAGE_HEAD_BYTES + view.getUint8(at + 26));
    for (const lace of laces) {
      open += lace;
      if (lace === FULL_LACE) continue;
      packets.push(open);
      open = 0;
    }
    at += PAGE_HEAD_BYTES + laces.byteLength + laces.reduce((sum, lace) => sum + lace, 0);
  }
  return { packets: packets.slice(HEADER_PACKETS), samples };
}

/** The largest packet of each of at most 48 stretches, of the largest of all. */
function waveOf(packets: readonly number[]): Uint8Array | undefined {
  const stretches = Math.min(WAVE_SAMPLES, packets.length);
  if (stretches === 0) return undefined;
  const peaks = Array.from({ length: stretches }, (_, at) => {
    const from = Math.floor((at * packets.length) / stretches);
    const to = Math.floor(((at + 1) * packets.length) / stretches);
    return Math.max(...packets.slice(from, to));
  });
  const loudest = Math.max(1, ...peaks);
  return Uint8Array.from(peaks, (peak) => Math.round((peak * LOUDEST) / loudest));
}

/** Length and loudness of a recording; nothing when it is of another container. */
export async function oggVoice(path: string): Promise<Pick<MediaFacts, "durationMs" | "wave"> | undefined> {
  const ogg = readOgg(new Uint8Array(await readFile(path)));
  if (ogg === undefined) return undefined;
  const wave = waveOf(ogg.packets);
  return { durationMs: Math.round(ogg.samples / SAMPLES_PER_MS), ...(wave !== undefined && { wave }) };
}
