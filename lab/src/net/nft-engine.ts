/*
 * Censors as nft rules in the border's forward chain. What goes between two insiders, or two outsiders, never meets them. nft 1.0.6 wants each
 * rule on a line of its own; `one; two; }` on one line does not parse.
 */
import type { LabNetwork } from "./namespaces.ts";

const TABLE = "inet censor";
/** Counts the packets of every flow and drops none. */
export const COUNTING = "ct packets > 9000000000000000000 drop";
// `add` first, so that deleting a table that is not there is no fault.
const NOTHING = `add table ${TABLE}\ndelete table ${TABLE}\n`;

/** The ruleset of some expressions. */
export function nftRuleset(expressions: readonly string[]): string {
  return [
    `table ${TABLE} {`,
    "  chain forward {",
    "    type filter hook forward priority filter",
    "    policy accept",
    '    iifname "in-*" oifname "in-*" accept',
    '    iifname "out-*" oifname "out-*" accept',
    ...expressions.map((expression) => `    ${expression}`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Puts rules in force at the border, in place of those before. */
export function applyNft(network: LabNetwork, expressions: readonly string[]): void {
  const ruleset = expressions.length > 0 ? nftRuleset(expressions) : "";
  // At once: flows that are open go on being counted.
  network.run("border", "nft", ["-f", "-"], `${NOTHING}${ruleset}`);
}

/** Lifts whatever rules are in force. */
export function liftNft(network: LabNetwork): void {
  network.run("border", "nft", ["-f", "-"], NOTHING);
}
