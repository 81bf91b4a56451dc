/*
 * What lies over the screens: loaded when first asked for, so that nobody pays for settings on the way to the first
 * message.
 */
import type { JSX } from "preact";
import { goBack, place } from "../state/navigation.ts";
import type { SheetName } from "../state/navigation.ts";
import { menuOf, receiptOf, viewed } from "../state/viewer.ts";
import { lazy } from "../ui/lazy.tsx";
import type { LazyComponent } from "../ui/lazy.tsx";

const SHEETS: Record<SheetName, LazyComponent<object>> = {
  connection: lazy(() => import("./connection-sheet.tsx").then((part) => part.ConnectionSheet)),
  settings: lazy(() => import("./settings-sheet.tsx").then((part) => part.SettingsSheet)),
  recovery: lazy(() => import("./recovery-sheet.tsx").then((part) => part.RecoverySheet)),
  new: lazy(() => import("./new-sheet.tsx").then((part) => part.NewSheet)),
  details: lazy(() => import("./details.tsx").then((part) => part.DetailsSheet)),
};
const photo = lazy(() => import("./photo-viewer.tsx").then((part) => part.PhotoViewer));
const receipt = lazy(() => import("./receipt-sheet.tsx").then((part) => part.ReceiptSheet));
const menu = lazy(() => import("../ui/message-menu.tsx").then((part) => part.MessageMenu));

/** Brings the sheets into memory while nothing else happens, so that opening one never waits. */
export async function preloadSheets(): Promise<void> {
  for (const part of [menu, ...Object.values(SHEETS), photo, receipt]) await part.preload();
}

export function Sheets({ detailsDocked }: { readonly detailsDocked: boolean }): JSX.Element {
  const { sheet } = place.value;
  const Sheet = sheet === undefined || (sheet === "details" && detailsDocked) ? undefined : SHEETS[sheet].Component;
  return (
    <>
      {Sheet !== undefined && <Sheet key={sheet} onFail={goBack} />}
      {viewed.value !== undefined && <photo.Component onFail={() => (viewed.value = undefined)} />}
      {receiptOf.value !== undefined && <receipt.Component onFail={() => (receiptOf.value = undefined)} />}
      {menuOf.value !== undefined && <menu.Component onFail={() => (menuOf.value = undefined)} />}
    </>
  );
}
