/*
 * The settings: one screen with a list of parts; on a desk the list stands beside the part that is shown, on a phone one leads to the
 * other. What has a screen of its own (devices, backup, data, alerts) is a door in the same list.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import type { FunctionComponent, JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { unseenAlerts } from "../state/alerts.ts";
import { install, installOffer } from "../state/install.ts";
import { goBack, openSheet } from "../state/navigation.ts";
import { IconButton } from "../ui/controls.tsx";
import { ToastRegion } from "../ui/toast.tsx";
import { Door } from "./door.tsx";
import {
  AboutPart,
  DisplayPart,
  LockPart,
  NoticesSection,
  PrivacyPart,
  ProfilePart,
  WordsPart,
  WritingPart,
} from "./parts.tsx";
import { followSection, section, SECTIONS, showSection } from "./section.ts";
import type { SectionName } from "./section.ts";
import css from "./settings.module.css";

interface Section {
  readonly title: PlainKey;
  readonly text: PlainKey;
  readonly Part: FunctionComponent;
}

const PARTS: Readonly<Record<SectionName, Section>> = {
  profile: { title: "settingsProfile", text: "settingsProfileText", Part: ProfilePart },
  words: { title: "settingsWords", text: "settingsWordsText", Part: WordsPart },
  display: { title: "settingsDisplay", text: "settingsDisplayText", Part: DisplayPart },
  writing: { title: "settingsWriting", text: "settingsWritingText", Part: WritingPart },
  notices: { title: "settingsNotices", text: "settingsNoticesText", Part: NoticesSection },
  privacy: { title: "settingsPrivacy", text: "settingsPrivacyText", Part: PrivacyPart },
  lock: { title: "settingsLock", text: "settingsLockText", Part: LockPart },
  about: { title: "settingsAbout", text: "settingsAboutText", Part: AboutPart },
};
const WIDE = "(width >= 700px)";

/** Whether list and part stand side by side. */
function useSideBySide(): boolean {
  const isWide = useSignal(matchMedia(WIDE).matches);
  useEffect(() => {
    const media = matchMedia(WIDE);
    const follow = (): void => void (isWide.value = media.matches);
    media.addEventListener("change", follow);
    return () => media.removeEventListener("change", follow);
  }, []);
  return isWide.value;
}

function Doors(): JSX.Element {
  return (
    <>
      <Door
        title={t("settingsAlerts")}
        text={t("noteAlertsDoor", { count: unseenAlerts.value })}
        onClick={() => openSheet("alerts")}
      />
      <Door title={t("settingsData")} text={t("settingsDataText")} onClick={() => openSheet("data")} />
      <Door title={t("settingsDevices")} text={t("settingsDevicesText")} onClick={() => openSheet("devices")} />
      <Door title={t("settingsBackup")} text={t("settingsBackupText")} onClick={() => openSheet("backup")} />
      <Door title={t("settingsRecovery")} text={t("settingsRecoveryText")} onClick={() => openSheet("recovery")} />
      <Door title={t("settingsHelp")} text={t("settingsHelpText")} onClick={() => openSheet("help")} />
      {installOffer.value !== undefined && (
        <Door title={t("settingsInstall")} text={t("settingsInstallText")} onClick={() => void install()} />
      )}
    </>
  );
}

function List({ shown, isWide }: { readonly shown: SectionName | undefined; readonly isWide: boolean }): JSX.Element {
  const row = (name: SectionName): JSX.Element => (
    <Door
      key={name}
      title={t(PARTS[name].title)}
      text={t(PARTS[name].text)}
      isCurrent={name === shown}
      onClick={() => showSection(name, !isWide)}
    />
  );
  return (
    <nav class={css.list} aria-label={t("settingsSections")}>
      {SECTIONS.filter((name) => name !== "about").map(row)}
      <Doors />
      {row("about")}
    </nav>
  );
}

export function SettingsScreen(): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const isWide = useSideBySide();
  useEffect(() => {
    const dialog = ref.current;
    const opener = document.activeElement;
    dialog?.showModal();
    const stop = followSection();
    return () => {
      stop();
      section.value = undefined;
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  const shown = section.value ?? (isWide ? "profile" : undefined);
  const part = shown === undefined ? undefined : PARTS[shown];
  const isInside = !isWide && part !== undefined;
  return (
    <dialog
      ref={ref}
      class={css.screen}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        goBack();
      }}
    >
      <header class={css.header}>
        {isInside && <IconButton icon="back" label={t("back")} onClick={goBack} />}
        <h2 id={titleId}>{isInside ? t(part.title) : t("settingsTitle")}</h2>
        {!isInside && <IconButton icon="close" label={t("close")} onClick={goBack} />}
      </header>
      <div class={css.columns}>
        {!isInside && <List shown={shown} isWide={isWide} />}
        {part !== undefined && (
          <div class={css.part} tabIndex={0} role="region" aria-label={t(part.title)} key={shown}>
            <div class={css.parts}>
              {isWide && <h3 class={css.partTitle}>{t(part.title)}</h3>}
              <part.Part />
            </div>
          </div>
        )}
      </div>
      <ToastRegion />
    </dialog>
  );
}
