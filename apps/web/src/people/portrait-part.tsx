/* The own picture in the settings: as others see it, another one, none. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { engine, me, onEngineEvent } from "../state/engine.ts";
import { notify, notifyProblem } from "../state/toasts.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button } from "../ui/controls.tsx";
import { drawPortrait } from "./own-portrait.ts";
import { followPortraits } from "./portraits.ts";
import css from "./portrait.module.css";

async function change(file: Blob | undefined): Promise<void> {
  const picture = file && (await drawPortrait(file));
  if (file !== undefined && picture === undefined) return notify("settingsPictureBad", { tone: "attention" });
  try {
    await (await engine()).people.setPicture(picture);
    notify(picture === undefined ? "settingsPictureGone" : "settingsPictureSaved");
  } catch (error) {
    notifyProblem(error, () => void change(file));
  }
}

export function PortraitPart(): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const has = useSignal(false);
  useEffect(() => {
    const look = async (): Promise<void> => {
      has.value = (await (await engine()).people.pictures()).some(({ mine }) => mine);
    };
    void look().catch(() => {});
    // Whoever comes here does not wait until the line is quiet.
    followPortraits();
    return onEngineEvent((event) => {
      if (event.type === "portrait" || event.type === "own") void look().catch(() => {});
    });
  }, []);
  const mine = me.value;
  return (
    <div class={css.part} role="group" aria-label={t("settingsPicture")}>
      <Avatar id={mine?.identity ?? ""} name={mine?.name ?? ""} size="large" />
      <div class={css.choices}>
        <input
          ref={field}
          type="file"
          hidden
          accept="image/jpeg,image/png,image/webp,image/gif"
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            currentTarget.value = "";
            if (file !== undefined) void change(file);
          }}
        />
        <Button onClick={() => field.current?.click()}>{t("settingsPictureChoose")}</Button>
        {has.value && <Button onClick={() => void change(undefined)}>{t("settingsPictureRemove")}</Button>}
      </div>
      <p class={css.says}>{t("settingsPictureSays")}</p>
    </div>
  );
}
