/*
 * Door `@chapar/client/hosts`: hosts that a reader may take for another (protocol/5-content.md C-80), after Unicode Technical Standard 39. Its table of
 * confusables has nine thousand lines for text of any kind; of hosts, where registries take letters of one script, only those matter
 * whose letters all pass for Latin ones: Cyrillic, Greek, Armenian, and Latin letters beyond ASCII. These stand here.
 */

/**
 * Why a host deserves a second look: `user`: what stands before an @ is no address · `mixed`: letters of several scripts in one name ·
 * `look-alike`: each of its letters passes for a Latin one · `script`: written in another script than it is resolved in.
 */
export type HostDoubt = "user" | "mixed" | "look-alike" | "script";

/** An address that deserves a second look. */
export interface DoubtfulHost {
  readonly doubt: HostDoubt;
  /** as it is resolved: ASCII, `xn--…` for other letters */
  readonly host: string;
}

const SCRIPTS = [
  "Latin",
  "Cyrillic",
  "Greek",
  "Armenian",
  "Arabic",
  "Hebrew",
  "Han",
  "Hiragana",
  "Katakana",
  "Bopomofo",
  "Hangul",
  "Devanagari",
  "Georgian",
  "Thai",
] as const;
type Script = (typeof SCRIPTS)[number];
const OF_SCRIPT = SCRIPTS.map((script) => [script, new RegExp(`\\p{Script_Extensions=${script}}`, "u")] as const);
/** Scripts that one name may mix: "highly restrictive" (UTS 39 §5.2). */
const TOGETHER: readonly (readonly Script[])[] = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];
/** Letters that pass for Latin ones, lower case; as numbers, because nobody could tell them from those. */
const CYRILLIC =
  "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043a\u043c\u043e\u0440\u0442\u0443\u0445\u0455\u051b\u051d\u0475\u044c\u0433\u043f";
const GREEK = "\u03b1\u03b2\u03b3\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03f2\u03f3";
const ARMENIAN = "\u0585\u0578\u057d\u0570\u0581\u0566\u0584\u0575";
const BEYOND_ASCII = "\u0131\u0251\u0261\u0269\u026a\u0274\u0280\u029f\u029c\u0299\u0262\u028f";
const LOOKS_LATIN = new RegExp(`^[-0-9a-z${CYRILLIC}${GREEK}${ARMENIAN}${BEYOND_ASCII}]+$`, "u");
const ASCII = /^[\p{ASCII}]*$/u;

function scriptsOf(label: string): readonly (Script | "other")[] {
  const found = new Set<Script | "other">();
  for (const letter of label.match(/\p{L}/gu) ?? []) {
    const fitting = OF_SCRIPT.filter(([, is]) => is.test(letter)).map(([script]) => script);
    // One that several scripts share says nothing.
    if (fitting.length <= 1) found.add(fitting[0] ?? "other");
  }
  return [...found];
}

function doubtOfLabel(label: string): HostDoubt {
  const scripts = scriptsOf(label);
  const mayMix = TOGETHER.some((set) => scripts.every((one) => set.some((allowed) => allowed === one)));
  if (scripts.length > 1 && !mayMix) return "mixed";
  return LOOKS_LATIN.test(label) ? "look-alike" : "script";
}

const WORST: readonly HostDoubt[] = ["mixed", "look-alike", "script"];

function parsed(written: string): URL | undefined {
  try {
    return new URL(written);
  } catch {
    return undefined;
  }
}

/** What is doubtful in an address as it was written; undefined for most. Total; cost: linear. */
export function doubtOf(written: string): DoubtfulHost | undefined {
  const address = parsed(written);
  if (address === undefined) return undefined;
  const { hostname: host, username, password } = address;
  if (username !== "" || password !== "") return { doubt: "user", host };
  if (!host.split(".").some((label) => label.startsWith("xn--"))) return undefined;
  const name = /^[a-z]+:\/\/([^/?#:]*)/iu.exec(written)?.[1] ?? "";
  const labels = name
    .normalize("NFKC")
    .toLowerCase()
    .split(/[.\u3002]/u);
  const doubts = labels.filter((label) => !ASCII.test(label)).map(doubtOfLabel);
  return { doubt: WORST.find((one) => doubts.includes(one)) ?? "script", host };
}
