/* One's own devices: which there are, adding another, calling them something, and taking one out at once. */
import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { fullDate } from "../format/dates.ts";
import { plainName } from "../format/bidi.ts";
import { t } from "../i18n/translate.ts";
import type { DeviceView } from "../state/client-types.ts";
import { engine } from "../state/engine.ts";
import { settings } from "../state/settings.ts";
import { notify, notifyProblem } from "../state/toasts.ts";
import { Button, Field } from "../ui/controls.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { AddDevice } from "./add-device.tsx";
import { history, useLinks } from "./links.ts";
import css from "./devices.module.css";

type Doing = { readonly id: string; readonly what: "rename" | "revoke" } | undefined;

const nameOf = ({ name }: DeviceView): string => (name === "" ? t("devicesNoName") : plainName(name));

function Rename({ device, onEnd }: { readonly device: DeviceView; readonly onEnd: () => void }): JSX.Element {
  const name = useSignal(device.name);
  const save = (): void => {
    engine()
      .then((client) => client.devices.rename(device.id, name.value.trim()))
      .then(onEnd)
      .catch(notifyProblem);
  };
  return (
    <form
      class={css.parts}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Field label={t("devicesName")} value={name.value} maxLength={64} onInput={(value) => (name.value = value)} />
      <div class={css.actions}>
        <Button type="submit" kind="primary">
          {t("devicesSave")}
        </Button>
        <Button onClick={onEnd}>{t("devicesKeep")}</Button>
      </div>
    </form>
  );
}

function Revoke({ device, onEnd }: { readonly device: DeviceView; readonly onEnd: () => void }): JSX.Element {
  const busy = useSignal(false);
  const revoke = (): void => {
    busy.value = true;
    engine()
      .then((client) => client.devices.revoke(device.id))
      .then(() => notify("devicesRevoked"))
      .catch(notifyProblem)
      .finally(onEnd);
  };
  return (
    <div class={css.parts} role="group">
      <p class={css.say}>{t("devicesRevokeSure", { name: nameOf(device) })}</p>
      <div class={css.actions}>
        <Button kind="primary" busy={busy.value} onClick={revoke}>
          {t("devicesRevokeNow")}
        </Button>
        <Button onClick={onEnd}>{t("devicesKeep")}</Button>
      </div>
    </div>
  );
}

function Device({ device, doing }: { readonly device: DeviceView; readonly doing: Signal<Doing> }): JSX.Element {
  const what = doing.value?.id === device.id ? doing.value.what : undefined;
  const end = (): void => void (doing.value = undefined);
  const home = plainName(device.home.name);
  return (
    <li class={css.device}>
      <div class={css.head}>
        <bdi class={css.name}>{nameOf(device)}</bdi>
        {device.isThis && <span class={css.here}>{t("devicesThis")}</span>}
      </div>
      <p class={css.facts}>{t("devicesAdded", { date: fullDate(settings.value, device.addedAtMs), home })}</p>
      {!device.isThis && (
        <p class={css.facts}>
          {device.seenAtMs === undefined
            ? t("devicesNeverSeen")
            : t("devicesSeen", { date: fullDate(settings.value, device.seenAtMs) })}
        </p>
      )}
      {what === "rename" && <Rename device={device} onEnd={end} />}
      {what === "revoke" && <Revoke device={device} onEnd={end} />}
      {what === undefined && (
        <div class={css.actions}>
          <Button kind="quiet" onClick={() => (doing.value = { id: device.id, what: "rename" })}>
            {t("devicesRename")}
          </Button>
          {!device.isThis && (
            <Button kind="quiet" onClick={() => (doing.value = { id: device.id, what: "revoke" })}>
              {t("devicesRevoke")}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

function Progress(): JSX.Element | null {
  const now = history.value;
  if (now === undefined || now.done >= now.total) return null;
  const words = t("devicesHistory", now);
  return (
    <div>
      <p class={css.say}>{words}</p>
      <progress class={css.progress} max={now.total} value={now.done} aria-label={words} />
    </div>
  );
}

export function DevicesSheet(): JSX.Element {
  const devices = useSignal<readonly DeviceView[]>([]);
  const doing = useSignal<Doing>(undefined);
  const isAdding = useSignal(false);
  const load = (): void => {
    engine()
      .then((client) => client.devices.list())
      .then((found) => (devices.value = found))
      .catch(notifyProblem);
  };
  useLinks(load);
  return (
    <Sheet title={t("devicesTitle")}>
      <div class={css.parts}>
        <p class={css.say}>{t("devicesText")}</p>
        <Progress />
        <ul class={css.list}>
          {devices.value.map((device) => (
            <Device key={device.id} device={device} doing={doing} />
          ))}
        </ul>
        {isAdding.value ? (
          <AddDevice onDone={load} />
        ) : (
          <Button kind="primary" onClick={() => (isAdding.value = true)}>
            {t("devicesAdd")}
          </Button>
        )}
      </div>
    </Sheet>
  );
}
