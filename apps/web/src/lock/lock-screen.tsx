/*
 * The locked screen: a sign, a field, a button, and, where one was set, a passkey. It knows no name and says nothing of what is behind it.
 */
import type { Attempt, Lock, Unlocked } from "@chapar/client/web-lock";
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { Button } from "../ui/controls.tsx";
import { cleanBrowser } from "./clean.ts";
import { askPasskey, hasPasskeys } from "./passkey.ts";
import { lockPrefs } from "./prefs.ts";
import css from "./lock.module.css";

const HOLD_MS = 5000;
const TICK_MS = 250;

export interface LockScreenProps {
  readonly lock: Pick<Lock, "unlock" | "unlockWith" | "wipe">;
  /** undefined: everything was wiped */
  readonly onOpen: (unlocked: Unlocked | undefined) => void;
}

const SIGN = "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5zM12 14.5v2.5";

/** The sign; where that was chosen, holding it wipes. */
function Sign({ onHeld }: { readonly onHeld: () => void }): JSX.Element {
  const timer = useRef(0);
  const stop = (): void => {
    clearTimeout(timer.current);
    timer.current = 0;
  };
  const begin = (): void => {
    if (timer.current === 0) timer.current = setTimeout(onHeld, HOLD_MS);
  };
  useEffect(() => stop, []);
  const drawing = (
    <svg
      width="56"
      height="56"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={SIGN} />
    </svg>
  );
  if (!lockPrefs.value.hold) return <div class={css.sign}>{drawing}</div>;
  return (
    <button
      type="button"
      class={css.sign}
      aria-label={t("lockSign")}
      onPointerDown={begin}
      onPointerUp={stop}
      onPointerLeave={stop}
      onPointerCancel={stop}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") begin();
      }}
      onKeyUp={stop}
      onBlur={stop}
    >
      {drawing}
    </button>
  );
}

/** Counts down to the moment when the next attempt may be made. */
function useWait(): { readonly seconds: number; readonly wait: (ms: number) => void } {
  const untilMs = useSignal(0);
  const nowMs = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (nowMs.value = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return {
    seconds: Math.max(0, Math.ceil((untilMs.value - nowMs.value) / 1000)),
    wait: (ms) => {
      nowMs.value = Date.now();
      untilMs.value = Date.now() + ms;
    },
  };
}

export function LockScreen({ lock, onOpen }: LockScreenProps): JSX.Element {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const isBusy = useSignal(false);
  const problem = useSignal<"" | "lockWrong" | "lockPasskeyFailed">("");
  const { seconds, wait } = useWait();
  useEffect(() => field.current?.focus(), []);

  const wiped = async (): Promise<void> => {
    await cleanBrowser();
    onOpen(undefined);
  };
  const take = async (attempt: Attempt): Promise<void> => {
    if (attempt.kind === "opened") return onOpen(attempt);
    if (attempt.kind === "wiped") return await wiped();
    if (attempt.kind === "wrong") problem.value = "lockWrong";
    wait(attempt.waitMs);
  };
  const run = (work: () => Promise<void>): void => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    problem.value = "";
    work()
      .catch(() => (problem.value = "lockWrong"))
      .finally(() => (isBusy.value = false));
  };
  const tryPin = (): void => {
    const pin = field.current?.value ?? "";
    if (pin === "" || seconds > 0) return;
    if (field.current !== null) field.current.value = "";
    run(async () => take(await lock.unlock(pin)));
  };
  const tryPasskey = (): void =>
    run(async () => {
      const secret = await askPasskey().catch(() => undefined);
      if (secret === undefined) problem.value = "lockPasskeyFailed";
      else await take(await lock.unlockWith(secret));
    });
  const words = seconds > 0 ? t("lockWait", { count: seconds }) : problem.value === "" ? "" : t(problem.value);
  return (
    <main class={css.screen}>
      <Sign onHeld={() => void lock.wipe().then(wiped)} />
      <h1 class={css.title}>{t("lockTitle")}</h1>
      <form
        class={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          tryPin();
        }}
      >
        <label for={id}>{t("lockPin")}</label>
        <input
          ref={field}
          id={id}
          class={css.input}
          type="password"
          autocomplete="current-password"
          aria-describedby={`${id}-said`}
          aria-invalid={words !== ""}
        />
        <p id={`${id}-said`} class={css.said} role="alert">
          {words}
        </p>
        <Button type="submit" kind="primary" busy={isBusy.value}>
          {t(isBusy.value ? "lockOpening" : "lockOpen")}
        </Button>
      </form>
      {lockPrefs.value.passkey && hasPasskeys() && (
        <Button kind="quiet" onClick={tryPasskey}>
          {t("lockPasskey")}
        </Button>
      )}
    </main>
  );
}
