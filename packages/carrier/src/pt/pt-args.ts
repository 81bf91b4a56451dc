/*
 * Arguments of a pluggable transport (pt-spec §3.3.3, §3.5): pairs of text, written in three ways. A transport's server says
 * `k=v,k=v` behind `ARGS:`, its client takes `k=v;k=v` as the user name and password of SOCKS5, a route carries them
 * percent-encoded in the place of a user. In the first two a backslash takes the meaning from what follows it.
 */

/** At most what a user name and a password hold (RFC 1929: 255 bytes each). */
export const MAX_PT_ARGS_BYTES: number = 2 * 255;
const MAX_ARGS = 32;

/** Names and values, in order; a name may come twice. */
export type PtArgs = readonly (readonly [name: string, value: string])[];

/** Reads pairs. @returns undefined when it is not pairs, or too many */
export function parsePtArgs(text: string, separator: "," | ";"): PtArgs | undefined {
  if (text.length > MAX_PT_ARGS_BYTES) return undefined;
  if (text === "") return [];
  const args: [string, string][] = [];
  let [name, value, at] = ["", undefined as string | undefined, 0];
  const end = (): boolean => {
    if (name === "" || value === undefined) return false;
    args.push([name, value]);
    [name, value] = ["", undefined];
    return args.length <= MAX_ARGS;
  };
  for (; at < text.length; at++) {
    const isEscaped = text[at] === "\\";
    const char = isEscaped ? text[++at] : text[at];
    if (char === undefined) return undefined;
    if (!isEscaped && char === separator) {
      if (!end()) return undefined;
    } else if (!isEscaped && char === "=" && value === undefined) value = "";
    else if (value === undefined) name += char;
    else value += char;
  }
  return end() ? args : undefined;
}

/** Writes pairs as SOCKS5 takes them, or as a server says them. */
export function formatPtArgs(args: PtArgs, separator: "," | ";"): string {
  const escape = (text: string): string => text.replace(/[\\=,;]/g, (char) => `\\${char}`);
  return args.map(([name, value]) => `${escape(name)}=${escape(value)}`).join(separator);
}
