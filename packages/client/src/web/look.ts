/* The doctor in a browser: what a dial tells, and whether an ordinary page answers. Loaded when somebody asks. */
import { SESSION_PATH } from "@chapar/carrier";
import { encodeCode, judge, lookAround, type LookPorts, meaningOf, type Outcome } from "@chapar/carrier/doctor";
import { systemClock, systemRng, webBurstCarrier, webSocketCarrier } from "@chapar/carrier/web";
import type { LookView } from "./look-view.ts";

/** Whether a page answers at all; what it says is not read, and no cookie goes along. */
async function page(url: string, limitMs: number): Promise<Outcome> {
  const how = { mode: "no-cors", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" } as const;
  try {
    await fetch(url, { ...how, signal: AbortSignal.timeout(limitMs) });
    return "ok";
  } catch (error) {
    return error instanceof DOMException && error.name === "TimeoutError" ? "timeout" : "unreachable";
  }
}

/** As `lookFromHere`. */
export async function look(
  routes: readonly string[],
  options: { readonly isWide: boolean; readonly far: readonly string[]; readonly signal: AbortSignal },
): Promise<LookView> {
  const ports: LookPorts = {
    platform: "browser",
    clock: systemClock(),
    rng: systemRng(),
    isOnline: () => navigator.onLine,
    carriers: [webSocketCarrier({ linkPath: SESSION_PATH }), webBurstCarrier()],
    page,
  };
  const driven = routes.filter((route) => ports.carriers.some((carrier) => carrier.handles(route)));
  const { isWide, far, signal } = options;
  const seen = await lookAround({ routes: driven, isWide, far }, ports, signal);
  const judgement = judge(seen);
  const { findings, action, ways } = judgement;
  const told = driven.map((uri, at) => ({ uri, state: ways[at] ?? "not-tried" }));
  return { findings, action, ways: told, code: encodeCode(meaningOf(seen, judgement)) };
}
