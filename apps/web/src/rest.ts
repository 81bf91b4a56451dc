/*
 * What no screen waits for, in a chunk of its own: announcements and the title's count, the font, the other sheets, the
 * service worker.
 */
import { fetchMls } from "@chapar/client/web";
import { loadLateWords } from "./i18n/translate.ts";
import { preloadSheets } from "./screens/sheets.tsx";
import { followFont } from "./state/font.ts";
import { followIncoming } from "./state/incoming.ts";
import { followInstall } from "./state/install.ts";
import { followDays } from "./state/now.ts";
import { followUpdates } from "./state/updates.ts";

/** After this the first screen has been drawn and the line is likely quiet. */
const QUIET_MS = 1500;

/** Starts everything that can come later. */
export async function startRest(): Promise<void> {
  followInstall();
  followIncoming();
  followDays();
  followFont();
  await loadLateWords();
  // What is written now is sealed when a route opens; by then its code is here.
  void fetchMls();
  setTimeout(() => {
    void followUpdates().catch(() => {});
    void preloadSheets().catch(() => {});
  }, QUIET_MS);
}
