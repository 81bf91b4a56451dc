/* The calls of an app about checking (trust-api.ts), answered from the device's own store. */
import { ID_SIZE_BYTES, idText, parseIdText } from "@chapar/wire";
import type { IdentityIdText } from "../api.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { Contact } from "../profile/contacts.ts";
import { safetyNumbers } from "../safety/digits.ts";
import type { AlertView, SafetyView, TrustCalls, WatchView } from "../trust-api.ts";
import { stationView } from "../views.ts";
import type { PersonRow } from "../safety/person-row.ts";
import type { AlertRow } from "./alert-row.ts";

const NOTHING = new Uint8Array(0);

/** An alert as apps see it. */
export function alertView(row: AlertRow): AlertView {
  const { station, conversation, person, judged, shape } = row;
  const isProved = judged && shape !== undefined;
  return {
    id: idText(row.id),
    code: row.code,
    station: stationView(station.ref, station.region, station.name),
    conversation: conversation && idText(conversation),
    person: person && idText(person),
    noticedAtMs: row.noticedAtMs,
    sinceMs: row.sinceMs,
    state: row.state,
    missing: row.missing,
    restored: row.restored,
    proof: isProved ? { shape, sizeBytes: row.bundle.byteLength } : undefined,
    seen: row.seen,
  };
}

/** What the watch tells and does. */
export interface Watching {
  view(): Promise<WatchView>;
  /** Checks now. @throws the signal's reason */
  check(signal: AbortSignal): Promise<WatchView>;
}

/** Answers what was checked. */
export class TrustDesk implements Omit<TrustCalls, "askMembers" | "incidents" | "takeBack"> {
  readonly #member: Member;
  readonly #watching: Watching;

  constructor(member: Member, watching: Watching) {
    this.#member = member;
    this.#watching = watching;
  }

  async alerts(): Promise<readonly AlertView[]> {
    return this.#member.alerts.shown().map(alertView);
  }

  async proof(alert: string): Promise<Uint8Array> {
    const { judged, shape, bundle } = this.#member.alerts.named(alert);
    if (!judged || shape === undefined) throw new ClientError("client/no-proof");
    return bundle.slice();
  }

  async markAlertSeen(alert: string): Promise<void> {
    const { id } = this.#member.alerts.named(alert);
    await this.#member.alerts.change(id, (row) => (row.seen ? undefined : { ...row, seen: true }));
  }

  async watch(): Promise<WatchView> {
    return await this.#watching.view();
  }

  async check({ signal }: { readonly signal: AbortSignal }): Promise<WatchView> {
    return this.#watching.check(signal);
  }

  async safety(identity: IdentityIdText): Promise<SafetyView> {
    const { profile, sha256, people } = this.#member;
    const { contact, bytes } = await this.#person(identity);
    const [genesis] = profile.row.ops;
    const [theirs] = contact.state.ops;
    if (genesis === undefined || theirs === undefined) throw new ClientError("client/bad-profile");
    const own = { identity: profile.row.identity, genesis };
    const { comparedAtMs, paused, changes, fork } = people.get(bytes);
    const by = fork.byteLength === 0 ? "device" : "fork";
    return {
      identity,
      ...safetyNumbers(own, { identity: bytes, genesis: theirs.bytes }, sha256),
      comparedAtMs,
      devices: contact.state.devices.length,
      ops: contact.state.ops.length,
      changes: changes.map((change) => ({ identity, ...change })),
      paused,
      ...(paused && { pausedBy: by }),
    };
  }

  async markCompared(identity: IdentityIdText): Promise<void> {
    const { people, clock, events } = this.#member;
    const { bytes } = await this.#person(identity);
    const comparedAtMs = clock.nowMs();
    await people.change(bytes, (row) => ({ ...decided(row), comparedAtMs }));
    for (const chat of this.#member.book.with(bytes)) {
      events.emit({ type: "conversation", conversation: idText(chat.id) });
    }
  }

  async #person(text: IdentityIdText): Promise<{ readonly contact: Contact; readonly bytes: Uint8Array }> {
    const { contacts, profile } = this.#member;
    const bytes = parseIdText(text, ID_SIZE_BYTES.identity);
    const contact = bytes && (await contacts.get(bytes));
    if (bytes === undefined || contact === undefined || text === idText(profile.row.identity)) {
      throw new ClientError("client/unknown-person");
    }
    return { contact, bytes };
  }
}

/** The person has looked: what paused sending does not pause it again. */
function decided(row: PersonRow): PersonRow {
  const { fork } = row;
  const before = row.decided;
  return { ...row, paused: false, fork: NOTHING, decided: fork.byteLength === 0 ? before : [...before, fork] };
}
