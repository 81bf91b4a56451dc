/*
 * What lies over the screens: loaded when first asked for, so that nobody pays for settings on the way to the first
 * message. A chunk that cannot be fetched says so and can be asked for again.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ComponentType, JSX } from "preact";
import { goBack, place } from "../state/navigation.ts";
import type { SheetName } from "../state/navigation.ts";
import { notifyProblem } from "../state/toasts.ts";
import { receiptOf, viewed } from "../state/viewer.ts";

type Part = SheetName | "photo" | "receipt";

const LOAD: Record<Part, () => Promise<ComponentType>> = {
  connection: () => import("./connection-sheet.tsx").then((part) => part.ConnectionSheet),
  settings: () => import("./settings-sheet.tsx").then((part) => part.SettingsSheet),
  recovery: () => import("./recovery-sheet.tsx").then((part) => part.RecoverySheet),
  new: () => import("./new-sheet.tsx").then((part) => part.NewSheet),
  details: () => import("./details.tsx").then((part) => part.DetailsSheet),
  photo: () => import("./photo-viewer.tsx").then((part) => part.PhotoViewer),
  receipt: () => import("./receipt-sheet.tsx").then((part) => part.ReceiptSheet),
};
const loaded = new Map<Part, ComponentType>();

function Lazy({ part, onFail }: { readonly part: Part; readonly onFail: () => void }): JSX.Element | null {
  const drawn = useSignal(0);
  void drawn.value;
  useEffect(() => {
    if (loaded.has(part)) return;
    LOAD[part]().then(
      (component) => {
        loaded.set(part, component);
        drawn.value += 1;
      },
      () => {
        notifyProblem({ code: "client/no-route" });
        onFail();
      },
    );
  }, [part]);
  const Found = loaded.get(part);
  return Found === undefined ? null : <Found />;
}

/** Brings the sheets into memory while nothing else happens, so that opening one never waits. */
export async function preloadSheets(): Promise<void> {
  for (const [part, load] of Object.entries(LOAD)) loaded.set(part as Part, await load());
}

export function Sheets({ detailsDocked }: { readonly detailsDocked: boolean }): JSX.Element {
  const { sheet } = place.value;
  return (
    <>
      {sheet !== undefined && !(sheet === "details" && detailsDocked) && <Lazy key={sheet} part={sheet} onFail={goBack} />}
      {viewed.value !== undefined && <Lazy part="photo" onFail={() => (viewed.value = undefined)} />}
      {receiptOf.value !== undefined && <Lazy part="receipt" onFail={() => (receiptOf.value = undefined)} />}
    </>
  );
}
