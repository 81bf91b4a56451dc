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
  await chats.setTimer(found.sara, 86_400);
  client.addMessage(found.sara, { more: { timerS: 86_400 } });
  client.addMessage(found.sara, { text: "این تا فردا می‌ماند", more: { disappearsAfterS: 86_400 } });
  client.addMessage(found.sara, { more: { gap: { code: "client/disappeared", entries: 1 } } });
  client.addMessage(found.sara, { mine: true, text: "Read and gone", more: { disappearsAfterS: 86_400 } });
  await chats.schedule(found.sara, { text: "صبح به‌خیر! Good morning" }, Date.now() + 12 * 3_600_000);
  const family = await chats.makeFolder("خانواده");
  await chats.makeFolder("Work");
  await chats.putInFolder(family, found.sara, true);
}
