/*
 * Censors as nft rules in the border's forward chain. What goes between two insiders never meets them. nft 1.0.6 wants each
 * rule on a line of its own; `one; two; }` on one line does not parse.
 */
import type { LabNetwork } from "./namespaces.ts";

const TABLE = "inet censor";

/** The ruleset of some expressions. */
export function nftRuleset(expressions: readonly string[]): string {
  return [
    `table ${TABLE} {`,
    "  chain forward {",
    "    type filter hook forward priority filter",
    "    policy accept",
    '    iifname "in-*" oifname "in-*" accept',
    ...expressions.map((expression) => `    ${expression}`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/** Puts rules in force at the border, in place of those before. */
export function applyNft(network: LabNetwork, expressions: readonly string[]): void {
  liftNft(network);
  if (expressions.length > 0) network.run("border", "nft", ["-f", "-"], nftRuleset(expressions));
}

/** Lifts whatever rules are in force. */
export function liftNft(network: LabNetwork): void {
  // `add` first, so that deleting a table that is not there is no fault.
  network.run("border", "nft", ["-f", "-"], `add table ${TABLE}\ndelete table ${TABLE}\n`);
}
