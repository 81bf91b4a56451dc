/*
 * Each rule as it is planted for the doctor, and what it has to say of it. A rule of names is given the name of the station itself:
 * a list with somebody else's name on it does nothing to the person. R11 stands for nothing until somebody has rushed; the lab does
 * that before the doctor comes, who must not.
 */
import type { FindingName } from "@chapar/carrier/doctor";
import type { RuleId } from "../vocabulary.ts";

/** A rule to be found. */
export interface Planted {
  readonly rule: RuleId;
  readonly params: Readonly<Record<string, unknown>>;
  readonly finding: FindingName;
  /** hellos in a row that somebody else in the client's place shows first */
  readonly rush?: number;
}

const NAMED = { names: ["station.example"] };

/** All twenty. */
export const PLANTED: readonly Planted[] = [
  { rule: "R1", params: {}, finding: "noise" },
  { rule: "R2", params: {}, finding: "probed" },
  { rule: "R3", params: {}, finding: "asked-by-strangers" },
  { rule: "R4", params: {}, finding: "inner-hello" },
  { rule: "R5", params: {}, finding: "openvpn" },
  { rule: "R6", params: NAMED, finding: "name" },
  { rule: "R7", params: {}, finding: "hidden-hello" },
  { rule: "R8", params: NAMED, finding: "quic" },
  { rule: "R9", params: {}, finding: "foreign-words" },
  { rule: "R10", params: {}, finding: "budget" },
  { rule: "R11", params: {}, finding: "too-many-hellos", rush: 6 },
  { rule: "R12", params: {}, finding: "own-hello" },
  { rule: "R13", params: NAMED, finding: "name-lookup" },
  { rule: "R14", params: {}, finding: "address" },
  { rule: "R15", params: NAMED, finding: "throttled" },
  { rule: "R16", params: {}, finding: "closed-border" },
  { rule: "R17", params: {}, finding: "datagrams" },
  { rule: "R18", params: {}, finding: "large-noise" },
  { rule: "R19", params: {}, finding: "vpn-appliance" },
  { rule: "R20", params: {}, finding: "held-and-replayed" },
];
