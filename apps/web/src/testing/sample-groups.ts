/* A group among the chats of the small world (sample.ts). */
import type { MemoryClient } from "./memory-client.ts";
import { samplePicture } from "./sample-talk.ts";

const MINUTE_MS = 60_000;

/** A group of people who are known, with what was said and done in it. */
export async function groupSome(client: MemoryClient): Promise<string> {
  const id = await client.groups.create("Mountain walks کوه", ["sara", "files", "fault"]);
  await client.groups.setRole(id, "sara", "admin");
  client.people.put("sara", samplePicture(), false);
  const people = (await client.groups.view(id)).people;
  const sara = people.find(({ identity }) => identity === "sara");
  const reza = people.find(({ identity }) => identity === "fault");
  const atMs = client.nowMs - 30 * MINUTE_MS;
  const named = people.filter(({ me }) => !me).map(({ identity, name }) => ({ identity, name }));
  const line = (what: "created" | "added" | "admin", mine: boolean, some: typeof named, text = ""): void =>
    void client.addMessage(id, {
      mine,
      atMs,
      more: { group: { what, people: some, text } },
      ...(sara && { from: sara }),
    });
  line("created", true, [], "Mountain walks کوه");
  line("added", true, named);
  line("admin", true, named.slice(0, 1));
  const say = (from: typeof sara, text: string, after: number): void =>
    void client.addMessage(id, { text, atMs: atMs + after * MINUTE_MS, ...(from && { from }) });
  say(sara, "Who comes on Friday? جمعه کی می‌آید؟", 1);
  say(sara, "The bus leaves at 7:30.", 2);
  say(reza, "من می‌آیم", 5);
  const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;
  await client.groups.makeLink(id, { expiresMs: client.nowMs + WEEK_MS, limit: 10, approval: true });
  await client.groups.request(id, "نگار Negar");
  client.addMessage(id, { mine: true, text: "So do I.", atMs: atMs + 9 * MINUTE_MS });
  return id;
}
