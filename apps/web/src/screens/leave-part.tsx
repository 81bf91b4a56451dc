/*
 * Deleting everything (S6): what it means, a typed name, the recovery words where this device has them no more, and the station's receipt
 * (protocol/15-moving.md §4). After it there is nothing here but the receipt.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { plainName } from "../format/bidi.ts";
import { fullDate } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import type { LeftView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { saveAs } from "../state/save-as.ts";
import { settings } from "../state/settings.ts";
import { Button, Field } from "../ui/controls.tsx";
import { sizeText } from "../ui/route-line.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./data-sheet.module.css";
import facts from "./facts.module.css";

/** Long enough for the browser to have taken the address. */
const KEPT_URL_MS = 60_000;
const KEY_LETTERS = 8;

function problemOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return code === "client/bad-words" ? t("moveLeaveBadWords") : t("moveLeaveFailed");
}

function save({ file, station }: LeftView): void {
  const url = URL.createObjectURL(new Blob([new Uint8Array(file)], { type: "application/octet-stream" }));
  saveAs(url, `chapar-${station.slice(0, KEY_LETTERS)}.receipt`);
  setTimeout(() => URL.revokeObjectURL(url), KEPT_URL_MS);
}

function nameOf(of: LeftView["rows"][number]["of"]): string {
  switch (of) {
    case "account":
      return t("moveLeaveAccount");
    case "envelope":
      return t("moveLeaveMessages");
    case "blob":
      return t("moveLeaveFiles");
    case "backup":
    default:
      return t("moveLeaveBackup");
  }
}

/** What a station signed that it deleted. */
export function Receipt({ left }: { readonly left: LeftView }): JSX.Element {
  return (
    <>
      <ul class={css.rows}>
        {left.rows.map(({ of, objects, bytes, keptObjects, keptBytes, untilMs }) => (
          <li key={of}>
            <h3>{nameOf(of)}</h3>
            {(objects > 0 || keptObjects === 0) && (
              <p>{t("moveLeaveGone", { count: objects, size: sizeText(bytes) })}</p>
            )}
            {keptObjects > 0 && (
              <p>
                {t("moveLeaveKept", {
                  count: keptObjects,
                  size: sizeText(keptBytes),
                  day: fullDate(settings.value, untilMs),
                })}
              </p>
            )}
          </li>
        ))}
      </ul>
      <p class={facts.muted}>
        {t("moveLeaveChain")} {t(left.isInLog ? "moveLeaveInLog" : "moveLeaveNotInLog")}
      </p>
      <div class={facts.actions}>
        <Button icon="save" onClick={() => save(left)}>
          {t("moveLeaveSave")}
        </Button>
      </div>
    </>
  );
}

/** The app begins as on the first day, with no setting kept. */
function beginAnew(): void {
  localStorage.clear();
  sessionStorage.clear();
  history.replaceState(null, "", location.pathname);
  location.reload();
}

/** All that is left here. */
export function Left({ left }: { readonly left: LeftView }): JSX.Element {
  return (
    <Sheet title={t("moveLeaveDone")} onClose={beginAnew}>
      <div role="status">
        <Receipt left={left} />
      </div>
      <div class={facts.actions}>
        <Button onClick={beginAnew}>{t("moveLeaveAnew")}</Button>
      </div>
    </Sheet>
  );
}

/** Asks, and deletes. @param onLeft  nothing is here any more but the receipt */
export function LeavePart({ onLeft }: { readonly onLeft: (left: LeftView) => void }): JSX.Element {
  const isOpen = useSignal(false);
  const hasWords = useSignal(true);
  const name = useSignal("");
  const typed = useSignal("");
  const words = useSignal("");
  const problem = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  useEffect(() => {
    const look = async (): Promise<void> => {
      const client = await engine();
      name.value = plainName(client.me()?.name ?? "");
      hasWords.value = (await client.recoveryWords()).length > 0;
    };
    void look();
  }, []);
  const go = async (): Promise<void> => {
    if (isBusy.peek()) return;
    if (typed.peek().trim() !== name.peek().trim()) {
      problem.value = t("moveLeaveNotName", { name: name.peek() });
      return;
    }
    isBusy.value = true;
    problem.value = undefined;
    try {
      const given = hasWords.peek() ? undefined : words.peek().trim();
      onLeft(await (await engine()).data.deleteEverything(given));
    } catch (error) {
      problem.value = problemOf(error);
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <section class={css.move}>
      <h3>{t("moveLeaveTitle")}</h3>
      <p class={facts.muted}>{t("moveLeaveText")}</p>
      {!isOpen.value && (
        <div class={facts.actions}>
          <Button onClick={() => (isOpen.value = true)}>{t("moveLeaveBegin")}</Button>
        </div>
      )}
      {isOpen.value && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void go();
          }}
        >
          {!hasWords.value && (
            <Field
              label={t("moveLeaveWords")}
              value={words.value}
              isCode
              lines={3}
              onInput={(value) => (words.value = value)}
            />
          )}
          <Field
            label={t("moveLeaveName", { name: name.value })}
            value={typed.value}
            problem={problem.value}
            onInput={(value) => {
              typed.value = value;
              problem.value = undefined;
            }}
          />
          <div class={facts.actions}>
            <Button type="submit" busy={isBusy.value}>
              {isBusy.value ? t("moveLeaveBusy") : t("moveLeaveGo")}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
