/*
 * `read`: prints messages, oldest first. Without --follow it takes what the home station has now, prints and ends; with
 * it, it stays. While following, an own message is printed when its place in the conversation is settled (at the
 * station, or refused), so that lines stand in the order everybody sees; and what comes back in the place of a gap is printed then.
 */
import type { Client, ClientEvent, ConversationView, MessageView } from "@chapar/client";
import { messagesFrom } from "../conversation-pages.ts";
import { isTermError, TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { isNothing } from "../note-words.ts";
import { nameBook } from "../people.ts";
import { conversationNamed, type JoinedProfile, openJoined } from "../profile.ts";
import type { Run } from "../run.ts";
import { messageLine, messageWords, peopleWords } from "../views.ts";
import { whileMoving, withStation } from "../waiting.ts";

interface ReadOptions {
  readonly timeout: number;
  readonly follow?: true;
  readonly save?: string;
}

/** Gap lines of a conversation that are looked at again while following. */
const GAPS_WATCHED = 256;

const isSettled = ({ state }: MessageView): boolean => state !== "queued" && state !== "leaving";

/** Prints each message once and remembers, per conversation, up to where everything is printed. */
class Printer {
  readonly #run: Run;
  readonly #client: Client;
  readonly #signal: AbortSignal;
  readonly #options: ReadOptions;
  readonly #from = new Map<string, number>();
  readonly #printedAhead = new Map<string, Set<string>>();
  /** positions of gap lines that were printed, by conversation */
  readonly #gaps = new Map<string, Set<number>>();
  readonly #faults = new Set<string>();
  readonly #alerts = new Set<string>();
  readonly #nameOf: (identity: string | undefined) => string;
  #lastHeading: string | undefined;

  constructor(
    run: Run,
    profile: Pick<JoinedProfile, "client" | "signal">,
    nameOf: (identity: string | undefined) => string,
    options: ReadOptions,
  ) {
    this.#run = run;
    this.#client = profile.client;
    this.#signal = profile.signal;
    this.#nameOf = nameOf;
    this.#options = options;
  }

  async print(conversation: ConversationView, settledOnly: boolean): Promise<void> {
    const { id } = conversation;
    await this.#printFilled(conversation);
    const ahead = this.#printedAhead.get(id) ?? new Set<string>();
    this.#printedAhead.set(id, ahead);
    let from = this.#from.get(id) ?? 0;
    let gap = false;
    let last: number | undefined;
    for await (const message of messagesFrom(this.#client, id, from)) {
      if (settledOnly && !isSettled(message)) {
        gap = true;
        continue;
      }
      if (!ahead.has(message.id)) await this.#printOne(conversation, message);
      last = message.position;
      // Once everything before it is printed, its position says so and its id need not be kept.
      if (gap || !isSettled(message)) ahead.add(message.id);
      else {
        ahead.delete(message.id);
        from = message.position + 1;
      }
    }
    this.#from.set(id, from);
    if (conversation.alert !== undefined) await this.#tellAlert(conversation.alert.id);
    if (last !== undefined) await this.#client.markRead(id, last);
    if (conversation.state === "fault") this.#tellFault(conversation);
  }

  /** Lines that stand where gaps were printed before. */
  async #printFilled(conversation: ConversationView): Promise<void> {
    const { id } = conversation;
    for (const position of this.#gaps.get(id) ?? []) {
      const [message] = await this.#client.messages(id, { before: position + 1, limit: 1 });
      if (message?.position !== position || (message.gap !== undefined && !isNothing(message))) continue;
      this.#gaps.get(id)?.delete(position);
      await this.#printOne(conversation, message);
    }
  }

  #remember(id: string, { position, gap }: MessageView): void {
    if (gap === undefined) return;
    const gaps = this.#gaps.get(id) ?? new Set<number>();
    this.#gaps.set(id, gaps.add(position));
    const [oldest] = gaps;
    if (gaps.size > GAPS_WATCHED && oldest !== undefined) gaps.delete(oldest);
  }

  async #printOne(conversation: ConversationView, message: MessageView): Promise<void> {
    if (isNothing(message)) return;
    this.#remember(conversation.id, message);
    const savedTo = await this.#save(message);
    if (!this.#run.out.json && this.#lastHeading !== conversation.id) {
      const first = this.#lastHeading === undefined;
      this.#lastHeading = conversation.id;
      this.#run.out.result(
        { event: "conversation" },
        `${first ? "" : "\n"}── ${peopleWords(conversation)} · ${conversation.id}`,
      );
    }
    this.#run.out.result(messageLine(message, savedTo), messageWords(message, savedTo));
  }

  async #save(message: MessageView): Promise<readonly string[]> {
    const { save, timeout } = this.#options;
    if (message.attachments.length === 0 || save === undefined) return [];
    const [{ saveAttachment }, { tellTransfers }] = await Promise.all([
      import("../save-attachment.ts"),
      import("../transfer-words.ts"),
    ]);
    return whileMoving(timeout, this.#signal, async (signal, moved) => {
      const silence = tellTransfers(this.#client, this.#run.out, moved);
      const paths: string[] = [];
      try {
        for (const file of message.attachments.keys())
          paths.push(await saveAttachment(this.#client, message, file, save, signal));
      } finally {
        silence();
      }
      return paths;
    });
  }

  /** Each once, after the lines it is about. */
  async #tellAlert(id: string): Promise<void> {
    if (this.#alerts.has(id)) return;
    const alert = (await this.#client.alerts()).find((one) => one.id === id);
    if (alert === undefined) return;
    this.#alerts.add(id);
    const { alertLine, alertSaying } = await import("../trust-words.ts");
    const person = this.#nameOf(alert.person);
    this.#run.out.result(
      alertLine(alert, person),
      `── ${alertSaying(alert, person)} See: ./chapar alerts show ${alert.id}`,
    );
  }

  /** For programs alone: a person who reads on has the message in a moment. */
  tellTyping({ conversation, people }: Extract<ClientEvent, { readonly type: "typing" }>): void {
    if (this.#run.out.json) this.#run.out.result({ event: "typing", conversation, people }, "");
  }

  #tellFault({ id, fault }: ConversationView): void {
    if (this.#faults.has(id)) return;
    this.#faults.add(id);
    const error = new TermError("term/conversation-fault", { conversation: id, refusal: fault ?? "" });
    // Other conversations go on, so this does not end the command.
    this.#run.out.result(
      { event: "fault", conversation: id, code: fault ?? error.code },
      `── ${id} stopped: a check failed (${fault ?? ""})`,
    );
  }

  get sawFault(): boolean {
    return this.#faults.size > 0;
  }
}

/** Prints the chosen conversations, or all, oldest first within each. */
async function printAll(
  client: Client,
  printer: Printer,
  only: string | undefined,
  settledOnly: boolean,
): Promise<void> {
  const all = only === undefined ? await client.conversations() : [await client.conversation(only)];
  for (const conversation of all) if (conversation !== undefined) await printer.print(conversation, settledOnly);
}

async function follow(client: Client, printer: Printer, only: string | undefined, signal: AbortSignal): Promise<void> {
  const changed = new Set<string>();
  let wake: (() => void) | undefined;
  const unsubscribe = client.subscribe((event) => {
    if (!("conversation" in event) || (only !== undefined && event.conversation !== only)) return;
    if (event.type === "typing") return printer.tellTyping(event);
    changed.add(event.conversation);
    wake?.();
  });
  const end = (): void => wake?.();
  signal.addEventListener("abort", end, { once: true });
  try {
    await printAll(client, printer, only, true);
    while (!signal.aborted) {
      const [id] = changed;
      if (id === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      changed.delete(id);
      const conversation = await client.conversation(id);
      if (conversation !== undefined) await printer.print(conversation, true);
    }
  } finally {
    unsubscribe();
    signal.removeEventListener("abort", end);
  }
}

export async function read(run: Run, conversationText: string | undefined, options: ReadOptions): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const only =
    conversationText === undefined
      ? undefined
      : (await conversationNamed(profile, conversationText, options.timeout)).id;
  const printer = new Printer(run, profile, await nameBook(client, profile.me), options);
  if (options.follow === true) {
    client.connect();
    try {
      await follow(client, printer, only, signal);
    } catch (error) {
      if (!run.signal.aborted) throw error;
    }
    if (!run.signal.aborted) signal.throwIfAborted();
    // Following ends by being ended: Ctrl-C is its normal end.
    return ExitCode.ok;
  }
  let unreached: unknown;
  if (options.timeout > 0) {
    try {
      await withStation(client, { seconds: options.timeout, signal }, (ending) => client.settled({ signal: ending }));
    } catch (error) {
      if (!isTermError(error, "term/not-reached") && !isTermError(error, "term/refused")) throw error;
      unreached = error;
    }
  }
  await printAll(client, printer, only, false);
  if (unreached !== undefined) throw unreached;
  return printer.sawFault ? ExitCode.protocol : ExitCode.ok;
}
