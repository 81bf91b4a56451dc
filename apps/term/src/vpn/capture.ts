/* Puts the rules of a capture into the kernel and takes them out. What stands there outlives this process; that is the point. */
import { spawn } from "node:child_process";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import { TermError } from "../errors.ts";
import { CAPTURE_TABLE, captureRules, isOurRuleGone, routeWords, type CapturePorts } from "./capture-rules.ts";
import { requirePrograms, runProgram } from "./programs.ts";

/** Whether IPv6 can be carried: its loopback is there. */
export const hasIpv6 = (): boolean =>
  Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1") === true);

/**
 * Closes this machine to all but the tunnel, and turns what programs send into it.
 *
 * @throws TermError `term/vpn-needs` · `term/vpn-refused` with nothing changed
 */
export function raiseCapture(ports: CapturePorts): void {
  const { nft, ip } = requirePrograms(["nft", "ip"]);
  const complaint = makeRoutes(ip) ?? runProgram(nft, ["-f", "-"], captureRules(ports, hasIpv6()));
  if (complaint !== undefined) throw new TermError("term/vpn-refused", { reason: complaint });
}

/**
 * Takes away whatever a capture has put into the kernel, its own or one's that was killed.
 *
 * @returns whether there was anything
 * @throws TermError `term/vpn-needs` · `term/vpn-refused` when the machine is still closed
 */
export function lowerCapture(): boolean {
  const { nft, ip } = requirePrograms(["nft", "ip"]);
  const stands = isRaised(nft);
  const complaint = stands ? runProgram(nft, ["delete", "table", "inet", CAPTURE_TABLE]) : undefined;
  for (const family of ["-4", "-6"] as const) for (const words of routeWords(family).undo) runProgram(ip, words);
  if (complaint !== undefined) throw new TermError("term/vpn-refused", { reason: complaint });
  return stands;
}

/**
 * Puts the routing rule back whenever another program of this machine takes it away, as managers of networks do with what is not
 * theirs. Until then nothing leaves: the guard does not need it.
 */
export function keepRoutes(): Disposable {
  const { ip } = requirePrograms(["ip"]);
  const monitor = spawn(ip, ["monitor", "rule"], { stdio: ["ignore", "pipe", "ignore"] });
  monitor.on("error", () => undefined);
  let isKept = true;
  createInterface({ input: monitor.stdout }).on("line", (line) => {
    // One that stands already is refused, which is as well.
    if (isKept && isOurRuleGone(line))
      for (const family of families()) for (const words of routeWords(family).make) runProgram(ip, words);
  });
  return {
    [Symbol.dispose]: () => {
      isKept = false;
      monitor.kill("SIGKILL");
    },
  };
}

const families = (): readonly ("-4" | "-6")[] => (hasIpv6() ? ["-4", "-6"] : ["-4"]);

/** @returns what `ip` complained of */
function makeRoutes(ip: string): string | undefined {
  for (const family of families()) {
    const { make, undo } = routeWords(family);
    // What a run left that was killed.
    runProgram(ip, undo[0] ?? []);
    for (const words of make) {
      const complaint = runProgram(ip, words);
      if (complaint !== undefined) return complaint;
    }
  }
  return undefined;
}

function isRaised(nft: string): boolean {
  return runProgram(nft, ["list", "table", "inet", CAPTURE_TABLE]) === undefined;
}
