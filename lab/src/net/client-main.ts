/*
 * A real client as a process inside the lab, over the engine's own way of opening a profile. As `friend` it joins, says its
 * invite, and tells of each message that arrives; as `writer` it joins, writes to the friend, and tells when the checked
 * receipt is there, then writes what it is told to. Nobody helps it: what happens under a censor is what would happen to a person.
 */
import { createInterface } from "node:readline";
import { webSocketCarrier } from "@chapar/carrier/node";
import type { ConversationIdText } from "@chapar/client";
import { openClient } from "@chapar/client/node";

interface ClientMainConfig {
  readonly role: "friend" | "writer";
  readonly profileDir: string;
  readonly stationInvite: string;
  /** the friend's, for the writer */
  readonly friendInvite?: string;
  readonly text?: string;
  /** routes to use; all */
  readonly kinds?: readonly string[];
  /** a bare link instead of a session, as programs had before there were any */
  readonly isBare?: boolean;
}

const begunMs = performance.now();
function say(event: string, more: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ event, atMs: Math.round(performance.now() - begunMs), ...more })}\n`);
}

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);

const config = JSON.parse(process.argv[2] ?? "{}") as ClientMainConfig;
const client = await openClient({
  profileDir: config.profileDir,
  ...(config.kinds === undefined ? {} : { kinds: config.kinds }),
  ...(config.isBare === true ? { carriers: [webSocketCarrier()] } : {}),
  failed: (error) => say("failed", { code: codeOf(error) }),
});
await client.join(config.stationInvite, config.role === "friend" ? "Dara" : "Sara");
client.subscribe((event) => {
  if (event.type === "route") {
    const { state, kind, code } = event.route;
    say("route", { state, kind: kind ?? null, code: code ?? null });
  }
});
client.connect();

/** Writes, and tells when the checked receipt is there. */
async function write(conversation: ConversationIdText, text: string): Promise<void> {
  const message = await client.send(conversation, { text });
  await client.receipt(message.id, { signal: new AbortController().signal });
  say("receipt", { text, kind: client.route().kind ?? null });
}

async function tellArrivals(conversation: ConversationIdText): Promise<void> {
  for (const message of await client.messages(conversation, { limit: 10 }))
    if (!message.mine) say("got", { text: message.text, message: message.id });
}

if (config.role === "friend") {
  say("invited", { invite: await client.invite() });
  client.subscribe((event) => {
    if (event.type !== "message" || event.change !== "added") return;
    void tellArrivals(event.conversation);
  });
  // Told to, the friend answers in the one conversation there is.
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { text } = JSON.parse(line) as { readonly text: string };
    void client.conversations().then(([first]) => first && write(first.id, text));
  });
} else {
  const conversation = await client.open(config.friendInvite ?? "");
  await write(conversation, config.text ?? "");
  createInterface({ input: process.stdin }).on("line", (line) => {
    const { text } = JSON.parse(line) as { readonly text: string };
    void write(conversation, text);
  });
}
// The friend stays until it is told to go; an open profile keeps the process alive only while it is used.
setInterval(() => undefined, 60_000);
