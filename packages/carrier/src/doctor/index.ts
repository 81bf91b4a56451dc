/* Door `@chapar/carrier/doctor`: what a line does to a person's ways, in words. */
export { type CodeFault, type CodeMeaning, CODE_WORDS, decodeCode, encodeCode, meaningOf } from "./code.ts";
export { type ActionName, ACTIONS, type FindingName, FINDINGS } from "./findings.ts";
export { browserHello, type HelloLooks } from "./hello.ts";
export { type Finding, judge, type Judgement, rateOf, wayState, type WayState } from "./judge.ts";
export { lookAround, type LookPlan } from "./look.ts";
export {
  formatMirrorRoute,
  MIRROR_PORTS,
  MirrorBook,
  MirrorTalk,
  mirrorDatagram,
  type MirrorRoute,
  mirrorRoute,
} from "./mirror.ts";
export { HANDSHAKE_GAP_MS, HANDSHAKES_PER_LOOK, Pace } from "./pace.ts";
export type { Endpoint, LookPorts, Sockets, Talk } from "./ports.ts";
export type {
  HellosSeen,
  LinkSeen,
  LookupOutcome,
  MirrorSeen,
  Outcome,
  RouteSeen,
  Seen,
  ShapeName,
  ShapeSeen,
  VisitorsSeen,
} from "./seen.ts";
