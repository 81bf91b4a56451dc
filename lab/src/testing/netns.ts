/*
 * Tests that need namespaces: they build a network, or say plainly that they were not run and why. Test-only.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabNetwork } from "../net/namespaces.ts";
import type { RuleChoice } from "../net/router-engine.ts";
import { type Services, startServices } from "../net/services.ts";
import { programPath, whyNoNamespaces } from "../net/tools.ts";
import { type Censors, enforce } from "../net/web-trial.ts";

/** What one command did. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
}

const BUILD_LIMIT_MS = 60_000;
/** Each control has to end within a minute, whatever a censor does to it. */
export const CONTROL_LIMIT_MS = 60_000;

/** A network with a site, a resolver and a foreign front, and whatever a test puts there. */
export class ControlBench implements AsyncDisposable {
  readonly network: LabNetwork;
  readonly services: Services;

  private constructor(network: LabNetwork, services: Services) {
    this.network = network;
    this.services = services;
  }

  static async open(): Promise<ControlBench> {
    const network = await LabNetwork.build();
    return new ControlBench(network, await startServices(network, { station: false }));
  }

  /** Runs something while rules are in force. */
  async under<T>(rules: readonly (RuleChoice | string)[], act: (censors: Censors) => Promise<T>): Promise<T> {
    const choices = rules.map((rule) => (typeof rule === "string" ? { id: rule, params: {} } : rule));
    const censors = await enforce(this.network, choices, { seed: 1 });
    try {
      return await act(censors);
    } finally {
      await censors.lift();
    }
  }

  /** Runs a program in the client's place to its end, or until it has had its time. */
  exec(program: string, args: readonly string[], limitMs: number, env: NodeJS.ProcessEnv = process.env): Promise<Ran> {
    return new Promise((resolve) => {
      const child = this.network.start("client", program, args, { env });
      let out = "";
      child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
      child.stderr?.on("data", (chunk: Buffer) => (out += chunk.toString()));
      const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
      child.once("close", (code) => {
        clearTimeout(timer);
        resolve({ code, out });
      });
    });
  }

  /** Whether curl gets a page; further words are curl's. */
  async curl(url: string, limitSeconds = 5, ...words: string[]): Promise<boolean> {
    const args = [
      "-s",
      "-f",
      "-o",
      "/dev/null",
      "-m",
      String(limitSeconds),
      "--cacert",
      this.services.certificates.authority,
    ];
    return (await this.exec("curl", [...args, ...words, url], limitSeconds * 1000 + 2000)).code === 0;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.network[Symbol.asyncDispose]();
  }
}

/** Says that something was not run; the only thing a test without its means may do. */
export function notRun(what: string, why: string): void {
  it(`NOT RUN: ${why}`, ({ annotate }) => {
    console.log(`${what}: NOT RUN, ${why}`);
    expect(why).not.toBe("");
    return annotate(`not run: ${why}`);
  });
}

/** Tests on a network of their own. */
export function describeNetns(name: string, tests: (bench: () => ControlBench) => void): void {
  describe(name, () => {
    const why = whyNoNamespaces();
    if (why !== undefined) {
      notRun(name, why);
      return;
    }
    let bench: ControlBench | undefined;
    beforeAll(async () => {
      bench = await ControlBench.open();
    }, BUILD_LIMIT_MS);
    afterAll(async () => {
      await bench?.[Symbol.asyncDispose]();
    }, BUILD_LIMIT_MS);
    tests(() => {
      if (bench === undefined) throw new Error("the network was not built");
      return bench;
    });
  });
}

/** One control of a real tool. */
export function control(
  what: string,
  tools: readonly string[],
  run: () => Promise<void>,
  limitMs: number = CONTROL_LIMIT_MS,
): void {
  const missing = tools.filter((tool) => programPath(tool) === undefined);
  if (missing.length > 0) notRun(what, `${missing.join(", ")} is not installed; chapar lab setup installs it`);
  else it(what, run, limitMs);
}
