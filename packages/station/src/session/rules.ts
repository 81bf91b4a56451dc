/*
 * Who may ask what, and what it counts as: one row for every request, so that a new request does not compile until it
 * has been thought about here. W-1, W-21, W-24.
 */
import type { Request } from "@chapar/wire";
import type { RateClass } from "./rates.ts";

/**
 * What a link must have shown: `nothing`, `greet` (W-1), `account` (W-21), `paid` (an account, or a token: U-10), `peer`. `greet` is open to all three; an
 * account's requests are closed to peers and the other way round.
 */
type Standing = "nothing" | "greet" | "account" | "paid" | "peer";

interface Rule {
  readonly needs: Standing;
  readonly rate: RateClass;
  /** may not be asked by a peer, which asks for nobody */
  readonly notPeer?: true;
}

/** The rule of every request. */
export const RULES: { readonly [Type in Request["type"]]: Rule } = {
  greet: { needs: "nothing", rate: "light" },
  prove: { needs: "greet", rate: "proof" },
  ping: { needs: "greet", rate: "light" },
  "routes.get": { needs: "account", rate: "light" },
  "region.policy": { needs: "greet", rate: "light" },
  "token.issue": { needs: "greet", rate: "proof", notPeer: true },
  "token.spend": { needs: "greet", rate: "proof", notPeer: true },
  cells: { needs: "greet", rate: "light", notPeer: true },
  "account.register": { needs: "greet", rate: "register", notPeer: true },
  "account.auth": { needs: "greet", rate: "proof", notPeer: true },
  "peer.auth": { needs: "greet", rate: "proof", notPeer: true },
  "identity.put": { needs: "account", rate: "proof" },
  "identity.get": { needs: "greet", rate: "light" },
  "keys.put": { needs: "account", rate: "proof" },
  "keys.count": { needs: "account", rate: "light" },
  "keys.take": { needs: "greet", rate: "take" },
  "log.create": { needs: "paid", rate: "proof" },
  "log.open": { needs: "greet", rate: "proof" },
  "log.append": { needs: "greet", rate: "append" },
  "inbox.append": { needs: "greet", rate: "inbox" },
  "log.read": { needs: "greet", rate: "light" },
  "log.follow": { needs: "greet", rate: "light" },
  "log.unfollow": { needs: "greet", rate: "light" },
  "log.inclusion": { needs: "greet", rate: "proof" },
  "log.consistency": { needs: "greet", rate: "proof" },
  "log.checkpoint": { needs: "greet", rate: "proof" },
  "room.mirror": { needs: "paid", rate: "proof" },
  "room.grant": { needs: "greet", rate: "proof", notPeer: true },
  "peer.mirror": { needs: "peer", rate: "proof" },
  "peer.grant": { needs: "peer", rate: "proof" },
  "exit.pass": { needs: "account", rate: "proof" },
  "blob.put": { needs: "account", rate: "blob" },
  "push.key": { needs: "account", rate: "light" },
  "push.put": { needs: "account", rate: "register" },
  "report.put": { needs: "account", rate: "register" },
  "blob.get": { needs: "greet", rate: "blob" },
  "blob.have": { needs: "account", rate: "blob" },
  "blob.room": { needs: "account", rate: "light" },
  "ledger.freshness": { needs: "greet", rate: "light" },
  "ledger.head-proof": { needs: "greet", rate: "proof" },
  "ledger.identity-proof": { needs: "greet", rate: "proof" },
  "identity.word": { needs: "greet", rate: "proof" },
  "identity.anchor": { needs: "greet", rate: "register" },
  "account.leave": { needs: "greet", rate: "register", notPeer: true },
  "log.manifest": { needs: "greet", rate: "proof" },
  "log.reader": { needs: "greet", rate: "proof" },
  "log.ack": { needs: "greet", rate: "light" },
  "ephemeral.take": { needs: "greet", rate: "light" },
  "ledger.policy": { needs: "greet", rate: "light" },
  "ledger.leaf": { needs: "greet", rate: "proof" },
  "ledger.incidents": { needs: "greet", rate: "proof" },
  "ledger.consistency": { needs: "greet", rate: "proof" },
  "witness.latest": { needs: "greet", rate: "light" },
  "challenge.put": { needs: "greet", rate: "proof", notPeer: true },
  "challenge.ask": { needs: "peer", rate: "proof" },
};
