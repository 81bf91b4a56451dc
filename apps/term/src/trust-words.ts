/*
 * What is said of alerts, changes of keys, watching and proofs, in sentences. A code about keys never blames a station,
 * and the other way round; what is nobody's doing says so.
 */
import type { AlertCode, AlertView, SafetyView, TakenBackView, WatchView } from "@chapar/client";
import type { JsonLine } from "./output.ts";
import { printableLine } from "./printable.ts";
import { CHANGE_WORDS, countWords } from "./note-words.ts";
import { dateTimeWords, stationWords } from "./views.ts";

type Blame = "station" | "witness" | "nobody" | "keys";

interface Words {
  /** `{station}`, `{person}` and `{messages}` are replaced */
  readonly say: string;
  readonly text: string;
  readonly by?: Blame;
}

const ASKED = "Chapar asks for them on other ways, and asks the people in the conversation.";

const WORDS: Readonly<Record<AlertCode, Words>> = {
  withheld: {
    say: "{station} is holding back {messages}.",
    text: `The station signed that it had taken them, and does not hand them out. ${ASKED}`,
  },
  altered: {
    say: "{station} handed out messages that were changed.",
    text: `What it handed out does not match what it had signed before. None of it was used. ${ASKED}`,
  },
  forked: {
    say: "{station} signed two versions of what was written.",
    text: "Both cannot be true, so not everybody is shown the same. What was read before stays; the rest is taken from the people in the conversation, and writing goes on.",
  },
  "rolled-back": {
    say: "{station} went back behind what it had signed.",
    text: "It had signed a newer state and now signs an older one. What is here stays; what it leaves out is asked for elsewhere.",
  },
  hidden: {
    say: "{station} left out of its public record what it had signed.",
    text: "Everything a station signs has to stand in its public record within a minute, so that it cannot tell each person something else.",
  },
  backdated: {
    say: "{station} signed a time that cannot be true.",
    text: "Two things it signed have times that exclude each other, so it cannot be trusted about when something was written.",
  },
  "expired-early": {
    say: "{station} deleted messages before their time.",
    text: `A station keeps messages for 180 days. ${ASKED}`,
  },
  "pruned-early": {
    say: "{station} deleted messages before you had them.",
    text: `A station may delete a message once everyone who reads there has said that they have it. This device had not. ${ASKED}`,
  },
  duplicated: {
    say: "{station} put one message in two places.",
    text: "Whoever wrote it wrote it once, and it is shown once.",
  },
  "removed-unlogged": {
    say: "{station} removed messages without saying so in public.",
    text: `A station that has to remove something must write that into its public record. This note is missing. ${ASKED}`,
  },
  "log-forked": {
    say: "{station} keeps two versions of its public record.",
    text: "There may be only one. With two, it can tell each person something else. Compare in person with those you write to.",
  },
  "log-stale": {
    say: "Nobody has vouched for {station} for a while.",
    text: "Witnesses sign every minute that its public record is the same for all. Such a signature has not come; the line to them may be cut. Chapar goes on trying.",
    by: "nobody",
  },
  "other-board": {
    say: "{station} shows you a channel otherwise than its writer has it.",
    text: "Each post says, signed by whoever wrote it, what stood in the channel before it. You were shown something else: the station shows people different things, or who wrote it says what is not so. What was read stays. Ask them in person.",
    by: "nobody",
  },
  "witness-lost": {
    say: "{station} no longer names a witness that it had.",
    text: "With fewer witnesses fewer can tell that its public record is the same for all. Chapar holds it to the witnesses that it first named. Its keeper can say why.",
    by: "nobody",
  },
  restored: {
    say: "{station} was put back from an older copy.",
    text: "Its keeper said so in its public record. What was taken after the copy may be missing there; the people in the conversation are asked for it.",
    by: "nobody",
  },
  "no-answer": {
    say: "{station} gave a witness no answer.",
    text: "A witness asked it twice for something that it owes, got no good answer, and wrote that into its own public record.",
    by: "witness",
  },
  "hidden-op": {
    say: "{station} does not show a change in the keys of {person}.",
    text: "It counts more changes than it shows. Chapar asks for them on another way. Compare before you write something secret.",
  },
  "foreign-op": {
    say: "{station} counts a change in the keys of {person} that those keys did not make.",
    text: "Nothing of it was used here. If the keys are your own, somebody may have stolen one: ./chapar safety take-back undoes what they did.",
  },
  "chain-forked": {
    say: "The keys of {person} signed two different histories.",
    text: "Only one can be true. A device may have been put back from a copy, or somebody else has the keys. Sending waits until you decide: ./chapar safety",
    by: "keys",
  },
};

const BLAME: Readonly<Record<Blame, string>> = {
  station: "It is the station that did this; your keys and your network have no part in it.",
  witness: "It is the word of a witness and no proof of guilt: a line may have been cut.",
  nobody: "This accuses nobody.",
  keys: "Both were signed with those keys; the stations only passed it on.",
};

const STATES: Readonly<Record<AlertView["state"], string>> = {
  asking: "asking others",
  open: "not settled",
  restored: "everything came back",
};

/** One sentence: who, what. `person` is a name for codes about keys. */
export function alertSaying(alert: AlertView, person: string): string {
  const fill: Readonly<Record<string, string>> = {
    station: stationWords(alert.station),
    person: printableLine(person),
    messages: countWords(alert.missing),
  };
  return WORDS[alert.code].say.replaceAll(/\{(\w+)\}/g, (_, name: string) => fill[name] ?? "");
}

/** Since when, and how it stands. */
function standing(alert: AlertView): string {
  const parts = alert.sinceMs === undefined ? [] : [`since ${dateTimeWords(alert.sinceMs)}`];
  if (alert.missing > 0) parts.push(`${alert.restored} of ${countWords(alert.missing)} came back`);
  if (alert.state !== "restored" || alert.missing === 0) parts.push(STATES[alert.state]);
  return parts.join(" · ");
}

/** An alert in the list: the day it was noticed, its id, the sentence, how it stands. */
export function alertWords(alert: AlertView, person: string): string {
  const mark = alert.seen ? " " : "!";
  return [
    `${mark} ${dateTimeWords(alert.noticedAtMs)}  ${alertSaying(alert, person)}`,
    `    ${standing(alert)}`,
    `    ./chapar alerts show ${alert.id}`,
  ].join("\n");
}

/** An alert, whole. */
export function alertPage(alert: AlertView, person: string): string {
  const { text, by = "station" } = WORDS[alert.code];
  const proof =
    by === "nobody"
      ? "There is nothing to prove here."
      : alert.proof === undefined
        ? "What was signed is kept in this profile; there is nothing yet that a stranger could judge by itself."
        : `There is a proof of ${alert.proof.sizeBytes} bytes that anyone can check: ./chapar proof export ${alert.id} FILE`;
  return [alertSaying(alert, person), text, BLAME[by], `  ${standing(alert)}`, proof].join("\n");
}

/** An alert as scripts read it. */
export function alertLine(alert: AlertView, person: string): JsonLine {
  const { id, code, station, noticedAtMs, state, missing, restored, seen } = alert;
  return {
    event: "alert",
    id,
    code,
    station,
    conversation: alert.conversation ?? null,
    person: alert.person ?? null,
    noticedAtMs,
    sinceMs: alert.sinceMs ?? null,
    state,
    missing,
    restored,
    proof: alert.proof ?? null,
    seen,
    says: alertSaying(alert, person),
  };
}

/** How the home's public record was checked, in lines. */
export function watchWords(view: WatchView, nowMs: number): string {
  const { checkedAtMs, code, paths, witnesses, cosigned, quorum } = view;
  if (checkedAtMs === undefined) return "Not checked yet.";
  const ago = Math.max(0, Math.round((nowMs - checkedAtMs) / 1000));
  const when =
    code !== undefined
      ? `Not checked since ${dateTimeWords(checkedAtMs)} (${code}).`
      : `Checked ${ago < 120 ? `${ago} s ago` : `at ${dateTimeWords(checkedAtMs)}`} over ${paths === 1 ? "one path" : paths === 2 ? "two paths" : "no path"}.`;
  const who =
    quorum === "none"
      ? "No witness looks at this station."
      : `${cosigned} of ${witnesses} witnesses signed that everyone is shown the same${quorum === "final" ? ", stations in other countries among them" : ""}.${quorum === "live" ? " Changes of keys and devices are provisional until stations in other countries have signed too." : ""}`;
  return `${when}\n${who}`;
}

/** What was taken back of one's own keys, and who follows. */
export function takenBackWords({ voided, changes, sinceMs, late }: TakenBackView): string {
  const count = voided === 1 ? "1 change of your keys counts" : `${voided} changes of your keys count`;
  const since =
    sinceMs === undefined ? "" : ` They stood in your station's public record since ${dateTimeWords(sinceMs)}.`;
  return [
    `${count} no more, and the everyday key is a new one.${since}`,
    ...changes.map((what) => `  undone: somebody in your name ${CHANGE_WORDS[what]}`),
    "Everyone you write with is told by this device, with the next connection.",
    ...(late
      ? [
          "That is more than 72 hours: whoever saw the changes then takes this for a second history, and asks you to compare again.",
        ]
      : []),
  ].join("\n");
}

const DIGIT_GROUPS_A_LINE = 4;

const pausedWords = ({ pausedBy, identity }: SafetyView, who: string): string =>
  pausedBy === "device"
    ? `Sending to ${who} waits: they have a device that was not there when you compared. If it is theirs: ./chapar safety ${identity} --compared`
    : `Sending to ${who} waits: their keys signed two different histories.`;

/** What two people compare, and what their keys went through. */
export function safetyWords(view: SafetyView, name: string): string {
  const rows: string[] = [];
  for (let at = 0; at < view.digits.length; at += DIGIT_GROUPS_A_LINE)
    rows.push(`  ${view.digits.slice(at, at + DIGIT_GROUPS_A_LINE).join(" ")}`);
  const who = printableLine(name);
  const compared =
    view.comparedAtMs === undefined
      ? `Not compared with ${who} yet. Read these to each other in person; then: ./chapar safety ${view.identity} --compared`
      : `Compared with ${who} on ${dateTimeWords(view.comparedAtMs)}.`;
  const changes = view.changes.map(
    ({ what, sinceMs }) =>
      `  ${sinceMs === undefined ? "" : `${dateTimeWords(sinceMs)}  `}${who} ${CHANGE_WORDS[what]}`,
  );
  return [
    compared,
    ...rows,
    `${view.devices === 1 ? "1 device" : `${view.devices} devices`}, ${view.ops === 1 ? "1 change" : `${view.ops} changes`} of keys so far.`,
    ...changes,
    ...(view.paused ? [pausedWords(view, who)] : []),
  ].join("\n");
}
