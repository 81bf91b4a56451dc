/*
 * The doctor in the namespaces: a station with its ways and a mirror abroad, a censor at the border, and the real doctor in the
 * client's place, who does not know which rule stands there.
 */
import { formatMirrorRoute, type Judgement, MIRROR_PORTS, type Seen } from "@chapar/carrier/doctor";
import { PLACES } from "../addresses.ts";
import { LabNetwork } from "../net/namespaces.ts";
import { FURTHER_ROUTES, type Services, startNode, startServices } from "../net/services.ts";
import type { LineConditions } from "../net/router-engine.ts";
import { enforce } from "../net/web-trial.ts";
import type { RuleId } from "../vocabulary.ts";
import type { Planted } from "./planted.ts";

const READY_LIMIT_MS = 30_000;
const LOOK_LIMIT_MS = 180_000;
const MIRROR_PORT = 9400;
const ROUTES: readonly string[] = [
  "https://station.example",
  FURTHER_ROUTES.burst,
  FURTHER_ROUTES.ss,
  formatMirrorRoute({ host: PLACES.foreign.address, port: MIRROR_PORT, ports: MIRROR_PORTS }),
];

/** What the doctor said of one rule. */
export interface DoctorTrial {
  readonly rule: RuleId | "none";
  readonly expected: string;
  /** first what explains most */
  readonly found: readonly string[];
  /** the first thing said is the planted rule, and nothing else is claimed for sure */
  readonly isRight: boolean;
  readonly action: string;
  readonly code: string;
  readonly tookMs: number;
  /** rules that the router saw acting; nft does not tell */
  readonly acted: readonly RuleId[];
  readonly seen: Seen;
}

/** A network for any number of looks one after the other. */
export class DoctorLab implements AsyncDisposable {
  readonly #network: LabNetwork;
  readonly #services: Services;

  private constructor(network: LabNetwork, services: Services) {
    this.#network = network;
    this.#services = services;
  }

  /** Builds it. Cost: some seconds. */
  static async open(): Promise<DoctorLab> {
    const network = await LabNetwork.build();
    try {
      const services = await startServices(network, { station: true });
      const mirror = { host: PLACES.foreign.address, port: MIRROR_PORT };
      await startNode(network, "foreign", "mirror-main.ts", mirror, services.certificates).heard(
        "ready",
        READY_LIMIT_MS,
      );
      return new DoctorLab(network, services);
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Plants a rule, or none, and lets the doctor look, over a line that may be bad. */
  async look(planted: Planted | undefined, seed: number, line?: LineConditions): Promise<DoctorTrial> {
    const rules = planted === undefined ? [] : [{ id: planted.rule, params: planted.params }];
    const censors = await enforce(this.#network, rules, { seed, ...(line === undefined ? {} : { line }) });
    try {
      if (planted?.rush !== undefined) await this.#rush(planted.rush);
      const near = `${PLACES.domestic.address}:443`;
      const plan = { routes: ROUTES, isWide: true, near, far: ["ordinary.example:443"] };
      const doctor = startNode(this.#network, "client", "doctor-main.ts", plan, this.#services.certificates);
      const said = await doctor.heard("looked", LOOK_LIMIT_MS);
      const { findings, action } = said["judgement"] as Judgement;
      const expected = planted?.finding ?? "fine";
      const others = findings.slice(1).filter(({ isSure }) => isSure);
      return {
        rule: planted?.rule ?? "none",
        expected,
        found: findings.map(({ name, isSure }) => (isSure ? name : `${name}?`)),
        isRight: findings[0]?.name === expected && others.length === 0,
        action,
        code: String(said["code"]),
        tookMs: Number(said["tookMs"]),
        acted: censors.acted(),
        seen: said["seen"] as Seen,
      };
    } finally {
      await censors.lift();
    }
  }

  async #rush(times: number): Promise<void> {
    const rush = { host: PLACES.foreign.address, port: 443, serverName: "station.example", times };
    await startNode(this.#network, "client", "rush-main.ts", rush, this.#services.certificates).heard(
      "rushed",
      READY_LIMIT_MS,
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#network[Symbol.asyncDispose]();
  }
}
