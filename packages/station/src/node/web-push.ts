/*
 * Web Push from a station: its VAPID keys and the addresses of devices in `push.json` of the data folder, and empty messages by RFC 8030
 * with the token of RFC 8292. Addresses are given by residents, so none on this machine or its network is ever asked.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Clock, routeClass } from "@chapar/carrier";
import { fromBase64Url, utf8 } from "@chapar/wire/bytes";
import webPush from "web-push";
import { stationError } from "../errors.ts";
import { type Delivery, PushDesk } from "../push/push-desk.ts";
import { writeWhole } from "./station-files.ts";

const NAME = "push.json";
/** A push service keeps a message for a device that is off; older news are found by opening the app. */
const LIFE_SECONDS = 24 * 3600;
const ANSWER_LIMIT_MS = 15_000;
/** One message waits for a device, never two (RFC 8030 §5.4). */
const TOPIC = "chapar";
/** Whom a push service may write to (RFC 8292 §2.1); nobody reads it, and no station's address is told. */
const SUBJECT = "mailto:push@chapar.invalid";
const [NOT_FOUND, GONE] = [404, 410];

interface PushFile {
  readonly publicKey: string;
  readonly privateKey: string;
  readonly addresses: Readonly<Record<string, string>>;
}

function readFile(dataDir: string): PushFile | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, NAME), "utf8")) as PushFile;
  } catch (cause) {
    if ((cause as { readonly code?: string }).code === "ENOENT") return undefined;
    throw stationError("station/bad-key-file", undefined, cause);
  }
}

/** How a station sends; the second is for tests, whose push service is on this machine. */
export interface WebPushOptions {
  readonly clock: Clock;
  readonly reachesLocal?: boolean;
}

/** Opens the desk of a data folder; keys are made at the first start. @throws StationError `station/bad-key-file` and those of the store */
export function openPushDesk(dataDir: string, { clock, reachesLocal = false }: WebPushOptions): PushDesk {
  const held = readFile(dataDir) ?? { ...webPush.generateVAPIDKeys(), addresses: {} };
  const { publicKey, privateKey } = held;
  const keep = (addresses: ReadonlyMap<string, string>): void => {
    const file: PushFile = { publicKey, privateKey, addresses: Object.fromEntries(addresses) };
    writeWhole(dataDir, NAME, utf8(JSON.stringify(file)));
  };
  const addresses = new Map(Object.entries(held.addresses));
  keep(addresses);
  const key = fromBase64Url(publicKey);
  if (key === undefined) throw stationError("station/bad-key-file");
  const mayReach = (endpoint: string): boolean => {
    if (!URL.canParse(endpoint)) return false;
    if (reachesLocal) return true;
    return new URL(endpoint).protocol === "https:" && routeClass(endpoint) === "public";
  };
  const send = async (endpoint: string): Promise<Delivery> => {
    try {
      const vapidDetails = { subject: SUBJECT, publicKey, privateKey };
      const options = { vapidDetails, TTL: LIFE_SECONDS, urgency: "normal", topic: TOPIC } as const;
      const { headers } = webPush.generateRequestDetails({ endpoint, keys: { p256dh: "", auth: "" } }, null, options);
      const answer = await fetch(endpoint, {
        method: "POST",
        headers: headers as Record<string, string>,
        // Nobody else than who was named is told.
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      await answer.body?.cancel();
      if (answer.status === NOT_FOUND || answer.status === GONE) return "gone";
      return answer.ok ? "taken" : "failed";
    } catch {
      return "failed";
    }
  };
  return new PushDesk({ clock, key, send, mayReach, held: addresses, keep });
}
