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
import type { DoorProps } from "./door.tsx";
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

/** The screens of their own that this one leads to. */
type DoorName = "alerts" | "data" | "devices" | "backup" | "recovery" | "help";

/** The door that was gone through: whoever comes back stands before it again. */
let left: DoorName | undefined;

function Doors(): JSX.Element {
  const leads = (to: DoorName): Pick<DoorProps, "isFirst" | "onClick"> => ({
    isFirst: left === to,
    onClick: () => {
      openSheet(to);
      left = to;
    },
  });
  return (
    <>
      <Door
        title={t("settingsAlerts")}
        text={t("noteAlertsDoor", { count: unseenAlerts.value })}
        {...leads("alerts")}
      />
      <Door title={t("settingsData")} text={t("settingsDataText")} {...leads("data")} />
      <Door title={t("settingsDevices")} text={t("settingsDevicesText")} {...leads("devices")} />
      <Door title={t("settingsBackup")} text={t("settingsBackupText")} {...leads("backup")} />
      <Door title={t("settingsRecovery")} text={t("settingsRecoveryText")} {...leads("recovery")} />
      <Door title={t("settingsHelp")} text={t("settingsHelpText")} {...leads("help")} />
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
    left = undefined;
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
  const before = useRef<SectionName | undefined>(undefined);
  // On a phone list and part take each other's place, and with it what had the keyboard: it goes on in the part, and on the row that led there.
  useEffect(() => {
    if (document.activeElement === document.body) {
      const rows = ref.current?.querySelectorAll<HTMLElement>("nav button") ?? [];
      const row = [...rows].find(
        ({ textContent }) => before.current !== undefined && textContent.startsWith(t(PARTS[before.current].title)),
      );
      (isInside ? ref.current?.querySelector<HTMLElement>('[role="region"]') : row)?.focus({ preventScroll: isInside });
    }
    before.current = shown;
  }, [shown, isInside]);
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
