/*
 * Finding in the open chat: a bar over its header, hits newest first, up to older and down to newer ones. The message comes into
 * view and has the mark; the field keeps the focus, so that one can go on typing.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { SearchHit } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { currentConversation } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { jumpTo } from "../talk/jump.ts";
import { IconButton } from "../ui/controls.tsx";
import { tool } from "./tool.ts";
import css from "./tools.module.css";

const MOST = 100;

export function FindBar(): JSX.Element | null {
  const typed = useSignal("");
  const hits = useSignal<readonly SearchHit[]>([]);
  const at = useSignal(0);
  const asked = useRef(0);
  const field = useRef<HTMLInputElement>(null);
  const conversation = currentConversation.value;
  const pane = document.querySelector<HTMLElement>('[aria-labelledby="conversation-title"]')?.getBoundingClientRect();
  useEffect(() => field.current?.focus(), []);
  useEffect(() => void (conversation === undefined && (tool.value = undefined)), [conversation]);

  const show = (index: number): void => {
    at.value = index;
    const hit = hits.value[index];
    if (hit !== undefined) void jumpTo(hit.message.position).then(() => field.current?.focus({ preventScroll: true }));
  };
  const find = async (words: string): Promise<void> => {
    const own = (asked.current += 1);
    if (conversation === undefined) return;
    const found =
      words.trim() === "" ? [] : (await (await engine()).search.find({ words, conversation, limit: MOST })).hits;
    // Another letter was typed meanwhile.
    if (own !== asked.current) return;
    hits.value = found;
    show(0);
  };
  const count = hits.value.length;
  if (conversation === undefined || pane === undefined) return null;
  return (
    <search
      class={css.find}
      style={{ insetBlockStart: `${pane.top}px`, left: `${pane.left}px`, inlineSize: `${pane.width}px` }}
      aria-label={t("findInChat")}
    >
      <input
        ref={field}
        class={css.field}
        aria-label={t("findInChat")}
        placeholder={t("findInChat")}
        autocomplete="off"
        dir={typed.value === "" ? undefined : "auto"}
        value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          find(typed.value).catch(notifyProblem);
        }}
        onKeyDown={(event) => {
          const by = { ArrowUp: 1, ArrowDown: -1, Enter: event.shiftKey ? -1 : 1 }[event.key];
          if (by === undefined || count === 0) return;
          event.preventDefault();
          show((at.value + by + count) % count);
        }}
      />
      <span class={css.count} role="status">
        {typed.value.trim() === "" ? "" : count === 0 ? t("findNone") : t("findCount", { at: at.value + 1, count })}
      </span>
      <IconButton icon="up" label={t("findOlder")} onClick={() => count > 0 && show((at.value + 1) % count)} />
      <IconButton
        icon="down"
        label={t("findNewer")}
        onClick={() => count > 0 && show((at.value - 1 + count) % count)}
      />
      <IconButton icon="close" label={t("close")} onClick={() => (tool.value = undefined)} />
    </search>
  );
}
