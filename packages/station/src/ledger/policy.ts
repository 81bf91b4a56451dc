/*
 * Whose word is enough, as C2SP policy files (S-24): *live* and *final*. Witnesses are named by region and key id, so that a
 * person who reads the file sees where they stand.
 */
import { formatVerifierKey, type VerifierKey } from "@chapar/log";
import type { WitnessParty } from "./witnesses.ts";

/** Foreign witnesses that *final* needs. */
const FINAL_FOREIGN = 2;

/** Where others read a log, and where it stands. */
export interface LedgerPlace {
  /** of the station; `/log` follows */
  readonly url: string;
  /** ISO 3166-1 alpha-2 */
  readonly region: string;
}

/** The two policies of a station's log. */
export interface LedgerPolicies {
  readonly live: string;
  /** undefined: two witnesses of other regions are not configured */
  readonly final: string | undefined;
}

function nameOf({ key, region }: WitnessParty): string {
  return `${region ?? "--"}-${key.keyId.toString(16).padStart(8, "0")}`;
}

/** Text of both files. @param log  the key of the station's log; @param url  where it is served */
export function ledgerPolicies(
  log: { readonly key: VerifierKey; readonly url: string; readonly region: string },
  witnesses: readonly WitnessParty[],
): LedgerPolicies {
  const head = [
    `log ${formatVerifierKey(log.key)} ${log.url}`,
    ...witnesses.map((one) => `witness ${nameOf(one)} ${formatVerifierKey(one.key)} ${one.url}`),
  ];
  const domestic = witnesses.filter((one) => one.region === log.region).map(nameOf);
  const foreign = witnesses.filter((one) => one.region !== log.region).map(nameOf);
  const text = (lines: readonly string[]): string => `${[...head, ...lines].join("\n")}\n`;
  const any = domestic.length > 0 ? domestic : foreign;
  const live = any.length === 0 ? ["quorum none"] : [`group live any ${any.join(" ")}`, "quorum live"];
  if (foreign.length < FINAL_FOREIGN) return { live: text(live), final: undefined };
  const abroad = `group abroad ${FINAL_FOREIGN} ${foreign.join(" ")}`;
  const final =
    domestic.length === 0
      ? [abroad, "quorum abroad"]
      : [`group home all ${domestic.join(" ")}`, abroad, "group final all home abroad", "quorum final"];
  return { live: text(live), final: text(final) };
}
