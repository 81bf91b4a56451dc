/* Leaving for another station (S6): one field, one button, and how far everything has followed (protocol/15-moving.md). */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { fullDate } from "../format/dates.ts";
import { regionName } from "../format/region.ts";
import { t } from "../i18n/translate.ts";
import type { MoveView } from "../state/client-types.ts";
import { engine, onEngineEvent } from "../state/engine.ts";
import { settings } from "../state/settings.ts";
import { Button, Field } from "../ui/controls.tsx";
import { Receipt } from "./leave-part.tsx";
import css from "./data-sheet.module.css";
import facts from "./facts.module.css";

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

function problemOf(error: unknown): string {
  const code = codeOf(error);
  if (code === "client/same-home") return t("moveSameHome");
  return code === "client/bad-invite" ? t("moveBadInvite") : t("moveNotMoved");
}

function Moved({ view }: { readonly view: MoveView }): JSX.Element {
  const region = regionName(settings.value.language, view.home.region);
  return (
    <p role="status">
      {t("moveDone", { station: plainName(view.home.name), region })}{" "}
      {view.roomsLeft === 0 ? t("moveAllFollowed") : t("moveLeft", { count: view.roomsLeft })}
    </p>
  );
}

/** What the old home deletes, or deleted. */
function OldHome({ view: { receipt, deletesAtMs } }: { readonly view: MoveView }): JSX.Element | null {
  if (receipt !== undefined)
    return (
      <>
        <h4>{t("moveOldDeleted")}</h4>
        <Receipt left={receipt} />
      </>
    );
  if (deletesAtMs === undefined) return null;
  return <p class={facts.muted}>{t("moveOldDeletes", { day: fullDate(settings.value, deletesAtMs) })}</p>;
}

/** @param onMoved  this device lives elsewhere now */
export function MovePart({ onMoved }: { readonly onMoved: () => void }): JSX.Element {
  const invite = useSignal("");
  const problem = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const moved = useSignal<MoveView | undefined>(undefined);
  const look = async (): Promise<void> => {
    moved.value = await (await engine()).data.moving();
  };
  useEffect(() => {
    const again = (): void => void look().catch(() => {});
    again();
    return onEngineEvent(({ type }) => {
      if (type === "conversation" || type === "me") again();
    });
  }, []);
  const move = async (): Promise<void> => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    problem.value = undefined;
    try {
      moved.value = await (await engine()).data.move(invite.peek().trim());
      invite.value = "";
      onMoved();
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <section class={css.move}>
      <h3>{t("moveTitle")}</h3>
      <p class={facts.muted}>{t("moveText")}</p>
      {moved.value !== undefined && <Moved view={moved.value} />}
      {moved.value !== undefined && <OldHome view={moved.value} />}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void move();
        }}
      >
        <Field
          label={t("moveInvite")}
          value={invite.value}
          isCode
          problem={problem.value}
          onInput={(value) => {
            invite.value = value;
            problem.value = undefined;
          }}
        />
        <div class={facts.actions}>
          <Button type="submit" busy={isBusy.value}>
            {isBusy.value ? t("moveBusy") : t("moveGo")}
          </Button>
        </div>
      </form>
    </section>
  );
}
