/*
 * What no screen waits for, in a chunk of its own: announcements and the title's count, the font, the other sheets, the
 * service worker.
 */
import { fetchLook, fetchRoad } from "@chapar/client/web";
import { loadLateWords } from "./i18n/translate.ts";
import { preloadSheets } from "./screens/sheets.tsx";
import { engine } from "./state/engine.ts";
import { isQuiet } from "./state/companion.ts";
import { followAlerts } from "./state/alerts.ts";
import { followFont } from "./state/font.ts";
import { followIncoming } from "./state/incoming.ts";
import { followInstall } from "./state/install.ts";
import { beginMlsWorker } from "./state/mls-worker.ts";
import { followDays } from "./state/now.ts";
import { followUpdates } from "./state/updates.ts";

/** After this the first screen has been drawn and the line is likely quiet. */
const QUIET_MS = 1500;

/** Starts everything that can come later. */
export async function startRest(): Promise<void> {
  void import("./tools/layer.tsx").then(({ mountLayer }) => mountLayer()).catch(() => {});
  void import("./settings/section.ts").then(({ followSettingsLinks }) => followSettingsLinks()).catch(() => {});
  void import("./lock/at-start.ts").then(({ followLockAtStart }) => followLockAtStart()).catch(() => {});
  followInstall();
  followIncoming();
  followDays();
  followFont();
  followAlerts();
  await loadLateWords();
  // What is written now is sealed when a route opens; by then its code is here.
  beginMlsWorker();
  // A line that breaks now is tried again when a route is wanted.
  void fetchRoad().catch(() => {});
  setTimeout(() => {
    // What is searched later is taken in now, and what was deleted leaves the index.
    void engine()
      .then((client) => client.search.catchUp())
      .catch(() => {});
    isQuiet.value = true;
    void import("./people/portraits.ts").then(({ followPortraits }) => followPortraits()).catch(() => {});
    void followUpdates().catch(() => {});
    // The doctor is asked when the line is bad: by then its code has to be here.
    void preloadSheets()
      .then(fetchLook)
      .catch(() => {});
  }, QUIET_MS);
}
