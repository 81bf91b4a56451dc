/* Every emoji by group, with those used lately first, and a search over their names in the language of the screen. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { fold } from "@chapar/client/text";
import { t } from "../i18n/translate.ts";
import { settings } from "../state/settings.ts";
import { loadEmoji, unnamedEmoji } from "./emoji.ts";
import { recent } from "./recent.ts";
import css from "./talk.module.css";

const FOUND = 120;

function Grid({
  emoji,
  nameOf,
  onPick,
}: {
  readonly emoji: readonly string[];
  readonly nameOf: (emoji: string) => string;
  readonly onPick: (emoji: string) => void;
}): JSX.Element {
  return (
    <div class={css.grid}>
      {emoji.map((one) => (
        <button key={one} type="button" class={css.emoji} aria-label={nameOf(one)} onClick={() => onPick(one)}>
          {one}
        </button>
      ))}
    </div>
  );
}

export function EmojiPicker({ onPick }: { readonly onPick: (emoji: string) => void }): JSX.Element {
  const groups = useSignal(unnamedEmoji());
  const isUnnamed = useSignal(false);
  const query = useSignal("");
  const { language } = settings.value;
  useEffect(() => {
    const bring = async (): Promise<void> => {
      try {
        groups.value = await loadEmoji(language);
        isUnnamed.value = false;
      } catch {
        isUnnamed.value = true;
      }
    };
    void bring();
  }, [language]);
  const all = groups.value.flatMap(({ emoji }) => emoji);
  const names = new Map(all.map(({ sign, name }) => [sign, name]));
  const nameOf = (sign: string): string => names.get(sign) ?? sign;
  const words = fold(query.value)
    .split(" ")
    .filter((word) => word !== "");
  const found = all.filter(({ folded }) => words.every((word) => folded.includes(word))).slice(0, FOUND);
  return (
    <>
      <input
        type="search"
        class={css.search}
        value={query.value}
        aria-label={t("talkEmojiSearch")}
        placeholder={t("talkEmojiSearch")}
        onInput={(event) => (query.value = event.currentTarget.value)}
      />
      {isUnnamed.value && (
        <p class={css.groupTitle} role="status">
          {t("talkEmojiUnnamed")}
        </p>
      )}
      {words.length > 0 ? (
        <>
          {found.length === 0 && !isUnnamed.value && <p class={css.groupTitle}>{t("talkEmojiNone")}</p>}
          <Grid emoji={found.map(({ sign }) => sign)} nameOf={nameOf} onPick={onPick} />
        </>
      ) : (
        <>
          {recent.value.length > 0 && (
            <>
              <p class={css.groupTitle}>{t("talkEmojiRecent")}</p>
              <Grid emoji={recent.value} nameOf={nameOf} onPick={onPick} />
            </>
          )}
          {groups.value.map(({ emoji }, index) => (
            <div key={index} style={{ marginBlockStart: 10 }}>
              <Grid emoji={emoji.map(({ sign }) => sign)} nameOf={nameOf} onPick={onPick} />
            </div>
          ))}
        </>
      )}
    </>
  );
}
