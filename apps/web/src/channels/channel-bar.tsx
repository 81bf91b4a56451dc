/* Under a channel's messages, in the place of the composer: that one reads here, or what came of the link. */
import type { JSX } from "preact";
import { openSheet } from "../state/navigation.ts";
import { readersText, standingText } from "./channel-words.ts";
import css from "./channels.module.css";
import { useChannel } from "./use-channel.ts";

export function ChannelBar({ id }: { readonly id: string }): JSX.Element | null {
  const { channel } = useChannel(id);
  if (channel === undefined) return null;
  const isIn = channel.standing === "in";
  return (
    <div class={css.bar} data-writes={channel.writes} role="status">
      <p>{channel.writes ? readersText(channel) : standingText(channel)}</p>
      {isIn && !channel.writes && (
        <button type="button" onClick={() => openSheet("group")}>
          {readersText(channel)}
        </button>
      )}
    </div>
  );
}
