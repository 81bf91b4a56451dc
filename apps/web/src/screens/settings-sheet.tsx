/*
 * Settings: each takes effect at once. Calendar and digits are apart from the language; a change of language brings its
 * own along, and they can be changed back.
 */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { JSX } from "preact";
import { formatNumber, loadLanguage, t } from "../i18n/translate.ts";
import { unseenAlerts } from "../state/alerts.ts";
import { engine, me } from "../state/engine.ts";
import { install, installOffer } from "../state/install.ts";
import { openSheet } from "../state/navigation.ts";
import { changeSettings, settings, TEXT_SIZES } from "../state/settings.ts";
import { LANGUAGE_FACTS, LANGUAGES } from "../i18n/languages.ts";
import type { Language } from "../i18n/languages.ts";
import { notify, notifyProblem } from "../state/toasts.ts";
import { Button, Choice, Field } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { lazyTalk, lazyTools, lazyTrust } from "../ui/lazy.tsx";
import { Sheet } from "../ui/sheet.tsx";
import css from "./settings-sheet.module.css";

/** Brings the words first, then turns the page: never half a language on the screen. */
async function changeLanguage(language: Language): Promise<void> {
  try {
    await loadLanguage(language);
    changeSettings({ language });
  } catch {
    notifyProblem({ code: "client/no-route" });
  }
}

const notices = lazyTools(() => import("../tools/notices-part.tsx").then((part) => part.NoticesPart));
const telling = lazyTalk(() => import("../talk/telling-part.tsx").then((part) => part.TellingPart));
const watch = lazyTrust(() => import("../trust/watch.tsx").then((part) => part.Watch));

function NameField(): JSX.Element {
  const held = me.value?.name ?? "";
  const name = useSignal(held);
  const save = (): void => {
    engine()
      .then((client) => client.setName(name.value.trim()))
      .then(() => notify("settingsNameSaved"))
      .catch((error: unknown) => notifyProblem(error, save));
  };
  return (
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

function Door(props: { readonly title: string; readonly text: string; readonly onClick: () => void }): JSX.Element {
  return (
    <button type="button" class={css.door} onClick={props.onClick}>
      <span>
        <span class={css.doorTitle}>{props.title}</span>
        <span class={css.doorText}>{props.text}</span>
      </span>
      <Icon name="forward" size={20} />
    </button>
  );
}

export function SettingsSheet(): JSX.Element {
  const now = settings.value;
  return (
    <Sheet title={t("settingsTitle")}>
      <div class={css.parts}>
        <NameField />
        <Choice
          label={t("settingsLanguage")}
          value={now.language}
          options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_FACTS[value].label, lang: value }))}
          onChange={(language) => void changeLanguage(language)}
        />
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
        <Choice
          label={t("settingsSend")}
          value={now.sendKey}
          options={[
            { value: "enter", label: t("settingsSendEnter") },
            { value: "ctrl", label: t("settingsSendCtrl") },
          ]}
          onChange={(sendKey) => changeSettings({ sendKey })}
        />
        <notices.Component />
        <div class={css.doors}>
          <Door
            title={t("settingsAlerts")}
            text={t("noteAlertsDoor", { count: unseenAlerts.value })}
            onClick={() => openSheet("alerts")}
          />
          <Door title={t("settingsHelp")} text={t("settingsHelpText")} onClick={() => openSheet("help")} />
          <Door title={t("settingsData")} text={t("settingsDataText")} onClick={() => openSheet("data")} />
          <Door title={t("settingsDevices")} text={t("settingsDevicesText")} onClick={() => openSheet("devices")} />
          <Door title={t("settingsBackup")} text={t("settingsBackupText")} onClick={() => openSheet("backup")} />
          <Door title={t("settingsRecovery")} text={t("settingsRecoveryText")} onClick={() => openSheet("recovery")} />
          {installOffer.value !== undefined && (
            <Door title={t("settingsInstall")} text={t("settingsInstallText")} onClick={() => void install()} />
          )}
        </div>
        <telling.Component />
        <watch.Component />
      </div>
    </Sheet>
  );
}
