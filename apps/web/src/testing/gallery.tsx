/*
 * Every component in light and dark, left to right and right to left, at 100 and 200 %: one frame per combination, each
 * a document of its own, because language, direction and text size belong to the document. Development only
 * (`npx vite`, then /gallery.html); the screenshots of whole screens are scripts/screenshots.ts.
 */
import { render } from "preact";
import type { ComponentChildren, JSX } from "preact";
import { isLanguage, LANGUAGES } from "../i18n/languages.ts";
import { loadLanguage, loadLateWords, t } from "../i18n/translate.ts";
import { adoptEngine } from "../state/engine.ts";
import { changeSettings, followSettings } from "../state/settings.ts";
import { notify } from "../state/toasts.ts";
// oxlint-disable-next-line no-unassigned-import -- a style has nothing to assign
import "../styles/base.css";
import { Avatar } from "../ui/avatar.tsx";
import { Bubble } from "../ui/bubble.tsx";
import { Composer } from "../ui/composer.tsx";
import { Button, Choice, Field, FilePicker, IconButton } from "../ui/controls.tsx";
import { DeliveryMark } from "../ui/delivery.tsx";
import { QrPanel } from "../ui/qr-panel.tsx";
import { RouteDrawing, RouteLine } from "../ui/route-line.tsx";
import { ToastRegion } from "../ui/toast.tsx";
import { MemoryClient } from "./memory-client.ts";

const STATES = ["queued", "leaving", "at-station", "refused"] as const;
const ROUTES = ["idle", "offline", "seeking", "open", "refused"] as const;

function Part({ name, children }: { readonly name: string; readonly children: ComponentChildren }): JSX.Element {
  return (
    <section style={{ marginBlockEnd: "24px" }}>
      <h2 dir="ltr" style={{ color: "var(--muted)", fontSize: "var(--text-13)", textAlign: "start" }}>
        {name}
      </h2>
      {children}
    </section>
  );
}

const nothing = (): void => {};

function Parts({ client, room }: { readonly client: MemoryClient; readonly room: string }): JSX.Element {
  const theirs = client.addMessage(room, { text: "فایل نسخهٔ 2.4 (با مالیات ۱۲٬۵۰۰ تومان)" });
  const english = client.addMessage(room, { text: "24 of 30, call +98 912 000 0000 or https://example.org/a." });
  const mine = STATES.map((state) => client.addMessage(room, { mine: true, text: "می‌بینمت, see you", state }));
  return (
    <>
      <Part name="RouteLine">
        <RouteLine />
        {ROUTES.map((state) => (
          <RouteDrawing key={state} state={state} wells={2} width={120} />
        ))}
      </Part>
      <Part name="Bubble">
        {[theirs, english, ...mine].map((message) => (
          <Bubble key={message.id} message={message} isLast />
        ))}
      </Part>
      <Part name="DeliveryMark">
        {STATES.map((state) => (
          <DeliveryMark key={state} message={{ state }} />
        ))}
      </Part>
      <Part name="Avatar">
        {["sara", "dara", "mina", "reza"].map((id) => (
          <Avatar key={id} id={id} name={id} />
        ))}
        <Avatar id="large" name="سارا" size="large" />
      </Part>
      <Part name="Button">
        <Button kind="primary" icon="copy">
          {t("inviteCopy")}
        </Button>{" "}
        <Button icon="again">{t("tryAgain")}</Button> <Button kind="quiet">{t("close")}</Button>{" "}
        <Button busy>{t("settingsNameSave")}</Button> <IconButton icon="back" label={t("back")} onClick={nothing} />
      </Part>
      <Part name="Field">
        <Field label={t("settingsName")} value="سارا Sara" hint={t("landingLead")} onInput={nothing} />
        <Field
          label={t("landingPaste")}
          value="https://x/#i/…"
          isCode
          lines={2}
          problem={t("errorBadInvite")}
          onInput={nothing}
        />
        <FilePicker label={t("landingFile")} accept="text/plain" icon="file" onFile={nothing} />
      </Part>
      <Part name="Choice">
        <Choice
          label={t("settingsTheme")}
          value="light"
          options={[
            { value: "auto", label: t("settingsThemeAuto") },
            { value: "light", label: t("settingsThemeLight") },
            { value: "dark", label: t("settingsThemeDark") },
          ]}
          onChange={nothing}
        />
      </Part>
      <Part name="Composer">
        <Composer conversation={room} autoFocus={false} onSend={nothing} onVoice={nothing} onLeaveUp={nothing} />
      </Part>
      <Part name="QrPanel">
        <QrPanel text="https://ir.example/#i/AQEx9kP2mQ7vT4wZ" label={t("inviteQrLabel")} />
      </Part>
      <ToastRegion />
    </>
  );
}

async function showOne(query: URLSearchParams, root: HTMLElement): Promise<void> {
  const asked = query.get("language");
  const language = isLanguage(asked) ? asked : "en";
  followSettings(document.documentElement);
  await loadLanguage(language);
  await loadLateWords();
  changeSettings({
    language,
    theme: query.get("theme") === "dark" ? "dark" : "light",
    textPercent: Number(query.get("text")),
  });
  const client = new MemoryClient();
  client.become("Dara");
  const room = client.addRoom({ identity: "sara", name: "Sara سارا", home: undefined });
  client.setRoute({ state: "seeking" });
  adoptEngine(client);
  document.body.style.padding = "16px";
  render(<Parts client={client} room={room} />, root);
  notify("updateReady", { action: { label: "updateNow", run: nothing } });
}

function Frames(): JSX.Element {
  const looks = LANGUAGES.flatMap((language) =>
    ["light", "dark"].flatMap((theme) =>
      ["100", "200"].map((text) => `language=${language}&theme=${theme}&text=${text}`),
    ),
  );
  return (
    <div style={{ display: "grid", gridTemplateColumns: "repeat(auto-fill, 400px)", gap: "16px" }}>
      {looks.map((look) => (
        <iframe
          key={look}
          title={look}
          src={`?${look}`}
          style={{ inlineSize: "400px", blockSize: "1500px", border: "1px solid" }}
        />
      ))}
    </div>
  );
}

const root = document.getElementById("gallery");
const query = new URLSearchParams(location.search);
if (root !== null) {
  if (query.has("language")) void showOne(query, root);
  else render(<Frames />, root);
}
