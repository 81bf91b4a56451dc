/*
 * Routes in the namespaces: does a message from the client's place arrive abroad, with its checked receipt, while a censor stands
 * at the border? A fresh profile each time: the coldest of cold starts, with joining and opening a conversation included. And
 * when the censor comes while people write: how long until the next letter is there?
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { TEXT_LIMIT_MS } from "../memory/text-trial.ts";
import { ruleById } from "../rules/index.ts";
import type { RuleId } from "../vocabulary.ts";
import type { RouteName } from "../matrix.ts";
import { LabNetwork } from "./namespaces.ts";
import { applyNft, COUNTING, liftNft } from "./nft-engine.ts";
import { LabError } from "../errors.ts";
import type { Said, Speaker } from "./processes.ts";
import {
  DEFAULT_LINE,
  type LineConditions,
  type RuleChoice,
  type RunningRouter,
  startRouter,
} from "./router-engine.ts";
import { readsOn, readsThroughTunnel } from "./tunnel-trial.ts";
import { builtWebApp, startVolunteer } from "./volunteer-tab.ts";
import { type Services, startNode, startServices } from "./services.ts";

const FRIEND_LIMIT_MS = 30_000;
const SLOW_START_LIMIT_MS = 120_000;
/** How long people have talked when rules fall on them. */
const TALKED_MS = 5_000;

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
  /** what the client may use; `web` */
  readonly route?: RouteName;
  /** a bare link instead of a session, as before there were sessions; over `web` */
  readonly isBare?: boolean;
  /** rate of the client's wire, each way */
  readonly kbit?: number | undefined;
}

/** What came of a rule that fell while people wrote. */
export interface SwitchTrial {
  /** kind of the route before */
  readonly from: string;
  /** kind of the route by which the next letter's receipt came; undefined when none did */
  readonly to: string | undefined;
  /** from the writing of the next letter until it has arrived and its receipt is there */
  readonly switchMs: number | undefined;
}

/** What a network has beside a station with its usual ways. */
export interface WebLabParts {
  readonly snow?: boolean;
  readonly obfs4?: boolean;
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

  /** Builds it; with `snow` also a volunteer's tab, with `obfs4` that way to the station too. Cost: some seconds. */
  static async open({ snow = false, obfs4 = false }: WebLabParts = {}): Promise<WebLab> {
    const webRoot = snow ? builtWebApp() : undefined;
    const network = await LabNetwork.build();
    try {
      const services = await startServices(network, { station: true, webRoot, obfs4 });
      // Outside, at an address that is no hosting provider's, as homes have it.
      if (snow) await openTabAt(network);
      const profileDir = join(network.scratch, "friend");
      // The friend is outside and has one way, so that what is measured is the writer's.
      const config = { role: "friend", profileDir, stationInvite: services.invite, kinds: ["web"] };
      const friend = startNode(network, "foreign", "client-main.ts", config, services.certificates);
      const { invite } = await friend.heard("invited", FRIEND_LIMIT_MS);
      return new WebLab(network, services, friend, String(invite));
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts a person with a fresh profile, who writes a first letter at once. */
  #write(options: TrialOptions): { readonly writer: Speaker; readonly text: string } {
    const text = `trial ${++this.#trials}`;
    const { route = "web", isBare = false } = options;
    const config = {
      role: "writer",
      profileDir: join(this.network.scratch, `writer-${this.#trials}`),
      stationInvite: this.services.invite,
      friendInvite: this.#friendInvite,
      text,
      isBare,
      ...(route === "auto" ? {} : { kinds: [route] }),
    };
    return { writer: startNode(this.network, "client", "client-main.ts", config, this.services.certificates), text };
  }

  /** When a letter has arrived and its receipt is there. @returns undefined after the limit */
  async #delivered(writer: Speaker, text: string, limitMs: number): Promise<Said | undefined> {
    const receipt = writer.heard("receipt", limitMs, (said) => said["text"] === text);
    return await Promise.all([receipt, this.#arrives(text, limitMs)]).then(
      ([said]) => said,
      // Silence until the limit is the answer of a censor that works.
      () => undefined,
    );
  }

  /** Runs one trial under some rules. */
  async trial(rules: readonly RuleChoice[], options: TrialOptions): Promise<WebTrial> {
    const censors = await enforce(this.network, rules, options);
    this.network.limitClient(options.kbit);
    const begunMs = performance.now();
    const { writer, text } = this.#write(options);
    try {
      const came = await this.#delivered(writer, text, options.limitMs ?? TEXT_LIMIT_MS);
      const tookMs = came === undefined ? undefined : Math.round(performance.now() - begunMs);
      return { text: came !== undefined, tookMs, acted: censors.acted() };
    } finally {
      await writer.stop();
      this.network.limitClient(undefined);
      await censors.lift();
    }
  }

  /** Lets rules fall on an open session between two letters; the second is written in the same moment. */
  async switchTrial(rules: readonly RuleChoice[], options: TrialOptions): Promise<SwitchTrial> {
    const limitMs = options.limitMs ?? TEXT_LIMIT_MS;
    const clear = await enforce(this.network, [], { seed: options.seed, line: options.line ?? DEFAULT_LINE });
    // What a flow carried before a rule falls counts when it falls.
    applyNft(this.network, [COUNTING]);
    const { writer, text } = this.#write({ route: "auto", ...options });
    let censors: Censors | undefined;
    try {
      const first = await this.#delivered(writer, text, limitMs);
      if (first === undefined) throw new LabError("lab/not-ready", "the first letter did not arrive without a censor");
      await delay(TALKED_MS);
      const isKernels = rules.every(({ id, params }) => ruleById(id)?.nft(params) !== undefined);
      if (!isKernels) await clear.lift();
      if (isKernels)
        applyNft(
          this.network,
          rules.flatMap(({ id, params }) => ruleById(id)?.nft(params) ?? []),
        );
      else censors = await enforce(this.network, rules, options);
      const begunMs = performance.now();
      writer.tell({ text: `${text} again` });
      const second = await this.#delivered(writer, `${text} again`, limitMs);
      const switchMs = second === undefined ? undefined : Math.round(performance.now() - begunMs);
      return { from: String(first["kind"]), to: second && String(second["kind"]), switchMs };
    } finally {
      await writer.stop();
      await censors?.lift();
      await clear.lift();
    }
  }

  /** Whether a tunnel that is opened under some rules reads what they close. */
  async tunnelTrial(rules: readonly RuleChoice[], options: Pick<TrialOptions, "seed" | "line">): Promise<boolean> {
    const censors = await enforce(this.network, rules, options);
    try {
      return await readsThroughTunnel(this.network, this.services);
    } finally {
      await censors.lift();
    }
  }

  /** Letters on a poor line, one after the other, while a download runs. @returns how long each took that arrived */
  async slowTrial(
    letters: number,
    line: LineConditions & { readonly kbit: number },
    signal?: AbortSignal,
  ): Promise<{ readonly tookMs: readonly number[]; readonly downloadedBytes: number }> {
    const censors = await enforce(this.network, [], { seed: 1, line });
    this.network.limitClient(line.kbit);
    const { writer, text } = this.#write({ seed: 1, route: "auto" });
    const over = new AbortController();
    const tookMs: number[] = [];
    try {
      if ((await this.#delivered(writer, text, SLOW_START_LIMIT_MS)) === undefined)
        throw new LabError("lab/not-ready", "the first letter did not arrive");
      const reading = readsOn(this.network, this.services, over.signal);
      reading.catch(() => undefined);
      await delay(TALKED_MS);
      for (let at = 0; at < letters; at++) {
        if (signal?.aborted === true) break;
        const begunMs = performance.now();
        writer.tell({ text: `${text}, ${at}` });
        const came = await this.#delivered(writer, `${text}, ${at}`, FRIEND_LIMIT_MS);
        if (came !== undefined) tookMs.push(Math.round(performance.now() - begunMs));
      }
      over.abort();
      return { tookMs, downloadedBytes: await reading };
    } finally {
      over.abort();
      await writer.stop();
      this.network.limitClient(undefined);
      await censors.lift();
    }
  }

  /** Letters that the friend has, by message id. */
  get letters(): ReadonlyMap<string, string> {
    const got = this.#friend.said.filter(({ event }) => event === "got");
    return new Map(got.map((said) => [String(said["message"]), String(said["text"])]));
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

async function openTabAt(network: LabNetwork): Promise<void> {
  const start: Parameters<typeof startVolunteer>[0] = (program, args, more) =>
    network.start("site", program, args, more);
  await startVolunteer(start, join(network.scratch, "volunteer"), "https://station.example");
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
      router = undefined;
      liftNft(network);
    },
  };
}
