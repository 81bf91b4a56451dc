/*
 * What the doctor found, in sentences: what is blocked and how, and one thing that can be done. Nobody's key is blamed for what a
 * network does, and nothing is called sure that was not seen against a control.
 */
import type { ActionName, CodeMeaning, Finding, FindingName, WayState } from "@chapar/carrier/doctor";

const FINDING: Readonly<Record<FindingName, string>> = {
  fine: "Nothing stands in the way of your letters here.",
  offline: "This device has no network.",
  "no-internet": "Your network answers, but nothing beyond it does: the line is down, or closed.",
  "closed-border": "The border is closed: what is in this country answers, and nothing abroad does.",
  address: "This network blocks your station's address.",
  "name-lookup": "This network gives false answers to your station's name.",
  name: "This network breaks connections that say your station's name.",
  "own-hello": "This network blocks programs that begin connections as this one does, and lets browsers through.",
  "too-many-hellos":
    "This network has shut your station's name for a minute, because of too many connections in a row.",
  "hidden-hello": "This network blocks connections that hide the name of a site (Encrypted Client Hello).",
  budget: "This network lets a few packets through to foreign hosts and then freezes the connection.",
  throttled: "This network slows down connections that say your station's name.",
  noise: "This network blocks connections that look like nothing at all, as some tunnels do.",
  "large-noise": "This network stops unknown traffic once its packets are large.",
  probed: "Somebody repeats what is said here to the servers it was said to: the network looks for hidden servers.",
  "asked-by-strangers": "Somebody visits the servers that are used from here, to find out what they are.",
  "held-and-replayed": "Somebody holds back what is said here and says it to the server first.",
  "inner-hello": "This network recognises encrypted connections inside other ones and blocks the server.",
  openvpn: "This network blocks OpenVPN.",
  "vpn-appliance": "This network blocks OpenVPN and WireGuard.",
  quic: "This network blocks QUIC, the newer form of web connections.",
  "foreign-words": "This network lets only web and name lookups through on web ports.",
  datagrams: "This network drops UDP: calls and some tunnels do not work here.",
  "station-down": "Your station's machine answers, and no station is there.",
  "wrong-station": "Another server answers in your station's place.",
  partly: "Some of your ways do not open here; why cannot be told from here.",
  unclear: "Something on the way does not let letters through; what it is cannot be told from here.",
};

const ACTION: Readonly<Record<ActionName, string>> = {
  nothing: "There is nothing to do.",
  "goes-by-itself": "There is nothing to do: Chapar uses the ways that work.",
  wait: "Write on; letters wait on this device and leave by themselves when a way opens.",
  "wait-a-minute": "Wait a minute; Chapar goes on by itself and opens few connections.",
  "turn-network-on": "Turn the network on; letters wait on this device.",
  "other-network": "Try another network, such as a phone's.",
  "ask-for-a-way":
    "Ask a friend for a file with further ways (chapar invite --file), and add it with `./chapar route add FILE`.",
  "use-the-browser": "Use the web app: a browser's connections are let through here.",
  "tell-the-keeper": "Tell whoever keeps your station.",
  "look-wider": "Look wider: `./chapar doctor --wide` asks more than your own ways.",
};

const WAY: Readonly<Record<WayState, string>> = {
  works: "works",
  slow: "works, slowly",
  freezes: "opens, then stands still",
  blocked: "does not open",
  "not-tried": "not tried",
};

/** What is said of a way's kind. */
const KIND: Readonly<Record<string, string>> = {
  web: "direct",
  burst: "through web fronts, in short pieces",
  ss: "through a Shadowsocks server",
  relay: "through a volunteer",
  dns: "through name servers",
  lan: "over the local network",
  pt: "through a pluggable transport",
  snow: "through a volunteer's browser",
};

/** One finding as a sentence. */
export const findingWords = ({ name, isSure }: Finding): string =>
  isSure || name === "unclear" || name === "partly" ? FINDING[name] : `It seems so: ${FINDING[name]}`;

/** What can be done. */
export const actionWords = (action: ActionName): string => ACTION[action];

/** One way and how it does. */
export const wayWords = (kind: string, state: WayState): string => `${KIND[kind] ?? kind}: ${WAY[state]}`;

const CONTROL = {
  "not-asked": "not asked",
  answers: "answers",
  silent: "does not answer",
  broken: "breaks off",
} as const;

/** What a code says, line by line. */
export function meaningWords(meaning: CodeMeaning): readonly string[] {
  const { finding, isSure, also, action, ways, near, far, platform, isWide } = meaning;
  return [
    findingWords({ name: finding, isSure }),
    ...(also === undefined ? [] : [findingWords({ name: also, isSure: true })]),
    ...ways.map(({ kind, state }, at) => `  ${at + 1}. ${wayWords(kind, state)}`),
    `  near: ${CONTROL[near]}; far: ${CONTROL[far]}`,
    `  seen by ${platform === "node" ? "the terminal" : "the web app"}, ${isWide ? "a wide look" : "own ways only"}`,
    `Told to them: ${ACTION[action]}`,
  ];
}
