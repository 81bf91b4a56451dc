/* `previews`: what may be fetched to make previews of links, and over which way (protocol/5-content.md §12). */
import type { PreviewingView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { isRange } from "../preview/addresses.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";

const MODES: Readonly<Record<PreviewingView["mode"], string>> = {
  off: "Previews of links: only where a message is sent with --preview.",
  ask: "Previews of links: you are asked.",
  on: "Previews of links: of the first link of every message.",
};

const wrong = (problem: string): TermError => new TermError("term/usage", { problem, command: "previews " });

/** What the command line changes. `via: false`: no proxy any more */
interface PreviewsOptions {
  readonly via?: string | false;
  readonly also?: readonly string[];
}

function changed(
  now: PreviewingView,
  mode: PreviewingView["mode"] | undefined,
  options: PreviewsOptions,
): PreviewingView {
  const { via, also } = options;
  const proxy = typeof via === "string" ? URL.parse(via) : undefined;
  if (proxy === null || (proxy !== undefined && proxy.protocol !== "http:"))
    throw wrong("A proxy is http://HOST:PORT.");
  const strange = also?.find((range) => range !== "none" && !isRange(range));
  if (strange !== undefined) throw wrong(`${strange} is no address and no range like 10.1.0.0/16.`);
  const { via: before, ...rest } = now;
  const kept = via === false ? undefined : (proxy?.origin ?? before);
  return {
    ...rest,
    mode: mode ?? now.mode,
    also: also?.filter((range) => range !== "none") ?? now.also,
    ...(kept !== undefined && { via: kept }),
  };
}

/** Says or changes it. */
export async function previews(
  run: Run,
  mode: PreviewingView["mode"] | undefined,
  options: PreviewsOptions,
): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { talk } = profile.client;
  const now = changed(await talk.previewing(), mode, options);
  await talk.setPreviewing(now);
  const seen = now.via === undefined ? "The site sees this machine's address." : `Everything goes through ${now.via}.`;
  const also = now.also.length === 0 ? "" : ` Also from ${now.also.join(", ")}.`;
  run.out.result(
    { event: "previews", mode: now.mode, via: now.via ?? null, also: now.also },
    `${MODES[now.mode]} ${seen}${also}`,
  );
  return ExitCode.ok;
}
