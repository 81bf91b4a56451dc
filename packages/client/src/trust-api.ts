/*
 * What an app sees of checking (protocol/9-rule-r.md): what stations and keys were caught at, what came back, what two people
 * compare. Snapshots and events as in api.ts.
 */
import type { AlertCode, ConversationIdText, IdentityIdText, PersonChange, StationView } from "./api.ts";

/** One thing that was noticed, from first notice to what came back. */
export interface AlertView {
  /** opaque, stable */
  readonly id: string;
  readonly code: AlertCode;
  /** the station that is accused, or that holds the chain */
  readonly station: StationView;
  readonly conversation: ConversationIdText | undefined;
  /** for codes about keys: whose */
  readonly person: IdentityIdText | undefined;
  readonly noticedAtMs: number;
  /** since when it can be shown to be so: the older of two signed times */
  readonly sinceMs: number | undefined;
  /** `asking`: other paths and members are being asked · `open` · `restored`: everything came back */
  readonly state: "asking" | "open" | "restored";
  /** messages that were missing, and that came back */
  readonly missing: number;
  readonly restored: number;
  /** undefined: two objects are kept, but none that a third party could judge by itself */
  readonly proof: { readonly shape: string; readonly sizeBytes: number } | undefined;
  readonly seen: boolean;
}

/** How the home's log was checked last. */
export interface WatchView {
  /** undefined: not yet */
  readonly checkedAtMs: number | undefined;
  /** witnesses of the pinned policy, and how many cosigned what was checked last */
  readonly witnesses: number;
  readonly cosigned: number;
  /** whether the last check went over two paths */
  readonly paths: 0 | 1 | 2;
  /** `none`: nobody witnesses this station · `live` · `final` */
  readonly quorum: "none" | "live" | "final";
  readonly code: string | undefined;
}

/** What two people compare (S5). */
export interface SafetyView {
  readonly identity: IdentityIdText;
  /** 60 digits in twelve groups of five, the same on both sides */
  readonly digits: readonly string[];
  /** text of the QR code, the same on both sides */
  readonly qr: string;
  readonly comparedAtMs: number | undefined;
  /** live devices of the person, and the ops their chain has */
  readonly devices: number;
  readonly ops: number;
  /** newest first */
  readonly changes: readonly PersonChange[];
  /** sending waits for the person to decide */
  readonly paused: boolean;
  /** why it waits: the chain was forked, or there is a device that was not there when the two compared (N-39) */
  readonly pausedBy?: "fork" | "device";
}

/** What was taken back of the own chain. */
export interface TakenBackView {
  /** ops that count no more */
  readonly voided: number;
  /** what they had changed */
  readonly changes: readonly PersonChange["what"][];
  /** since when this device knows that they stood in the public record; undefined: it never saw them there */
  readonly sinceMs: number | undefined;
  /** that is more than 72 hours ago: whoever saw them there then takes them for final (I-16) */
  readonly late: boolean;
}

/** Something that a station says in its public record that it was through, checked (E-3). */
export interface IncidentView {
  readonly what: "restored" | "clock" | "other";
  readonly fromMs: number;
  readonly toMs: number;
}

/** The part of the engine that answers what was checked. */
export interface TrustCalls {
  /** What was noticed of stations and keys, newest first. */
  alerts(): Promise<readonly AlertView[]>;
  /** Bytes of a bundle that anyone can check (protocol/9-rule-r.md §4). @throws ClientError `client/no-proof` */
  proof(alert: string): Promise<Uint8Array>;
  /** The person has seen an alert; it stays in the list. */
  markAlertSeen(alert: string): Promise<void>;
  /** How the home's log was checked last. */
  watch(): Promise<WatchView>;
  /** Checks as soon as there is a way to the station; resolves when it was checked, or could not be. @throws the signal's reason */
  check(options: { readonly signal: AbortSignal }): Promise<WatchView>;
  /** What a station's public record says that it was through, asked now; undefined when it cannot be asked, or is not known here. */
  incidents(stationKey: string): Promise<readonly IncidentView[] | undefined>;
  /**
   * Takes back every change of the own keys that this device did not make, by the recovery words; resolves when a station has taken it.
   *
   * @param words  undefined: those that are still on this device
   * @throws ClientError `client/no-words` · `client/nothing-to-take-back` · `client/not-taken-back` · E2eError `e2e/bad-words`
   */
  takeBack(words?: string): Promise<TakenBackView>;
  /** @throws ClientError `client/unknown-person` */
  safety(identity: IdentityIdText): Promise<SafetyView>;
  /** The person has compared the digits in person; also ends a pause of sending. @throws ClientError `client/unknown-person` */
  markCompared(identity: IdentityIdText): Promise<void>;
  /**
   * Asks the members of a conversation for everything that is missing in it, now or with the next link; resolves when
   * the request is on disk. @throws ClientError `client/unknown-conversation`
   */
  askMembers(conversation: ConversationIdText): Promise<void>;
}
