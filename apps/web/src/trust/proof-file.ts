/*
 * A proof as a file: saved, or handed to whatever the device shares with.
 */
import { localDay } from "../format/dates.ts";
import { t } from "../i18n/translate.ts";
import { saveAs } from "../state/save-as.ts";
import type { AlertView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { notify } from "../state/toasts.ts";

const TYPE = "application/octet-stream";
/** Long enough for the browser to have taken the address. */
const KEPT_URL_MS = 60_000;
const KEY_LETTERS = 8;

/** `2026-11-28-abcdefgh.proof`: the day it was noticed and the beginning of the station's key; nobody's name. */
function fileName({ noticedAtMs, station }: AlertView): string {
  const day = new Date(localDay(noticedAtMs) * 86_400_000).toISOString().slice(0, 10);
  return `${day}-${station.key.slice(0, KEY_LETTERS)}.proof`;
}

async function fileOf(alert: AlertView): Promise<File> {
  const bytes = await (await engine()).proof(alert.id);
  return new File([new Uint8Array(bytes)], fileName(alert), { type: TYPE });
}

function save(file: File): void {
  const url = URL.createObjectURL(file);
  saveAs(url, file.name);
  setTimeout(() => URL.revokeObjectURL(url), KEPT_URL_MS);
  notify("proofSaved");
}

/** Saves an alert's proof. @throws ClientError `client/no-proof` */
export async function saveProof(alert: AlertView): Promise<void> {
  save(await fileOf(alert));
}

/** Hands an alert's proof to the device's own sharing; saves it where there is none. @throws ClientError `client/no-proof` */
export async function showProof(alert: AlertView): Promise<void> {
  const file = await fileOf(alert);
  const shared = { files: [file], text: t("proofShareText") };
  if (typeof navigator.canShare !== "function" || !navigator.canShare(shared)) return save(file);
  try {
    await navigator.share(shared);
  } catch (error) {
    // Closed by the person: nothing went wrong.
    if (!(error instanceof DOMException && error.name === "AbortError")) save(file);
  }
}
