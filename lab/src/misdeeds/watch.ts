/*
 * Who noticed, and when: looks at a conversation on both sides whenever its engine says that something changed there or that
 * an alert came, and remembers the first thing that was told to the person.
 */
import type { AlertCode, AlertView, Client, ConversationIdText } from "@chapar/client";
import type { Conductor } from "./conductor.ts";
import type { Person } from "./person.ts";
import type { Talk } from "./stage.ts";

/** Who noticed first. `witness`: by what another station holds of the accused one's log. */
export type Noticer = "sender" | "reader" | "witness";

/** The first thing told about a conversation. */
export interface Finding {
  readonly place: number;
  readonly by: Noticer;
  /** an alert's code, `fault` or `gap` and the code of it */
  readonly code: string;
  readonly afterMs: number;
}

/** A bundle that a person could hand on. */
export interface Exported {
  readonly shape: string;
  readonly bytes: Uint8Array;
}

/** One device that may notice something at one place. */
export interface Side {
  readonly place: number;
  readonly id: ConversationIdText;
  readonly by: Noticer;
  readonly client: Client;
  /** whether what is told of the station as a whole counts as well */
  readonly isWide: boolean;
}

/** Both devices of conversations. */
export function sidesOf(talks: readonly Talk[], isWide: boolean): readonly Side[] {
  return talks.flatMap(({ place, id, writer, reader }) => [
    { place, id, isWide, by: "sender", client: writer.client },
    { place, id, isWide, by: "reader", client: reader.client },
  ]);
}

/** Lines looked at for gaps when something has changed: a gap line stands before those that come with it. */
const LATEST_LINES = 12;
/** More than a batch writes into one conversation. */
const ALL_LINES = 60;
/** Alerts that tell of something and accuse nobody. */
const TOLD_ONLY: ReadonlySet<AlertCode> = new Set<AlertCode>(["restored", "log-stale", "witness-lost"]);
/** Alerts that rest on what a witness holds. */
const WITNESSED: ReadonlySet<AlertCode> = new Set<AlertCode>(["log-forked", "no-answer"]);

/** Whether an alert says that somebody did wrong. */
export function isAccusing({ code }: AlertView): boolean {
  return !TOLD_ONLY.has(code);
}

/** What a person is told at a conversation, as a code. */
export async function toldAt(client: Client, id: ConversationIdText): Promise<string | undefined> {
  const view = await client.conversation(id);
  if (view === undefined) return undefined;
  if (view.fault !== undefined) return `fault ${view.fault}`;
  const lines = await client.messages(id, { limit: LATEST_LINES });
  const gap = lines.find((line) => line.gap !== undefined)?.gap;
  return gap && `gap ${gap.code}`;
}

/** Watches conversations from now on. */
export class Watch {
  readonly findings: Map<number, Finding> = new Map<number, Finding>();
  readonly #conductor: Conductor;
  readonly #sinceMs: number;
  readonly #ends: (() => void)[] = [];
  readonly #dirty = new Set<Side>();

  constructor(conductor: Conductor, sides: readonly Side[]) {
    this.#conductor = conductor;
    this.#sinceMs = conductor.nowMs;
    for (const side of sides) this.#follow(side);
    const look = async (): Promise<void> => {
      const sides = [...this.#dirty];
      this.#dirty.clear();
      for (const side of sides) await this.#look(side);
    };
    conductor.steps.add(look);
    this.#ends.push(() => conductor.steps.delete(look));
  }

  #follow(side: Side): void {
    this.#dirty.add(side);
    const end = side.client.subscribe((event) => {
      const isHere = "conversation" in event && event.conversation === side.id;
      if (isHere || event.type === "alerts") this.#dirty.add(side);
    });
    this.#ends.push(end);
  }

  async #look({ place, id, by, client, isWide }: Side): Promise<void> {
    if (this.findings.has(place)) return;
    const alerts = (await client.alerts()).filter(isAccusing);
    const isHere = ({ conversation }: AlertView): boolean =>
      conversation === id || (isWide && conversation === undefined);
    const alert = alerts.find(isHere);
    const code = alert?.code ?? (isWide ? undefined : await toldAt(client, id));
    if (code === undefined || this.findings.has(place)) return;
    const noticer = alert !== undefined && WITNESSED.has(alert.code) ? "witness" : by;
    this.findings.set(place, { place, by: noticer, code, afterMs: this.#conductor.nowMs - this.#sinceMs });
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

/** Every bundle that somebody could export. */
export async function exportProofs(people: readonly Person[]): Promise<Exported[]> {
  const out: Exported[] = [];
  for (const { client } of people) {
    for (const alert of await client.alerts()) {
      if (alert.proof !== undefined) out.push({ shape: alert.proof.shape, bytes: await client.proof(alert.id) });
    }
  }
  return out;
}

/** Whether a reader has every text that was written, whatever else stands between them. */
export async function hasEverything({ reader, id, texts }: Talk): Promise<boolean> {
  if ((await reader.client.conversation(id)) === undefined) return false;
  const lines = await reader.client.messages(id, { limit: ALL_LINES });
  const shown = new Set(lines.flatMap((line) => (line.gap === undefined ? [line.text] : [])));
  return texts.every((text) => shown.has(text));
}
