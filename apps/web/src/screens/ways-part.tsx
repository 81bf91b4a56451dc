/*
 * The ways in the connection's sheet: each with how it does, what the network does to them, a way in for those that a friend hands over (a file opened or dropped, or
 * text), and a way out for one's own.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { JSX } from "preact";
import { t } from "../i18n/translate.ts";
import type { PlainKey } from "../i18n/translate.ts";
import { saveAs } from "../state/save-as.ts";
import type { WayView } from "../state/client-types.ts";
import { engine, route } from "../state/engine.ts";
import { look } from "../state/look.ts";
import { problemFrom } from "../state/problem.ts";
import { Button, Field, FilePicker } from "../ui/controls.tsx";
import { DoctorPart } from "./doctor-part.tsx";
import css from "./facts.module.css";

/** Larger files are none of ours. */
const MAX_FILE_BYTES = 160_000;
const KIND: Readonly<Record<string, PlainKey>> = {
  web: "connectionWayWeb",
  burst: "wayBurst",
  ss: "waySs",
  pt: "wayPt",
  relay: "wayRelay",
  dns: "wayDns",
  lan: "wayLan",
  snow: "waySnow",
};
/** What a browser can drive. */
const HERE: ReadonlySet<string> = new Set(["web", "burst", "snow"]);
const STATE: Readonly<Record<NonNullable<WayView["state"]>, PlainKey>> = {
  "in-use": "wayInUse",
  silent: "waySilent",
  failed: "wayFailed",
};
const REFUSALS: Readonly<Record<string, PlainKey>> = {
  "client/bad-file": "wayBadFile",
  "client/other-station": "wayOtherStation",
  "client/forged-routes": "wayForged",
  "client/expired-routes": "wayExpired",
  "client/stale-routes": "wayStale",
  "client/bad-route": "wayBadRoute",
};

/** The ways as they are now; asked for anew whenever the route changes. */
function useWays(): { readonly ways: readonly WayView[]; readonly refresh: () => Promise<void> } {
  const ways = useSignal<readonly WayView[]>([]);
  const refresh = async (): Promise<void> => {
    ways.value = await (await engine()).ways.list();
  };
  const { state, kind, sinceMs } = route.value;
  const { isLooking } = look.value;
  useEffect(() => void refresh(), [state, kind, sinceMs, isLooking]);
  return { ways: ways.value, refresh };
}

function stateWords({ kind, state }: WayView): string {
  if (kind !== undefined && !HERE.has(kind)) return t("wayNotHere");
  return t(state === undefined ? "wayNotTried" : STATE[state]);
}

async function saveFile(): Promise<void> {
  const text = await (await engine()).ways.file();
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  saveAs(url, "ways.chapar");
  // The download has its own reference by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Takes in a file or a way; answers how many ways are new. */
async function take(given: { readonly file: string } | { readonly uri: string }): Promise<number> {
  const client = await engine();
  if ("file" in given) return await client.ways.addFile(given.file);
  await client.ways.add(given.uri.trim());
  return 1;
}

function AddWay({ onAdded }: { readonly onAdded: () => Promise<void> }): JSX.Element {
  const text = useSignal("");
  const problem = useSignal<string | undefined>(undefined);
  const added = useSignal<number | undefined>(undefined);
  const isOver = useSignal(false);
  const add = async (given: Parameters<typeof take>[0]): Promise<void> => {
    problem.value = undefined;
    added.value = undefined;
    try {
      added.value = await take(given);
      text.value = "";
      (await engine()).connect();
      await onAdded();
    } catch (error) {
      const { code, text: words } = problemFrom(error);
      problem.value = t(REFUSALS[code ?? ""] ?? words);
    }
  };
  const open = async (file: File): Promise<void> => {
    if (file.size > MAX_FILE_BYTES) problem.value = t("wayBadFile");
    else await add({ file: await file.text() });
  };
  return (
    <section
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={() => (isOver.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        const file = event.dataTransfer?.files[0];
        if (file !== undefined) void open(file);
      }}
    >
      <h3 class={css.heading}>{t("wayAddTitle")}</h3>
      <p class={css.muted}>{isOver.value ? t("wayDrop") : t("wayAddText")}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add({ uri: text.value });
        }}
      >
        <Field
          label={t("wayAddPaste")}
          value={text.value}
          isCode
          problem={problem.value}
          onInput={(value) => {
            text.value = value;
            problem.value = undefined;
          }}
        />
        <p role="status">{added.value !== undefined && t("wayAdded", { count: added.value })}</p>
        <div class={css.actions}>
          <FilePicker
            icon="file"
            label={t("wayAddFile")}
            accept=".chapar,.txt,text/plain"
            onFile={(file) => void open(file)}
          />
          <Button type="submit">{t("wayAdd")}</Button>
        </div>
      </form>
    </section>
  );
}

export function WaysPart(): JSX.Element {
  const { ways, refresh } = useWays();
  const known = ways.filter(({ kind }) => kind !== undefined);
  return (
    <>
      <h3 class={css.heading}>{t("connectionWays")}</h3>
      <dl class={css.facts}>
        {known.map((way) => (
          <div key={way.uri} data-way={way.kind} data-state={way.state}>
            <dt>
              {t(KIND[way.kind ?? ""] ?? "connectionWayWeb")}
              {way.from === "you" && ` (${t("wayFromYou")})`}
            </dt>
            <dd>{stateWords(way)}</dd>
          </div>
        ))}
      </dl>
      <DoctorPart />
      <AddWay onAdded={refresh} />
      <p class={css.muted}>{t("waySaveText")}</p>
      <div class={css.actions}>
        <Button icon="save" onClick={() => void saveFile()}>
          {t("waySave")}
        </Button>
      </div>
    </>
  );
}
