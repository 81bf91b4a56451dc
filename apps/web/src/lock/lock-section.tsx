/*
 * The lock in the settings. Without one: what it is, and a form. With one: when it locks, and, after the PIN was said once more, everything
 * that changes what opens what.
 */
import { webLock } from "@chapar/client/web-lock";
import type { Unlocked } from "@chapar/client/web-lock";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button, Choice } from "../ui/controls.tsx";
import { cleanBrowser } from "./clean.ts";
import { isOpenNow, lockMode } from "./current.ts";
import { LockDesk } from "./lock-desk.tsx";
import { endEngine, lockNow } from "./lock-now.ts";
import { NamePart } from "./name-part.tsx";
import { AFTER_MINUTES, forgetPrefs, keepPrefs, lockPrefs } from "./prefs.ts";
import { SecretForm } from "./secret-form.tsx";
import css from "./lock.module.css";

const ROWS_BETWEEN_WORDS = 200;

/** Puts the first lock on. The engine closes; the page begins again, at the lock. */
function PutOn(): JSX.Element {
  const copied = useSignal<number | undefined>(undefined);
  const put = async (pin: string): Promise<undefined> => {
    copied.value = 0;
    try {
      // The next start looks for the box, whatever happens from here on.
      keepPrefs({});
      await endEngine();
      await webLock.setUp(pin, (rows) => {
        if (rows % ROWS_BETWEEN_WORDS === 0) copied.value = rows;
      });
    } catch (error) {
      if ((await webLock.state().catch(() => "locked")) === "none") forgetPrefs();
      notifyProblem(error);
    }
    history.replaceState(null, "", location.pathname);
    location.reload();
    return undefined;
  };
  return (
    <div class={css.parts}>
      <p>{t("lockIntro")}</p>
      <p class={css.text}>{t("lockStrength")}</p>
      <SecretForm label={t("lockNew")} action="lockPutOn" isNew onSecret={put} />
      <p role="status">{copied.value === undefined ? "" : t("lockPutting", { count: copied.value })}</p>
    </div>
  );
}

/** Puts a lock that was taken off on again. */
function PutOnAgain(): JSX.Element {
  const put = async (pin: string): Promise<string | undefined> => {
    const unlocked = await webLock.unlockOff();
    if (unlocked === undefined) return t("lockWrong");
    if ((await webLock.putOn(unlocked, pin)) === "taken") return t("lockTaken");
    lockMode.value = "locked";
    return undefined;
  };
  return (
    <div class={css.parts}>
      <p>{t("lockIsOff")}</p>
      <p class={css.text}>{t("lockStrength")}</p>
      <SecretForm label={t("lockNew")} action="lockPutOn" isNew onSecret={put} />
    </div>
  );
}

function When(): JSX.Element {
  const prefs = lockPrefs.value;
  return (
    <>
      <Choice
        label={t("lockAfter")}
        value={String(prefs.afterMinutes)}
        options={AFTER_MINUTES.map((minutes) => ({
          value: String(minutes),
          label: minutes === 0 ? t("lockAfterNever") : t("lockAfterMinutes", { count: minutes }),
        }))}
        onChange={(minutes) => keepPrefs({ afterMinutes: Number(minutes) })}
      />
      <Choice
        label={t("lockHide")}
        value={prefs.onHide ? "lock" : "cover"}
        options={[
          { value: "cover", label: t("lockHideCover") },
          { value: "lock", label: t("lockHideLock") },
        ]}
        onChange={(value) => keepPrefs({ onHide: value === "lock" })}
      />
    </>
  );
}

/** Asks for the PIN, as the lock does: attempts count here too, and the word that wipes wipes. */
function Ask({ onOpen }: { readonly onOpen: (unlocked: Unlocked) => void }): JSX.Element {
  const ask = async (pin: string): Promise<string | undefined> => {
    const attempt = await webLock.unlock(pin);
    if (attempt.kind === "wait") return t("lockWait", { count: Math.ceil(attempt.waitMs / 1000) });
    if (attempt.kind === "wiped") {
      await cleanBrowser();
      location.reload();
      return undefined;
    }
    // Another profile's PIN is no PIN here.
    if (attempt.kind === "wrong" || !isOpenNow(attempt)) return t("lockWrong");
    onOpen(attempt);
    return undefined;
  };
  return (
    <div class={css.part}>
      <SecretForm label={t("lockAsk")} action="lockAskDo" isNew={false} onSecret={ask} />
    </div>
  );
}

export function LockSection(): JSX.Element {
  return (
    <div class={css.parts}>
      <LockPart />
      <NamePart />
    </div>
  );
}

function LockPart(): JSX.Element {
  const unlocked = useSignal<Unlocked | undefined>(undefined);
  if (lockMode.value === "none") return <PutOn />;
  if (lockMode.value === "off") return <PutOnAgain />;
  return (
    <div class={css.parts}>
      <Button kind="primary" onClick={() => void lockNow()}>
        {t("lockNow")}
      </Button>
      <When />
      {unlocked.value === undefined ? (
        <Ask onOpen={(opened) => (unlocked.value = opened)} />
      ) : (
        <LockDesk unlocked={unlocked.value} onChange={(changed) => (unlocked.value = changed)} />
      )}
    </div>
  );
}
