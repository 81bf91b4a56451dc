/* What a person has decided about the chats of the small world (sample.ts). */
import type { MemoryClient } from "./memory-client.ts";

/** Pins, mutes, folders, a draft, the archive, a block. */
export async function decideSome(client: MemoryClient, found: { readonly sara: string }): Promise<void> {
  const { chats } = client;
  const idOf = async (name: string): Promise<string> =>
    (await client.conversations()).find(({ people }) => people[0]?.name.includes(name) === true)?.id ?? "";
  const leyla = await idOf("Leyla");
  await chats.pin(found.sara, true);
  await chats.mute(leyla, "always");
  await chats.archive(await idOf("Maximilian"), true);
  await chats.draft(leyla, "راستی، the third page of the plan");
  await chats.markUnread(await idOf("رضا"), true);
  await chats.block("evil", true);
  const family = await chats.makeFolder("خانواده");
  await chats.makeFolder("Work");
  await chats.putInFolder(family, found.sara, true);
}
