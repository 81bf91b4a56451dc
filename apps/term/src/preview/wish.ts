/* Whether a message is sent with a preview: as it was asked for, else as the person's setting says (protocol/5-content.md C-104). */
import { createInterface } from "node:readline/promises";
import type { Client, OutgoingPreview } from "@chapar/client";
import { TermError } from "../errors.ts";
import { printableLine } from "../printable.ts";
import type { Run } from "../run.ts";
import { NoPreview, type NoPreviewWhy } from "./fetching.ts";
import { makePreview, previewable } from "./make-preview.ts";

const SAYS: Readonly<Record<NoPreviewWhy, string>> = {
  "not-a-web-address": "it is no address of the web, or says a name before an @",
  "not-public": "it leads into a private network",
  "own-hello": "CHAPAR_OWN_HELLO=never forbids this program's own TLS hello",
  redirects: "it leads on too often, or from https to http",
  "not-there": "the site gives no page there",
  "not-a-page": "it is no page",
  "nothing-to-show": "the page says nothing of itself",
  unreachable: "the site cannot be reached",
  "too-slow": "the site takes too long",
};

/** Why there is none; undefined for any other error. */
export function whyOf(error: unknown): { readonly why: NoPreviewWhy; readonly says: string } | undefined {
  return error instanceof NoPreview ? { why: error.why, says: SAYS[error.why] } : undefined;
}

/** The host that a question names. */
export const hostOf = (address: string): string => printableLine(URL.parse(address)?.host ?? address);

async function agrees({ stdin, out }: Run, address: string): Promise<boolean> {
  if (out.json || !("setRawMode" in stdin) || !stdin.isTTY) return false;
  const lines = createInterface({ input: stdin, output: process.stderr, terminal: true });
  try {
    const answer = await lines.question(`Fetch a preview from ${hostOf(address)}? It sees your address. [y/N] `);
    return /^y(?:es)?$/iu.test(answer.trim());
  } finally {
    lines.close();
  }
}

/**
 * The preview that `send` sends along; undefined for none, and why is said where one was to be made.
 *
 * @param wish  what the command line says: with one, without, or nothing
 */
export async function previewFor(
  run: Run,
  client: Client,
  text: string,
  wish: boolean | undefined,
): Promise<OutgoingPreview | undefined> {
  const address = previewable(text);
  if (wish === false || (address === undefined && wish === undefined)) return undefined;
  if (address === undefined)
    throw new TermError("term/usage", { problem: "There is no link in it to preview.", command: "send " });
  const setting = await client.talk.previewing();
  const isWished = wish ?? (setting.mode === "on" || (setting.mode === "ask" && (await agrees(run, address))));
  if (!isWished) return undefined;
  try {
    return await makePreview(address, setting, run);
  } catch (error) {
    const none = whyOf(error);
    if (none === undefined) throw error;
    run.out.result({ event: "no-preview", address, why: none.why }, `Sent without a preview: ${none.says}.`);
    return undefined;
  }
}
