/* The way to finding in the open chat for whoever has no keyboard: it stands where a chat is looked at more closely. */
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import { goBack } from "../state/navigation.ts";
import { Button } from "../ui/controls.tsx";
import { tool } from "./tool.ts";

export function FindDoor(): JSX.Element {
  return (
    <Button
      icon="search"
      onClick={() => {
        goBack();
        tool.value = "find";
      }}
    >
      {t("findInChat")}
    </Button>
  );
}
