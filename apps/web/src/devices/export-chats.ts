/* Chats as pages and data to read without any app (D-50), handed over as downloads. */
import { LANGUAGE_FACTS } from "../i18n/languages.ts";
import { loadWords, t } from "../i18n/translate.ts";
import { engine } from "../state/engine.ts";
import { settings } from "../state/settings.ts";
import { saveFile } from "./save-file.ts";

const TYPES: Readonly<Record<string, string>> = { html: "text/html;charset=utf-8", json: "application/json" };

/** Saves one chat, or all of them. @param conversation  all when it is left out */
export async function exportChats(conversation?: string): Promise<void> {
  const [client] = await Promise.all([engine(), loadWords("devices")]);
  const { language } = settings.peek();
  const files = await client.devices.exportChats({
    ...(conversation !== undefined && { conversation }),
    language,
    direction: LANGUAGE_FACTS[language].direction,
    words: {
      title: t("backupExportTitle"),
      exportedAt: t("backupExportAt"),
      missing: t("backupExportMissing"),
      file: t("backupExportFile"),
    },
  });
  for (const { name, bytes } of files) saveFile(name, bytes, TYPES[name.split(".").at(-1) ?? ""] ?? "");
}
