/*
 * A region policy (protocol/14-residency.md): what the law of a region asks of where data rests, as the operator of a station says
 * that it is kept. A text of JSON, so that the same file is written by hand, signed, shown to people and read by programs; the
 * JSON Schema beside the page says the same of its shape, and read-policy.ts adds what a schema cannot say: contradictions.
 */

/** Kinds of data that a station holds (K-1). Who knows whom is none of them: a station does not hold it. */
export const DATA_CLASSES = ["account", "envelope", "blob", "backup", "commitment", "logs"] as const;
/** One of them. */
export type DataClass = (typeof DATA_CLASSES)[number];

/**
 * What the law asks for one class. `none`: nothing · `copy`: a copy rests in the region · `first-write`: it is written in the region
 * before anywhere else · `exclusive`: it rests in the region and nowhere else.
 */
export const POLICY_MODES = ["none", "copy", "first-write", "exclusive"] as const;
/** One of them. */
export type PolicyMode = (typeof POLICY_MODES)[number];

/** What no operator of a station can do, and every policy has to say (K-3). */
export const CANNOT = [
  "read-content",
  "hand-out-keys",
  "delete-unseen",
  "alter-unseen",
  "hold-anyone-captive",
] as const;

/** What is asked for one class. */
export interface ClassRule {
  readonly mode: PolicyMode;
  readonly keepAtLeastDays: number;
  /** undefined: the law sets no ceiling */
  readonly keepAtMostDays: number | undefined;
}

/** A law or order that a policy answers. */
export interface PolicySource {
  readonly name: string;
  readonly reference: string;
}

/** A policy that was read and has no contradiction. Dates are `YYYY-MM-DD`, of UTC. */
export interface RegionPolicy {
  /** ISO 3166-1 alpha-2 */
  readonly region: string;
  readonly title: string;
  readonly sources: readonly PolicySource[];
  readonly from: string;
  /** the first day on which it holds no more */
  readonly until: string;
  /** by when everything has to rest where it should; undefined: already */
  readonly compliance: string | undefined;
  readonly data: Readonly<Record<DataClass, ClassRule>>;
  readonly saltedCommitmentsMayLeave: boolean;
  /** from a valid order to the logged removal */
  readonly removalHours: number;
  /** from a valid order to handing out what is held */
  readonly disclosureHours: number;
  readonly cannot: readonly (typeof CANNOT)[number][];
}

/** What can be wrong with a policy, each with the sentence for it. */
export const POLICY_FAULTS = {
  "not-json": "this is not JSON",
  "not-a-note-text": "a policy is text of lines without tabs or control characters, ending with a line end",
  missing: "this field is missing",
  unknown: "there is no such field",
  "wrong-type": "the value is of another kind than this field has",
  "not-a-word": "this is none of the words that can stand here",
  "bad-region": "a region is two capital letters, as in ISO 3166-1",
  "bad-date": "a date is written YYYY-MM-DD and names a day",
  "bad-number": "a number here is whole, 0 or more, and at most 36,500",
  "ends-first": "the policy ends before it begins",
  "complies-after": "the compliance date lies after the end of the policy",
  "floor-above-ceiling": "data would have to be kept longer than it may be kept",
  "below-promise": "stations owe their readers an envelope for 180 days, which this ceiling does not allow",
  "both-ways": "commitments cannot be exclusive to the region and leave it",
  "claims-ability": "every policy says all that the operator cannot do",
} as const;
/** One of them. */
export type PolicyFaultCode = keyof typeof POLICY_FAULTS;

/** A fault and where it is: keys and indexes from the top of the document. */
export interface PolicyFault {
  readonly path: readonly (string | number)[];
  readonly code: PolicyFaultCode;
}

/** What stands in the field `format`. */
export const POLICY_FORMAT = "chapar region policy v1";
/** Longest text of a policy, in bytes. */
export const POLICY_TEXT_BYTES = 65_536;
