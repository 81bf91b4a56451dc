/*
 * A residency report (protocol/14-residency.md §4): what a regulator is handed. It carries the station's whole log, from which everything that
 * the log commits to is derived again; what no log can show (sizes, blobs, files) is the station's signed word, and called that.
 */
import type { DataClass } from "@chapar/evidence";

/** What stands in the field `format`. */
export const REPORT_FORMAT = "chapar residency report v1";
/** Longest report, in bytes: a log of three million leaves. */
export const REPORT_MAX_BYTES: number = 400 * 1024 * 1024;

/** What rests here of one class. */
export interface ClassStatement {
  /** accounts, logs, chunks of blobs, files, leaves */
  readonly count: number;
  readonly bytes: number;
  /** Merkle root in hex: of the map of identities, of the map of heads, of blob hashes in their order, of the log; "" where there is none */
  readonly root: string;
}

/** A report as it is signed. Bytes are base64, hashes and keys hex but for the station's name; days are of UTC. */
export interface ReportBody {
  readonly format: typeof REPORT_FORMAT;
  /** key in base32 */
  readonly station: string;
  readonly region: string;
  /** first day of the period */
  readonly from: string;
  /** the first day after it */
  readonly to: string;
  readonly madeMs: number;
  readonly generation: number;
  /** the published checkpoint with the cosignatures that it had */
  readonly checkpoint: string;
  /** every leaf of the log: u16 length and bytes, one after the other */
  readonly log: string;
  readonly classes: Readonly<Record<DataClass, ClassStatement>>;
  /** region policies whose hash the log has, as signed notes: those that are still at hand */
  readonly policies: readonly string[];
  /** lines of the egress map */
  readonly egress: readonly { readonly key: string; readonly value: string }[];
}

/** Why a report is refused, each with its sentence. */
export const REPORT_FAULTS = {
  "not-a-report": "this is no residency report, or it is cut off",
  "not-one-spelling": "the file is not spelled as reports are: something was changed in it",
  "bad-signature": "the station's signature does not hold: something was changed",
  "bad-checkpoint": "the checkpoint in it is not signed by the station's log",
  "bad-log": "the log in it does not lead to the checkpoint that was signed and witnessed",
  "false-log": "the log contradicts itself",
  "bad-root": "a number or root of a class is not the one that the log commits to",
  "bad-policy": "a policy in it is not signed by the station, or its log has no such policy",
  "bad-egress": "the lines of what crossed do not lead to the root in the log, or one is not signed by both sides",
} as const;
/** One of them. */
export type ReportFault = keyof typeof REPORT_FAULTS;
