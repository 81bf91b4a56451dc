/*
 * `doctor`: what this network does to the ways to one's station, in words, with one thing that can be done and a code of eight words
 * to pass on. Without `--wide` it asks nobody but the person's own ways.
 */
import {
  decodeCode,
  encodeCode,
  FINDINGS,
  type Finding,
  judge,
  type Judgement,
  lookAround,
  meaningOf,
  rateOf,
  type Seen,
} from "@chapar/carrier/doctor";
import { nodeLookPorts } from "@chapar/carrier/node";
import { actionWords, findingWords, meaningWords, wayWords } from "../doctor-words.ts";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { inviteRoutes } from "../invites.ts";
import { openJoined } from "../profile.ts";
import type { Run } from "../run.ts";

interface DoctorOptions {
  readonly wide?: true;
  readonly near?: string;
  readonly far?: string;
  readonly invite?: string;
  readonly decode?: readonly string[];
}

/** Ordinary places abroad, of which hardly any network blocks both. */
const USUAL_FAR = ["www.wikipedia.org:443", "www.microsoft.com:443"];
/** What a wide look asks, said before it is done. */
const WIDE_WORDS =
  "Looking wider, as you asked: two well-known sites abroad, your station under other names, and its mirror. This takes up to a minute.";

async function routesOf(run: Run, invite: string | undefined): Promise<readonly string[]> {
  if (invite !== undefined) return inviteRoutes(invite);
  await using profile = await openJoined(run);
  return (await profile.client.ways.list()).map(({ uri }) => uri);
}

/** A finding as scripts get it: the doctor's word, the lab's rules, OONI's terms. */
function findingLine({ name, isSure }: Finding): Readonly<Record<string, unknown>> {
  const { rules, term, blocking, operation, failure } = FINDINGS[name];
  const ooni = { blocking: blocking ?? false, operation: operation ?? null, failure: failure ?? null };
  return { finding: name, sure: isSure, rules, term, ooni };
}

function say(run: Run, seen: Seen, judgement: Judgement): void {
  const { findings, ways, action } = judgement;
  const code = encodeCode(meaningOf(seen, judgement));
  const told = seen.routes.map(({ kind }, at) => ({ kind, state: ways[at] ?? "not-tried" }));
  const words = [
    ...findings.map(findingWords),
    "",
    ...told.map(({ kind, state }, at) => `  ${at + 1}. ${wayWords(kind, state)}`),
    "",
    actionWords(action),
    "",
    `Code, to pass on (nothing in it says who or where you are):`,
    `  ${code}`,
  ].join("\n");
  const line = {
    event: "doctor",
    wide: seen.isWide,
    findings: findings.map(findingLine),
    ways: told.map((way, at) => ({ ...way, bytesPerSecond: Math.round(rateOf(seen.routes[at] ?? { kind: "" })) })),
    action,
    code,
    seen,
  };
  run.out.result(line, words);
}

function decode(run: Run, words: readonly string[]): ExitCode {
  const read = decodeCode(words.join(" "));
  if (!read.ok) throw new TermError("term/bad-code", { reason: read.code });
  run.out.result({ event: "code", ...read.value, also: read.value.also ?? null }, meaningWords(read.value).join("\n"));
  return ExitCode.ok;
}

export async function doctor(run: Run, options: DoctorOptions): Promise<ExitCode> {
  const { decode: words, near, invite } = options;
  if (words !== undefined) return decode(run, words);
  const isWide = options.wide === true;
  const routes = await routesOf(run, invite);
  const { sessionCarriers } = await import("@chapar/client/node");
  run.out.progress(isWide ? WIDE_WORDS : "Looking at your own ways ...");
  const far = options.far === undefined ? USUAL_FAR : [options.far];
  const hidesOwnHello = run.env["CHAPAR_OWN_HELLO"] === "never";
  const seen = await lookAround(
    { routes, isWide, near, far },
    nodeLookPorts(sessionCarriers({ profileDir: run.profileDir, hidesOwnHello }), { hidesOwnHello }),
    run.signal,
  );
  say(run, seen, judge(seen));
  return ExitCode.ok;
}
