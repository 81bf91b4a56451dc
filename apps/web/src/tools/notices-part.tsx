/* Notices in the settings: one switch, and in words what it can do here. */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { notifyProblem } from "../state/toasts.ts";
import { Choice } from "../ui/controls.tsx";
import { notices, turnOff, turnOn } from "./notices.ts";
import type { Notices } from "./notices.ts";
import css from "./tools.module.css";

const WORDS: Readonly<Record<Notices, PlainKey>> = {
  off: "noticeOff",
  push: "noticePush",
  tab: "noticeLate",
  denied: "noticeDenied",
  impossible: "noticeImpossible",
};

export function NoticesPart(): JSX.Element {
  const state = notices.value;
  const isOn = state === "push" || state === "tab";
  return (
    <div>
      <Choice
        label={t("noticeTitle")}
        value={isOn ? "on" : "off"}
        options={[
          { value: "on", label: t("noticeOn") },
          { value: "off", label: t("noticeNone") },
        ]}
        onChange={(value) => void (value === "on" ? turnOn() : turnOff()).catch(notifyProblem)}
      />
      <p class={css.lead} role="status">
        {t(WORDS[state])}
      </p>
    </div>
  );
}
