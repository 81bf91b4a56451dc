/*
 * R1, fully encrypted traffic (GFW, November 2021 to March 2023): the first packet of a TCP connection that looks like
 * nothing at all is what Shadowsocks, VMess and obfs4 look like. Five exemptions; what none of them saves is blocked.
 *
 * Source: Wu et al., "How the Great Firewall of China Detects and Blocks Fully Encrypted Traffic", USENIX Security 2023,
 * Algorithm 1, and the artifact's utils/detect.py. Judged against recorded verdicts in r01.oracle.test.ts.
 */
import { HOSTING_PREFIX } from "../addresses.ts";
import { latin1 } from "../parsers/cursor.ts";
import { inAnyPrefix } from "../parsers/prefix.ts";
import { ALLOW, block, defineRule, type RuleModule } from "../vocabulary.ts";

export interface R01Params {
  /** destinations looked at: providers popular for circumvention */
  readonly prefixes: readonly string[];
  /** share of matching connections that is blocked: 26.3 % (ooni/probe-cli#1026) */
  readonly rate: number;
  /** residual block of (client, server, port): "up to three minutes" (artifact) */
  readonly residualMs: number;
}

/** Ex1: bits set per byte, Algorithm 1. Outside of this band it is no ciphertext. */
const [MIN_BITS, MAX_BITS] = [3.4, 4.6];
/** Ex2: so many first bytes printable. */
const PRINTABLE_PREFIX = 6;
/** Ex3: more than this share printable. */
const PRINTABLE_SHARE = 0.5;
/** Ex4: a printable run longer than this. nDPI's copy of the rule says 20 or longer; the recorded verdicts say longer. */
const PRINTABLE_RUN = 20;

/** Why a payload is let through, or `block`. */
export type FullyEncryptedVerdict =
  | "ones"
  | "printable-prefix"
  | "printable-share"
  | "printable-run"
  | "tls"
  | "http"
  | "block";

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte <= 0x7e;

function bitsSet(byte: number): number {
  let bits = 0;
  for (let left = byte; left > 0; left &= left - 1) bits++;
  return bits;
}

/** Algorithm 1 on the first payload of a connection. Cost: one pass. */
export function judgeFirstPayload(payload: Uint8Array): FullyEncryptedVerdict {
  let ones = 0;
  let printable = 0;
  let run = 0;
  let longestRun = 0;
  for (const byte of payload) {
    ones += bitsSet(byte);
    run = isPrintable(byte) ? run + 1 : 0;
    if (run > 0) printable++;
    longestRun = Math.max(longestRun, run);
  }
  const bitsPerByte = ones / Math.max(1, payload.byteLength);
  if (bitsPerByte <= MIN_BITS || bitsPerByte >= MAX_BITS) return "ones";
  if (payload.byteLength >= PRINTABLE_PREFIX && payload.subarray(0, PRINTABLE_PREFIX).every(isPrintable))
    return "printable-prefix";
  if (printable / payload.byteLength > PRINTABLE_SHARE) return "printable-share";
  if (longestRun > PRINTABLE_RUN) return "printable-run";
  const [first, second, third = 0xff] = payload;
  // Ex5: TLS handshake or application data, 3.0 to 3.9 in the paper
  if ((first === 0x16 || first === 0x17) && second === 0x03 && third <= 0x09) return "tls";
  const begin = latin1(payload.subarray(0, 5));
  return ["GET ", "PUT ", "POST ", "HEAD "].some((method) => begin.startsWith(method)) ? "http" : "block";
}

/** The rule. */
export const r01: RuleModule<undefined, R01Params> = defineRule<undefined, R01Params>({
  id: "R1",
  title: "fully encrypted first packet",
  source: "Wu et al., USENIX Security 2023, Algorithm 1; gfw-report/usenixsecurity23-artifact",
  accuracy: [
    {
      what: "recorded verdicts reproduced",
      value: "847 of 847",
      source: "artifact: test-pops, test-entropy, fraction, longest-run",
    },
    {
      what: "ordinary connections that would match",
      value: "about 0.6 %",
      source: "the paper, §6; from memory, check before quoting",
    },
  ],
  engines: ["router", "monitor"],
  position: "off-path",
  defaults: { prefixes: [HOSTING_PREFIX], rate: 0.263, residualMs: 180_000 },
  start: () => undefined,
  inspect({ flow, direction, payload, fresh }, _, { params, random }) {
    const isFirst = fresh && direction === "out" && flow.dataOut === 1 && payload.byteLength > 0;
    if (!isFirst || flow.protocol !== "tcp" || !flow.established || flow.opener !== "inside") return ALLOW;
    if (!inAnyPrefix(flow.outside.address, params.prefixes) || judgeFirstPayload(payload) !== "block") return ALLOW;
    return random() < params.rate ? block("3-tuple", params.residualMs, { direction: "out" }) : ALLOW;
  },
});
