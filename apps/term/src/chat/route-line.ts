/*
 * The route line: always there, one line that says truthfully which way is in use. The wells say the same as the words:
 * solid is open, dashed is seeking, hollow is a way not reached, filled is home.
 */
import type { RouteView } from "@chapar/client";
import { sizeWords } from "../size-words.ts";

interface Line {
  readonly wells: string;
  readonly words: string;
}

const KIND: Readonly<Record<string, string>> = {
  web: "direct",
  pt: "in disguise",
  snow: "through a volunteer",
  dns: "DNS, slow",
  lan: "this network",
};

/** Parts of the route line, longest words first to be dropped by a narrow screen. */
export function routeLine(route: RouteView): Line {
  const kind = route.kind === undefined ? "" : (KIND[route.kind] ?? route.kind);
  const waiting = route.queued === 0 ? "" : ` · ${route.queued} waiting`;
  switch (route.state) {
    case "open": {
      const rate = route.bytesPerSecond === 0 ? "" : ` · ${sizeWords(Math.round(route.bytesPerSecond))}/s`;
      return { wells: "●━━━━●", words: `open${kind === "" ? "" : ` · ${kind}`}${rate}${waiting}` };
    }
    case "seeking":
      return { wells: "●╌╌╌╌○", words: `looking for a way to your station${waiting}` };
    case "refused":
      return {
        wells: "●━━━━✕",
        words: `your station said no${route.code === undefined ? "" : ` (${route.code})`}${waiting}`,
      };
    case "offline":
      return { wells: "●    ○", words: `no network; writing works and waits${waiting}` };
    case "idle":
    default:
      return { wells: "●    ○", words: `not connected${waiting}` };
  }
}
