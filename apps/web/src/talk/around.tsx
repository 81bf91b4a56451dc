/*
 * Around an open conversation, once the line is quiet: what is pinned, under the header; whom one may mention, over the field;
 * that a channel is read here; and the swipe that answers a message, mirrored where reading is. Each has a way without dragging: menu, hover and keys.
 */
import type { JSX, RefObject } from "preact";
import { chatOf } from "../state/chats.ts";
import type { PersonView } from "../state/client-types.ts";
import { lazyGroups } from "../ui/lazy.tsx";
import { useMentions } from "./mention-list.tsx";
import { PinnedBar } from "./pinned-bar.tsx";
import { useSwipes } from "./swipe.tsx";

const channelBar = lazyGroups(() => import("../channels/channel-bar.tsx").then((part) => part.ChannelBar));

export interface AroundProps {
  readonly id: string;
  readonly people: readonly PersonView[];
  readonly pane: RefObject<HTMLElement | null>;
}

export function Around({ id, people, pane }: AroundProps): JSX.Element {
  const mark = useSwipes(pane);
  const list = useMentions(id, people, pane);
  return (
    <>
      <PinnedBar key={id} id={id} />
      {chatOf(id)?.kind === "channel" && <channelBar.Component id={id} />}
      {mark}
      {list}
    </>
  );
}
