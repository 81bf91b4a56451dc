/*
 * The route `web` in the namespaces: does a message from the client's place arrive abroad, with its checked receipt, while a
 * censor stands at the border? A fresh profile each time: the coldest of cold starts, with joining and opening a
 * conversation included.
 */
import { join } from "node:path";
import { TEXT_LIMIT_MS } from "../memory/text-trial.ts";
import { ruleById } from "../rules/index.ts";
import type { RuleId } from "../vocabulary.ts";
import { LabNetwork } from "./namespaces.ts";
import { applyNft, liftNft } from "./nft-engine.ts";
import type { Speaker } from "./processes.ts";
import { type LineConditions, type RuleChoice, type RunningRouter, startRouter } from "./router-engine.ts";
import { type Services, startNode, startServices } from "./services.ts";

const FRIEND_LIMIT_MS = 30_000;

/** What came of one trial. */
export interface WebTrial {
  readonly text: boolean;
  readonly tookMs: number | undefined;
  readonly acted: readonly RuleId[];
}

/** How a trial is run. */
export interface TrialOptions {
  readonly seed: number;
  readonly line?: LineConditions;
  /** when a message counts as not arriving; 30 s */
  readonly limitMs?: number;
}

/** A network with a station and a friend on it, for any number of trials one after the other. */
export class WebLab implements AsyncDisposable {
  readonly network: LabNetwork;
  readonly services: Services;
  readonly #friend: Speaker;
  readonly #friendInvite: string;
  #trials = 0;

  private constructor(network: LabNetwork, services: Services, friend: Speaker, friendInvite: string) {
    this.network = network;
    this.services = services;
    this.#friend = friend;
    this.#friendInvite = friendInvite;
  }

  /** Builds it. Cost: some seconds. */
  static async open(): Promise<WebLab> {
    const network = await LabNetwork.build();
    try {
      const services = await startServices(network, { station: true });
      const profileDir = join(network.scratch, "friend");
      const config = { role: "friend", profileDir, stationInvite: services.invite };
      const friend = startNode(network, "foreign", "client-main.ts", config, services.certificates);
      const { invite } = await friend.heard("invited", FRIEND_LIMIT_MS);
      return new WebLab(network, services, friend, String(invite));
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs one trial under some rules. */
  async trial(rules: readonly RuleChoice[], options: TrialOptions): Promise<WebTrial> {
    const limitMs = options.limitMs ?? TEXT_LIMIT_MS;
    const censors = await enforce(this.network, rules, options);
    const text = `trial ${++this.#trials}`;
    const profileDir = join(this.network.scratch, `writer-${this.#trials}`);
    const config = {
      role: "writer",
      profileDir,
      stationInvite: this.services.invite,
      friendInvite: this.#friendInvite,
      text,
    };
    const writer = startNode(this.network, "client", "client-main.ts", config, this.services.certificates);
    try {
      const begunMs = performance.now();
      const receipt = writer.heard("receipt", limitMs);
      const arrived = this.#arrives(text, limitMs);
      const [came] = await Promise.all([receipt, arrived]).then(
        () => [true],
        // Silence until the limit is the answer of a censor that works.
        () => [false],
      );
      const tookMs = came === true ? Math.round(performance.now() - begunMs) : undefined;
      return { text: came === true, tookMs, acted: censors.acted() };
    } finally {
      await writer.stop();
      await censors.lift();
    }
  }

  async #arrives(text: string, limitMs: number): Promise<void> {
    const until = performance.now() + limitMs;
    while (!this.#friend.said.some((line) => line.event === "got" && line["text"] === text)) {
      if (performance.now() > until) throw new Error("nothing arrived");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.network[Symbol.asyncDispose]();
  }
}

/** Rules in force. */
export interface Censors {
  /** rules that the router saw acting; nft does not tell */
  acted(): readonly RuleId[];
  /** what the router's prober found */
  probed(): readonly { readonly rule: RuleId; readonly suspect: boolean; readonly why: string }[];
  lift(): Promise<void>;
}

/** Puts rules in force: those that nft can say in the border's kernel, the others in the router. */
export async function enforce(
  network: LabNetwork,
  rules: readonly RuleChoice[],
  options: { readonly seed: number; readonly line?: LineConditions },
): Promise<Censors> {
  const chosen = rules.map((choice) => ({ choice, nft: ruleById(choice.id)?.nft(choice.params) }));
  applyNft(
    network,
    chosen.flatMap(({ nft }) => nft ?? []),
  );
  const routed = chosen.filter(({ nft }) => nft === undefined).map(({ choice }) => choice);
  let router: RunningRouter | undefined;
  if (routed.length > 0 || options.line !== undefined) router = await startRouter(network, routed, options);
  const said = (event: string): readonly Readonly<Record<string, unknown>>[] =>
    router?.speaker.said.filter((line) => line.event === event) ?? [];
  return {
    acted: () => said("acted").map(({ rule }) => rule as RuleId),
    probed: () => said("probed") as unknown as readonly { rule: RuleId; suspect: boolean; why: string }[],
    async lift() {
      await router?.stop();
      liftNft(network);
    },
  };
}
