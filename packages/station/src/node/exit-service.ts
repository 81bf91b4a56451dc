/*
 * The exit of a station whose operator opted in, and the passes to it (protocol/8-road.md P-84). A pass is known again by its
 * check, so that no list of who has one exists, and its id changes each month, so that what is counted under it is not
 * an account's for longer.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { AllowanceBook, portPolicy, USUAL_EXIT_PORTS, type AddressClass, type SessionStream } from "@chapar/carrier";
import { refuseStream, TunnelExit } from "@chapar/carrier/node";
import type { IdentityId } from "@chapar/wire";
import { stationError } from "../errors.ts";

const HALF_BYTES = 16;
const PASS_BYTES = 32;
const SECRET_BYTES = 32;
const USUAL_GIGABYTES = 50;

/** How an exit is kept. */
export interface ExitConfig {
  /** ports that are opened: `80,443,1000-2000` or `all`; USUAL_EXIT_PORTS */
  readonly ports?: string | undefined;
  /** for each person, a month, both directions; 50 */
  readonly gigabytesEach?: number | undefined;
  /** the narrowest addresses that are reached; `public`. Anything else opens the operator's own network to every person here */
  readonly reach?: AddressClass | undefined;
}

function half(secret: Uint8Array, label: string, month: string, bytes: Uint8Array): Buffer {
  const mac = createHmac("sha256", secret).update(`${label}\0${month}\0`).update(bytes);
  return mac.digest().subarray(0, HALF_BYTES);
}

function monthNow(): string {
  return new Date().toISOString().slice(0, 7);
}

/** Makes passes and knows them again. */
export class ExitPasses {
  readonly #secret: Uint8Array;
  readonly #monthOf: () => string;

  /** @param secret 32 bytes; passes of another are none @param monthOf names the month it is */
  constructor(secret: Uint8Array = randomBytes(SECRET_BYTES), monthOf: () => string = monthNow) {
    this.#secret = secret;
    this.#monthOf = monthOf;
  }

  /** The pass of an account for this month. */
  passOf(identity: IdentityId): Uint8Array {
    const month = this.#monthOf();
    const id = half(this.#secret, "chapar exit id v1", month, identity);
    return new Uint8Array(Buffer.concat([id, half(this.#secret, "chapar exit pass v1", month, id)]));
  }

  /** Whose bytes a pass's are: its id. @returns undefined when it is none of this month */
  userOf(pass: Uint8Array): Uint8Array | undefined {
    if (pass.byteLength !== PASS_BYTES) return undefined;
    const id = pass.subarray(0, HALF_BYTES);
    const check = half(this.#secret, "chapar exit pass v1", this.#monthOf(), id);
    return timingSafeEqual(check, pass.subarray(HALF_BYTES)) ? id : undefined;
  }
}

/** What a station does with streams that people open in their sessions. */
export interface ExitService {
  /** undefined: there is no exit */
  readonly exitPass: ((identity: IdentityId) => Uint8Array) | undefined;
  /** takes a stream that somebody opened in a session */
  take(stream: SessionStream): void;
}

/**
 * Makes the service of a station; without a config it answers `no exit` to every stream.
 *
 * @param token whoever comes with the sign-up token instead of a pass shares one allowance with all others who do;
 * undefined: nobody may
 * @throws StationError `station/bad-config` when the ports cannot be read
 */
export function exitService(
  config: ExitConfig | undefined,
  token: Uint8Array | undefined,
  count: (outcome: string) => void,
): ExitService {
  if (config === undefined) return { exitPass: undefined, take: refuseStream };
  const { ports = USUAL_EXIT_PORTS, gigabytesEach = USUAL_GIGABYTES, reach = "public" } = config;
  const allowsPort = portPolicy(ports);
  if (allowsPort === undefined || !(gigabytesEach > 0)) throw stationError("station/bad-config");
  const passes = new ExitPasses();
  const isToken = (pass: Uint8Array): boolean =>
    token !== undefined && pass.byteLength === token.byteLength && timingSafeEqual(pass, token);
  const exit = new TunnelExit({
    allowsPort,
    allowance: new AllowanceBook(gigabytesEach * 1e9, monthNow),
    userOf: (pass) => passes.userOf(pass) ?? (isToken(pass) ? new Uint8Array(HALF_BYTES) : undefined),
    reach,
    count,
  });
  return { exitPass: (identity) => passes.passOf(identity), take: (stream) => exit.take(stream) };
}
