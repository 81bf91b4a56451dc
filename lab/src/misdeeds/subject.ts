/*
 * A person whose op chain has grown: two devices, or one that was revoked. No app lets a person do that yet, so this one is
 * a script over a link; whoever writes to them is a real engine. What their station knew before is kept: it is what it goes on
 * showing when it lies.
 */
import { type Link } from "@chapar/carrier";
import { webSocketCarrier } from "@chapar/carrier/node";
import {
  addDevice,
  createIdentity,
  deviceEntry,
  type DeviceSecrets,
  mlsDevice,
  newDeviceSecrets,
  type PrivateBundle,
  rankZeroSeed,
  revokeDevice,
  type Signing,
  signerOf,
  tsMls,
} from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import {
  accountMessage,
  decodeFrame,
  deviceId,
  encodeEntry,
  FrameReader,
  FrameWriter,
  type Hello,
  type IdentityState,
  inboxGenesis,
  PROTOCOL_VERSIONS,
  type Request,
  type Response,
  type StationRef,
  type TakenKeys,
} from "@chapar/wire";
import { LabError } from "../errors.ts";
import type { Conductor } from "./conductor.ts";
import type { Former } from "./orders.ts";

/** Virtual time that it may take. */
const LIMIT_MS = 600_000;

const crypto = nodeCrypto();
const mls = tsMls({ crypto, authenticate: () => true, nowMs: () => Date.now() });
const sha256 = (bytes: Uint8Array): Uint8Array => crypto.sha256(bytes);

/** Somebody whose chain has grown. */
export interface Subject {
  readonly identity: Uint8Array;
  readonly former: Former;
}

/** A link that asks, for scripts. */
class ScriptLink {
  readonly #link: Link;
  readonly #open = new Map<number, (answer: Response) => void>();
  readonly #hello = Promise.withResolvers<Hello>();
  #nextId = 1;

  private constructor(link: Link) {
    this.#link = link;
    const reader = new FrameReader();
    link.receive((chunk) => {
      for (const bytes of reader.push(chunk.slice()).frames) {
        const frame = decodeFrame(bytes);
        if (!frame.ok) continue;
        if (frame.value.kind === "response") this.#open.get(frame.value.id)?.(frame.value.body);
        else if (frame.value.kind === "notice" && frame.value.body.type === "hello")
          this.#hello.resolve(frame.value.body);
      }
    });
  }

  static async dial(url: string): Promise<ScriptLink> {
    const link = await webSocketCarrier().dial(url, { signal: new AbortController().signal });
    const self = new ScriptLink(link);
    await self.#hello.promise;
    await self.ask({ type: "greet", version: PROTOCOL_VERSIONS[1] });
    return self;
  }

  get hello(): Promise<Hello> {
    return this.#hello.promise;
  }

  /** @throws LabError `lab/command-failed` with what the station refused */
  async ask(body: Request): Promise<Response> {
    const id = this.#nextId++;
    const writer = new FrameWriter();
    writer.add({ kind: "request", id, body });
    const answered = Promise.withResolvers<Response>();
    this.#open.set(id, answered.resolve);
    this.#link.send(writer.take());
    const answer = await Promise.race([answered.promise, this.#link.ended]);
    if (typeof answer === "string") throw new LabError("lab/command-failed", `${body.type}: ${answer}`);
    if (answer.type === "error") throw new LabError("lab/command-failed", `${body.type}: ${answer.code}`);
    return answer;
  }

  [Symbol.dispose](): void {
    this.#link.close();
  }
}

/** A device shows itself, makes its inbox and leaves a key package. */
async function arrive(link: ScriptLink, bundle: PrivateBundle): Promise<TakenKeys> {
  const device = await signerOf(bundle.deviceSeed, crypto);
  const inboxReadKey = (await signerOf(bundle.inboxReadSeed, crypto)).publicKey;
  const { station, nonce } = await link.hello;
  const id = deviceId(device.publicKey);
  const signature = await device.sign(accountMessage(station, nonce, bundle.identity, id));
  await link.ask({ type: "account.auth", identity: bundle.identity, device: id, signature });
  await link.ask({ type: "log.create", genesis: encodeEntry(inboxGenesis({ device: id, inboxReadKey }, sha256)) });
  const { publicBytes } = await mls.keyPackage(await mlsDevice(bundle, crypto));
  await link.ask({ type: "keys.put", suite: 0xf00d, packages: [publicBytes] });
  return { device: id, package: publicBytes };
}

/** The ops that list a device. */
async function added(
  state: IdentityState,
  secrets: DeviceSecrets,
  signing: Signing,
): Promise<{ readonly ops: readonly Uint8Array[]; readonly state: IdentityState }> {
  return await addDevice(state, await deviceEntry(state.identity, secrets, crypto), signing, crypto);
}

/**
 * Registers somebody at a station, lets their first device leave its keys, then lists a second device, and, with `revokes`, lets
 * that one revoke the first. What was said before the last of these is kept.
 */
export async function makeSubject(
  conductor: Conductor,
  at: { readonly station: StationRef; readonly region: string; readonly token: Uint8Array },
  revokes: boolean,
): Promise<Subject> {
  return await conductor.carriedOut(register(at, revokes), LIMIT_MS);
}

async function register(
  at: { readonly station: StationRef; readonly region: string; readonly token: Uint8Array },
  revokes: boolean,
): Promise<Subject> {
  const [url = ""] = at.station.urls;
  const home = { station: at.station, region: at.region };
  const { bundle, state } = await createIdentity(home, Date.now(), crypto);
  if (bundle.entropy === undefined) throw new LabError("lab/not-ready", "no recovery words");
  const signing = { seed: rankZeroSeed(bundle.entropy, crypto), timeMs: Date.now() };
  const ops = state.ops.map(({ bytes }) => bytes);
  using first = await ScriptLink.dial(url);
  await first.ask({ type: "account.register", ops, token: at.token });
  const phone = await arrive(first, bundle);
  const secrets = newDeviceSecrets(crypto);
  const longer = await added(state, secrets, signing);
  await first.ask({ type: "identity.put", ops: longer.ops });
  using second = await ScriptLink.dial(url);
  const laptop = await arrive(second, { ...bundle, ...secrets });
  if (!revokes) return { identity: state.identity, former: { ops, devices: [phone] } };
  const revoked = await revokeDevice(longer.state, phone.device, signing, crypto);
  await second.ask({ type: "identity.put", ops: revoked.ops });
  return { identity: state.identity, former: { ops: [...ops, ...longer.ops], devices: [phone, laptop] } };
}
