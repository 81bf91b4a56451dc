/* What changes what opens what: another PIN, a passkey, the word that wipes, a second profile, no lock. */
import { webLock } from "@chapar/client/web-lock";
import type { Change, Unlocked } from "@chapar/client/web-lock";
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Button, Choice } from "../ui/controls.tsx";
import { lockMode } from "./current.ts";
import { hasPasskeys, makePasskey } from "./passkey.ts";
import { keepPrefs, lockPrefs } from "./prefs.ts";
import { SecretForm } from "./secret-form.tsx";
import css from "./lock.module.css";

export interface LockDeskProps {
  readonly unlocked: Unlocked;
  /** undefined: the PIN is another now, and is asked for again */
  readonly onChange: (unlocked: Unlocked | undefined) => void;
}

function Part(props: {
  readonly title: string;
  readonly text?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={css.part}>
      <h3 class={css.heading}>{props.title}</h3>
      {props.text !== undefined && <p class={css.text}>{props.text}</p>}
      {props.children}
    </section>
  );
}

const said = (change: Change): string | undefined =>
  change === "done" ? undefined : t(change === "taken" ? "lockTaken" : "lockNoRoom");

/** What a further secret was set to do is one of the things that its profile has. */
const withHas = ({ content, ...rest }: Unlocked, has: Partial<Unlocked["content"]["has"]>): Unlocked => ({
  ...rest,
  content: { ...content, has: { ...content.has, ...has } },
});

function Passkey({ unlocked, onChange }: LockDeskProps): JSX.Element {
  const problem = useSignal("");
  const add = async (): Promise<void> => {
    const secret = await makePasskey().catch(() => undefined);
    if (secret === undefined) return void (problem.value = t("lockPasskeyNone"));
    problem.value = "";
    onChange(await webLock.setPasskey(unlocked, secret));
    keepPrefs({ passkey: true });
  };
  const remove = async (): Promise<void> => {
    onChange(await webLock.removePasskey(unlocked));
    keepPrefs({ passkey: false });
  };
  const has = unlocked.content.has.passkey;
  return (
    <Part title={t("lockPasskeyTitle")} text={t("lockPasskeyText")}>
      <p class={css.problem} role="alert">
        {problem.value}
      </p>
      <Button onClick={() => void (has ? remove() : add()).catch(notifyProblem)}>
        {t(has ? "lockPasskeyRemove" : "lockPasskeyAdd")}
      </Button>
    </Part>
  );
}

function Wipe({ unlocked, onChange }: LockDeskProps): JSX.Element {
  const set = async (word: string): Promise<string | undefined> => {
    const change = await webLock.setWipeWord(unlocked, word);
    if (change === "done") onChange(withHas(unlocked, { wipe: true }));
    return said(change);
  };
  return (
    <Part title={t("lockWipeTitle")} text={t("lockWipeText")}>
      {unlocked.content.has.wipe ? (
        <Button onClick={() => void webLock.removeWipeWord(unlocked).then(onChange).catch(notifyProblem)}>
          {t("lockWipeRemove")}
        </Button>
      ) : (
        <SecretForm label={t("lockWipeWord")} action="lockWipeSet" isNew onSecret={set} />
      )}
      <Choice
        label={t("lockHold")}
        value={lockPrefs.value.hold ? "on" : "off"}
        options={[
          { value: "off", label: t("lockOff") },
          { value: "on", label: t("lockOn") },
        ]}
        onChange={(value) => keepPrefs({ hold: value === "on" })}
      />
      <p class={css.text}>{t("lockHoldText")}</p>
    </Part>
  );
}

function Decoy({ unlocked, onChange }: LockDeskProps): JSX.Element {
  const set = async (pin: string): Promise<string | undefined> => {
    const change = await webLock.setDecoy(unlocked, pin);
    if (change === "done") onChange(withHas(unlocked, { decoy: true }));
    return said(change);
  };
  return (
    <Part title={t("lockDecoyTitle")} text={t("lockDecoyText")}>
      {unlocked.content.has.decoy ? (
        <Button onClick={() => void webLock.removeDecoy(unlocked).then(onChange).catch(notifyProblem)}>
          {t("lockDecoyRemove")}
        </Button>
      ) : (
        <SecretForm label={t("lockDecoyPin")} action="lockDecoySet" isNew onSecret={set} />
      )}
    </Part>
  );
}

export function LockDesk(props: LockDeskProps): JSX.Element {
  const { unlocked, onChange } = props;
  const changePin = async (pin: string): Promise<string | undefined> => {
    const change = await webLock.changePin(unlocked, pin);
    if (change === "done") onChange(undefined);
    return said(change);
  };
  const takeOff = async (): Promise<void> => {
    await webLock.takeOff(unlocked);
    lockMode.value = "off";
  };
  return (
    <>
      <Part title={t("lockChange")}>
        <SecretForm label={t("lockNew")} action="lockChangeDo" isNew onSecret={changePin} />
      </Part>
      {hasPasskeys() && <Passkey {...props} />}
      <Wipe {...props} />
      <Decoy {...props} />
      <Part title={t("lockTakeOff")} text={t("lockTakeOffText")}>
        <Button onClick={() => void takeOff().catch(notifyProblem)}>{t("lockTakeOff")}</Button>
      </Part>
      <p class={css.text}>{t("lockLimits")}</p>
    </>
  );
}
