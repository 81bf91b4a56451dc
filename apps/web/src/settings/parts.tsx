/*
 * The parts of the settings: each takes effect at once. Calendar and digits are apart from the language; a change of language brings its
 * own along, and they can be changed back.
 */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { JSX } from "preact";
import { LANGUAGE_FACTS, LANGUAGES } from "../i18n/languages.ts";
import type { Language } from "../i18n/languages.ts";
import { formatNumber, loadLanguage, loadWords, t } from "../i18n/translate.ts";
import { engine, me } from "../state/engine.ts";
import { openSheet } from "../state/navigation.ts";
import { changeSettings, settings, TEXT_SIZES } from "../state/settings.ts";
import { notify, notifyProblem } from "../state/toasts.ts";
import { tool } from "../tools/tool.ts";
import { Button, Choice, Field } from "../ui/controls.tsx";
import { lazy, lazyTalk, lazyTools, lazyTrust } from "../ui/lazy.tsx";
import { Door } from "./door.tsx";
import css from "./settings.module.css";

/** As `./chapar --version` says. */
const VERSION = "0.1.0";

/** Brings the words first, then turns the page: never half a language on the screen. */
async function changeLanguage(language: Language): Promise<void> {
  try {
    await loadLanguage(language);
    changeSettings({ language });
  } catch {
    // The one that stays is the one that is marked.
    changeSettings({ language: settings.peek().language });
    notifyProblem({ code: "client/no-route" });
  }
}

const notices = lazyTools(() => import("../tools/notices-part.tsx").then((part) => part.NoticesPart));
const telling = lazyTalk(() => import("../talk/telling-part.tsx").then((part) => part.TellingPart));
const watch = lazyTrust(() => import("../trust/watch.tsx").then((part) => part.Watch));
const shield = lazyTrust(() => import("../trust/shield-part.tsx").then((part) => part.ShieldPart));
const lock = lazy(async () => {
  const [part] = await Promise.all([import("../lock/lock-section.tsx"), loadWords("lock")]);
  return part.LockSection;
});

const portrait = lazy(() => import("../people/portrait-part.tsx").then((part) => part.PortraitPart));

export function ProfilePart(): JSX.Element {
  const held = me.value?.name ?? "";
  const name = useSignal(held);
  const save = (): void => {
    engine()
      .then((client) => client.setName(name.value.trim()))
      .then(() => notify("settingsNameSaved"))
      .catch((error: unknown) => notifyProblem(error, save));
  };
  return (
    <>
      <portrait.Component />
      <form
        class={css.name}
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field
          label={t("settingsName")}
          value={name.value}
          autocomplete="nickname"
          maxLength={64}
          onInput={(value) => (name.value = value)}
        />
        {name.value.trim() !== held && name.value.trim() !== "" && (
          <Button type="submit" kind="primary">
            {t("settingsNameSave")}
          </Button>
        )}
      </form>
    </>
  );
}

export function WordsPart(): JSX.Element {
  const now = settings.value;
  return (
    <>
      <Choice
        label={t("settingsLanguage")}
        value={now.language}
        options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_FACTS[value].label, lang: value }))}
        onChange={(language) => void changeLanguage(language)}
      />
      <Choice
        label={t("settingsCalendar")}
        value={now.calendar}
        options={[
          { value: "persian", label: t("settingsCalendarPersian") },
          { value: "gregory", label: t("settingsCalendarGregorian") },
          { value: "islamic-umalqura", label: t("settingsCalendarHijri") },
        ]}
        onChange={(calendar) => changeSettings({ calendar })}
      />
      <Choice
        label={t("settingsDigits")}
        value={now.digits}
        options={[
          { value: "arabext", label: t("settingsDigitsArabext") },
          { value: "arab", label: t("settingsDigitsArab") },
          { value: "latn", label: t("settingsDigitsLatn") },
        ]}
        onChange={(digits) => changeSettings({ digits })}
      />
    </>
  );
}

function TextSize(): JSX.Element {
  const id = useId();
  const percent = settings.value.textPercent;
  const at = Math.max(0, TEXT_SIZES.indexOf(percent as (typeof TEXT_SIZES)[number]));
  const value = t("settingsTextValue", { value: formatNumber(percent) });
  return (
    <div class={css.size}>
      <label for={id}>{t("settingsText")}</label>
      <output for={id}>{value}</output>
      <input
        id={id}
        type="range"
        min={0}
        max={TEXT_SIZES.length - 1}
        step={1}
        value={at}
        aria-valuetext={value}
        onInput={(event) => changeSettings({ textPercent: TEXT_SIZES[Number(event.currentTarget.value)] ?? 100 })}
      />
    </div>
  );
}

export function DisplayPart(): JSX.Element {
  const now = settings.value;
  return (
    <>
      <Choice
        label={t("settingsTheme")}
        value={now.theme}
        options={[
          { value: "auto", label: t("settingsThemeAuto") },
          { value: "light", label: t("settingsThemeLight") },
          { value: "dark", label: t("settingsThemeDark") },
        ]}
        onChange={(theme) => changeSettings({ theme })}
      />
      <TextSize />
      <Choice
        label={t("settingsContrast")}
        value={now.contrast}
        options={[
          { value: "auto", label: t("settingsAsSystem") },
          { value: "more", label: t("settingsContrastMore") },
        ]}
        onChange={(contrast) => changeSettings({ contrast })}
      />
      <Choice
        label={t("settingsMotion")}
        value={now.motion}
        options={[
          { value: "auto", label: t("settingsAsSystem") },
          { value: "none", label: t("settingsMotionNone") },
        ]}
        onChange={(motion) => changeSettings({ motion })}
      />
      <Choice
        label={t("settingsDensity")}
        value={now.density}
        options={[
          { value: "cosy", label: t("settingsDensityCosy") },
          { value: "compact", label: t("settingsDensityCompact") },
        ]}
        onChange={(density) => changeSettings({ density })}
      />
    </>
  );
}

export function WritingPart(): JSX.Element {
  return (
    <>
      <Choice
        label={t("settingsSend")}
        value={settings.value.sendKey}
        options={[
          { value: "enter", label: t("settingsSendEnter") },
          { value: "ctrl", label: t("settingsSendCtrl") },
        ]}
        onChange={(sendKey) => changeSettings({ sendKey })}
      />
      <div class={css.doors}>
        <Door title={t("keysTitle")} onClick={() => (tool.value = "keys")} />
      </div>
    </>
  );
}

export function NoticesSection(): JSX.Element {
  return <notices.Component />;
}

/** What others learn, and whom one does not hear. */
export function PrivacyPart(): JSX.Element {
  return (
    <>
      <telling.Component />
      <shield.Component />
    </>
  );
}

export function LockPart(): JSX.Element {
  return <lock.Component />;
}

export function AboutPart(): JSX.Element {
  return (
    <>
      <p>{t("settingsVersion", { version: VERSION })}</p>
      <watch.Component />
      <div class={css.doors}>
        <Door title={t("connectionTitle")} onClick={() => openSheet("connection")} />
      </div>
    </>
  );
}
