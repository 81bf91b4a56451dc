/* What matching residency reports found, for people. */
import { CROSSING_CLASSES, type EgressAudit, type EgressFault } from "@chapar/evidence";

const FAULT_WORDS: Readonly<Record<EgressFault["what"], string>> = {
  forged: "has a line that not both sides signed",
  differs: "says another amount than the other side",
  contradicts: "signed two amounts that contradict each other",
  omitted: "leaves out a link that the other side has its signature for",
  unlawful: "let something out that its own law keeps",
};

/** Lines of a terminal. */
export function matchText({ matched, unexplainedBytes, faults, later, alone }: EgressAudit): string {
  const crossed = CROSSING_CLASSES.filter((of) => matched[of].objects > 0).map(
    (of) => `  ${of}: ${matched[of].objects} objects, ${matched[of].bytes} bytes`,
  );
  return [
    `Unexplained bytes: ${unexplainedBytes}`,
    `What both sides say alike:`,
    ...(crossed.length === 0 ? ["  nothing crossed"] : crossed),
    ...(later === 0 ? [] : [`${later} links began after the older of two reports was made.`]),
    ...(alone === 0 ? [] : [`${alone} links lead to stations of which there is no report here.`]),
    ...faults.map(({ what, station, link }) => `Station ${station} ${FAULT_WORDS[what]} (link ${link}).`),
  ].join("\n");
}
