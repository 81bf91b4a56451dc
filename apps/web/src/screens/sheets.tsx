/*
 * What lies over the screens: loaded when first asked for, so that nobody pays for settings on the way to the first
 * message.
 */
import type { JSX } from "preact";
import { goBack, place } from "../state/navigation.ts";
import type { SheetName } from "../state/navigation.ts";
import { menuOf, receiptOf, talkSheet, viewed } from "../state/viewer.ts";
import { lazy, lazyDevices, lazyHelp, lazyGroups, lazyTalk, lazyTools, lazyTrust } from "../ui/lazy.tsx";
import type { LazyComponent } from "../ui/lazy.tsx";

const SHEETS: Record<SheetName, LazyComponent<object>> = {
  connection: lazy(() => import("./connection-sheet.tsx").then((part) => part.ConnectionSheet)),
  settings: lazyTools(() => import("../settings/settings-screen.tsx").then((part) => part.SettingsScreen)),
  recovery: lazy(() => import("./recovery-sheet.tsx").then((part) => part.RecoverySheet)),
  devices: lazyDevices(() => import("../devices/devices-sheet.tsx").then((part) => part.DevicesSheet)),
  backup: lazyDevices(() => import("../devices/backup-sheet.tsx").then((part) => part.BackupSheet)),
  data: lazyDevices(() => import("./data-sheet.tsx").then((part) => part.DataSheet)),
  new: lazy(() => import("./new-sheet.tsx").then((part) => part.NewSheet)),
  details: lazy(() => import("./details.tsx").then((part) => part.DetailsSheet)),
  folders: lazy(() => import("./folders-sheet.tsx").then((part) => part.FoldersSheet)),
  group: lazyGroups(() => import("../groups/group-sheet.tsx").then((part) => part.GroupSheet)),
  "new-group": lazy(() => import("../groups/new-group-sheet.tsx").then((part) => part.NewGroupSheet)),
  "join-group": lazyGroups(() => import("../groups/join-group-sheet.tsx").then((part) => part.JoinGroupSheet)),
  timer: lazy(() => import("./timer-sheet.tsx").then((part) => part.TimerSheet)),
  later: lazy(() => import("./later-sheet.tsx").then((part) => part.LaterSheet)),
  poll: lazyTalk(() => import("../talk/poll-sheet.tsx").then((part) => part.PollSheet)),
  topic: lazyTalk(() => import("../talk/topic-sheet.tsx").then((part) => part.TopicSheet)),
  link: lazyTalk(() => import("../talk/link-sheet.tsx").then((part) => part.LinkSheet)),
  topics: lazyTalk(() => import("../talk/topic-sheet.tsx").then((part) => part.TopicsSheet)),
  report: lazy(() => import("./report-sheet.tsx").then((part) => part.ReportSheet)),
  alerts: lazyTrust(() => import("../trust/alerts-sheet.tsx").then((part) => part.AlertsSheet)),
  alert: lazyTrust(() => import("../trust/alert-sheet.tsx").then((part) => part.AlertSheet)),
  safety: lazyTrust(() => import("../trust/safety-sheet.tsx").then((part) => part.SafetySheet)),
  restored: lazyTrust(() => import("../trust/restored.tsx").then((part) => part.RestoredSheet)),
  help: lazyHelp(() => import("../help/help-sheet.tsx").then((part) => part.HelpSheet)),
};
const photo = lazy(() => import("../media/viewer.tsx").then((part) => part.PhotoViewer));
const receipt = lazy(() => import("./receipt-sheet.tsx").then((part) => part.ReceiptSheet));
const talk = lazyTalk(() => import("../talk/talk-sheets.tsx").then((part) => part.TalkSheets));
const menu = lazyTalk(() => import("../ui/message-menu.tsx").then((part) => part.MessageMenu));

/** Brings the sheets into memory while nothing else happens, so that opening one never waits. */
export async function preloadSheets(): Promise<void> {
  // Who never helps others need not carry the code of it.
  const { help: _help, ...likely } = SHEETS;
  for (const part of [menu, ...Object.values(likely), photo, receipt, talk]) await part.preload();
}

export function Sheets({ detailsDocked }: { readonly detailsDocked: boolean }): JSX.Element {
  const { sheet, item } = place.value;
  const Sheet = sheet === undefined || (sheet === "details" && detailsDocked) ? undefined : SHEETS[sheet].Component;
  return (
    <>
      {Sheet !== undefined && <Sheet key={`${sheet} ${item ?? ""}`} onFail={goBack} />}
      {viewed.value !== undefined && <photo.Component onFail={() => (viewed.value = undefined)} />}
      {receiptOf.value !== undefined && <receipt.Component onFail={() => (receiptOf.value = undefined)} />}
      {talkSheet.value !== undefined && <talk.Component onFail={() => (talkSheet.value = undefined)} />}
      {menuOf.value !== undefined && <menu.Component onFail={() => (menuOf.value = undefined)} />}
    </>
  );
}
