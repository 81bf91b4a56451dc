/* The terms of a link into a group or a channel: until when, for how many, and who lets in. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { fullDate } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import type { GroupLinkTerms, GroupView } from "../state/client-types.ts";
import { settings } from "../state/settings.ts";
import { Button, Choice } from "../ui/controls.tsx";
import css from "./groups.module.css";

const DAY_MS = 86_400_000;
const DAYS = { day: 1, week: 7, never: 0 } as const;
const USES = { one: 1, ten: 10, any: 0 } as const;

/** What a new link is to let in. */
export function LinkTerms({ onMake }: { readonly onMake: (terms: GroupLinkTerms) => void }): JSX.Element {
  const isOpen = useSignal(false);
  const days = useSignal<keyof typeof DAYS>("week");
  const uses = useSignal<keyof typeof USES>("any");
  const approval = useSignal(true);
  if (!isOpen.value) {
    return (
      <Button icon="plus" onClick={() => (isOpen.value = true)}>
        {t("groupLinkMake")}
      </Button>
    );
  }
  const make = (): void => {
    const length = DAYS[days.peek()];
    const terms: GroupLinkTerms = {
      expiresMs: length === 0 ? 0 : Date.now() + length * DAY_MS,
      limit: USES[uses.peek()],
      approval: approval.peek(),
    };
    isOpen.value = false;
    onMake(terms);
  };
  return (
    <div class={css.form}>
      <Choice
        label={t("groupLinkUntil")}
        value={days.value}
        options={[
          { value: "day", label: t("groupLinkDay") },
          { value: "week", label: t("groupLinkWeek") },
          { value: "never", label: t("groupLinkNever") },
        ]}
        onChange={(next) => (days.value = next)}
      />
      <Choice
        label={t("groupLinkFor")}
        value={uses.value}
        options={[
          { value: "one", label: t("groupLinkPeople", { count: 1 }) },
          { value: "ten", label: t("groupLinkPeople", { count: 10 }) },
          { value: "any", label: t("groupLinkAnybody") },
        ]}
        onChange={(next) => (uses.value = next)}
      />
      <label class={css.pick}>
        <input
          type="checkbox"
          checked={approval.value}
          onChange={(event) => (approval.value = event.currentTarget.checked)}
        />
        <span>{t("groupLinkApproval")}</span>
      </label>
      <Button kind="primary" onClick={make}>
        {t("groupLinkMake")}
      </Button>
    </div>
  );
}

type Link = Pick<GroupView["links"][number], "expiresMs" | "limit" | "used" | "approval">;

/** What a link says it lets in. */
export function linkTermsText({ expiresMs, limit, used, approval }: Link): string {
  return [
    limit === 0 ? t("groupLinkCame", { count: used }) : t("groupLinkCameOf", { count: used, limit }),
    expiresMs === 0 ? t("groupLinkNever") : t("groupLinkUntilTime", { time: fullDate(settings.value, expiresMs) }),
    ...(approval ? [t("groupLinkApproved")] : []),
  ].join(" · ");
}
