/* Previews in `chat`: what the setting says of a text that is about to be sent, and what is asked (protocol/5-content.md C-104). */
import type { Client, OutgoingPreview } from "@chapar/client";
import { makePreview, previewable, type PreviewSurroundings } from "./make-preview.ts";
import { hostOf, whyOf } from "./wish.ts";

/** How a text is sent. */
export interface ChatPreview {
  readonly preview?: OutgoingPreview;
  /** the person is to be asked first, in these words */
  readonly question?: string;
  /** what is said once it was sent */
  readonly notice?: string;
}

/** @param wish  `with`: the person said so · `without`: they were asked and said nothing · `open`: as the setting says */
export async function previewInChat(
  client: Client,
  text: string,
  wish: "with" | "without" | "open",
  surroundings: PreviewSurroundings,
): Promise<ChatPreview> {
  const address = previewable(text);
  if (address === undefined) return wish === "with" ? { notice: "There was no link in it to preview." } : {};
  const setting = await client.talk.previewing();
  if (wish === "without" || (wish === "open" && setting.mode === "off")) return {};
  if (wish === "open" && setting.mode === "ask")
    return { question: `Ctrl-P sends it with a preview: ${hostOf(address)} sees your address then. Enter: without.` };
  try {
    return { preview: await makePreview(address, setting, surroundings) };
  } catch (error) {
    const none = whyOf(error);
    if (none === undefined) throw error;
    return { notice: `Sent without a preview: ${none.says}.` };
  }
}
