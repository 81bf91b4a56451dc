/*
 * The whole machine through a tunnel that is open (protocol/8-road.md §12): near end, helpers, then the rules, in this
 * order, so that nothing is captured before somebody takes it. An end that was asked for takes the rules away; any other
 * leaves them, and with them a machine that sends nothing.
 */
import { startCapturedServer } from "@chapar/carrier/node";
import { TermError } from "../errors.ts";
import type { Run } from "../run.ts";
import type { TunnelPool } from "../tunnel/tunnel-pool.ts";
import { hasIpv6, keepRoutes, lowerCapture, raiseCapture } from "./capture.ts";
import { OWN_GROUP } from "./capture-rules.ts";
import { newDatagramKey, startHelpers } from "./helpers.ts";
import { nearFolder, openToHelpers, removeNearFolder } from "./near-folder.ts";
import { requirePrograms } from "./programs.ts";

/**
 * Before anything is dialed: from here on this process's connections are known as the tunnel's own.
 *
 * @throws TermError `term/vpn-needs`
 */
export function becomeTunnel(): void {
  requirePrograms(["nft", "ip", "setpriv", "haproxy", "ss-redir"]);
  process.setegid?.(OWN_GROUP);
}

/** What a capture is told. */
export interface VpnOptions {
  readonly pool: TunnelPool;
  readonly pass: Uint8Array;
  readonly onRefused: (reason: string) => void;
  /** called when the machine is closed to everything else */
  readonly onReady: (ready: { readonly ipv6: boolean }) => void;
}

/**
 * Captures this machine until the run's signal aborts.
 *
 * @throws TermError `term/vpn-taken` · `term/vpn-refused` · `term/vpn-broken` when a helper ended: the machine stays closed
 */
export async function captureMachine(run: Run, { pool, pass, onRefused, onReady }: VpnOptions): Promise<void> {
  const paths = requirePrograms(["nft", "ip", "setpriv", "haproxy", "ss-redir"]);
  const { folder, socketPath } = await nearFolder();
  const [datagramKey, ipv6] = [newDatagramKey(), hasIpv6()];
  const sessions = { sessions: () => pool.sessions(), grow: () => pool.grow() };
  await using near = await startCapturedServer({ ...sessions, pass, socketPath, datagramKey, onRefused });
  openToHelpers(socketPath);
  const { datagramPort } = near;
  await using helpers = await startHelpers({ folder, paths, socketPath, datagramPort, datagramKey, hasIpv6: ipv6 });
  raiseCapture(helpers.ports);
  using kept = keepRoutes();
  onReady({ ipv6 });
  const stopped = new Promise<undefined>((resolve) => {
    if (run.signal.aborted) resolve(undefined);
    run.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const broken = await Promise.race([helpers.broken, stopped]);
  kept[Symbol.dispose]();
  if (broken !== undefined) throw new TermError("term/vpn-broken", { program: broken });
  openMachine();
}

/**
 * Takes away what a capture has left: rules and folder.
 *
 * @returns whether the machine was captured
 * @throws TermError `term/vpn-needs` · `term/vpn-refused` when the machine is still closed
 */
export function openMachine(): boolean {
  const was = lowerCapture();
  removeNearFolder();
  return was;
}
