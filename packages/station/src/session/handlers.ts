/*
 * What each request does. A handler answers or throws a StationError, which becomes the answer; rules that need no
 * handler (greeting, standing, rates) have been applied before.
 */
import {
  accountMessage,
  encodeEntry,
  grantMessage,
  inboxGenesis,
  mirrorMessage,
  peerMessage,
  proveMessage,
  readMessage,
  writeMessage,
  type LogId,
  type ReadProof,
  type Request,
  type Response,
  type StationRef,
  type WriteProof,
} from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { Access } from "../hub/hot-log.ts";
import { blobGet, blobHave, blobPut, blobRoom } from "./blob-handlers.ts";
import { needBranch } from "./branch-handlers.ts";
import type { Handler } from "./handler.ts";
import { accountLeave } from "./leave-handler.ts";
import { logAck, logManifest, logReader } from "./reader-handlers.ts";
import { CHALLENGE_HANDLERS } from "./challenge-handlers.ts";
import { forward, needLedger, otherStation } from "./forward.ts";
import { LEDGER_HANDLERS } from "./ledger-handlers.ts";
import { paid, tokenIssue, tokenSpend } from "./token-handlers.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { LinkState } from "./services.ts";

type Handled = Exclude<Request, { type: "greet" | "log.append" | "cells" }>;

const DONE: Response = { type: "done" };

/** The handler of every request but the two that sessions answer themselves. */
export const HANDLERS: { readonly [Type in Handled["type"]]: Handler<Extract<Handled, { type: Type }>> } = {
  ping: () => ({ type: "pong" }),

  "routes.get": async ({ services }) => await services.routes.current(),

  "region.policy": ({ services }) => ({ type: "region.policy", ...services.policy() }),

  prove: async ({ services: { ports, self } }, { nonce }) => ({
    type: "proof",
    signature: await ports.signer.sign(proveMessage(self.ref.key, nonce)),
  }),

  "account.register": async ({ services }, { ops, token }) => {
    await services.accounts.register(ops, token);
    return DONE;
  },

  "account.auth": async (session, { identity, device, signature }) => {
    const { ports, self, accounts } = session.services;
    await accounts.needDevice(identity, device);
    const message = accountMessage(self.ref.key, session.nonce, identity, device);
    if (!(await ports.verify(device, message, signature))) throw stationError("station/bad-signature");
    if (session.account === undefined) session.services.push?.awake(device);
    session.account = { identity, device };
    return DONE;
  },

  "peer.auth": async (session, { self: dialer, region, signature }) => {
    const { ports, self, federation } = session.services;
    const message = peerMessage(self.ref.key, session.nonce, dialer.key);
    if (!(await ports.verify(dialer.key, message, signature))) throw stationError("station/bad-signature");
    if (equalBytes(dialer.key, self.ref.key)) throw stationError("station/not-allowed");
    if (session.account !== undefined) throw stationError("station/not-allowed");
    session.becomePeer({ ref: dialer, region }, session.nonce);
    federation.joined(session);
    return DONE;
  },

  "identity.put": async (session, { ops }) => {
    const { identity } = session.needAccount();
    await session.services.accounts.extend(identity, ops);
    await session.services.deviceGone(identity);
    return DONE;
  },

  "identity.get": async (session, request) => {
    const elsewhere = otherStation(session, request.at);
    if (elsewhere !== undefined) return await forward(session, elsewhere, { ...request, at: undefined });
    const state = await session.services.accounts.need(request.identity);
    return { type: "identity.ops", ops: state.ops.map((op) => op.bytes) };
  },

  "identity.anchor": async (session, { ops, at }) => {
    const { accounts } = session.services;
    const elsewhere = otherStation(session, at);
    if (elsewhere === undefined) {
      await accounts.anchor(ops, session.peer !== undefined);
      return DONE;
    }
    // Only a resident's own chain is passed on: a peer keeps what we send it.
    const { identity } = session.needAccount();
    const state = await accounts.need(identity);
    if (!equalBytes(ops[0] ?? new Uint8Array(0), state.ops[0]?.bytes ?? new Uint8Array(1)))
      throw stationError("station/not-allowed");
    return await forward(session, elsewhere, { type: "identity.anchor", ops, at: undefined });
  },

  "keys.put": async (session, { suite, packages }) => {
    const { identity, device } = session.needAccount();
    await session.services.accounts.needResident(identity);
    return { type: "keys.count", count: await session.services.keys.put({ identity, device, suite }, packages) };
  },

  "keys.count": async (session, { suite }) => {
    const { identity, device } = session.needAccount();
    return { type: "keys.count", count: await session.services.keys.count({ identity, device, suite }) };
  },

  "keys.take": async (session, request) => {
    const elsewhere = otherStation(session, request.at);
    if (elsewhere !== undefined) return await forward(session, elsewhere, { ...request, at: undefined });
    const { accounts, keys } = session.services;
    const state = await accounts.need(request.identity);
    const devices = await keys.take(
      request.identity,
      request.suite,
      state.devices.map((entry) => entry.device),
    );
    return { type: "keys.taken", ops: state.ops.map((op) => op.bytes), devices };
  },

  "log.create": async (session, { genesis }) => {
    const { hub, accounts, ports } = session.services;
    const entry = hub.readGenesis(genesis);
    if (entry.log === "inbox") {
      // An inbox follows from the op chain: nobody makes one for a device that is not theirs.
      const { identity } = session.needAccount();
      const { devices } = await accounts.need(identity);
      const isOurs = devices.some((one) => equalBytes(encodeEntry(inboxGenesis(one, ports.sha256)), genesis));
      if (!isOurs) throw stationError("station/not-allowed");
    }
    await needBranch(session, entry);
    return await paid(session, async () => {
      const made = await hub.create(genesis, entry);
      if (entry.of !== undefined) session.services.federation.branches.made(made.log, entry);
      return { type: "log.state", ...made };
    });
  },

  "log.open": async (session, { log, read, write }) => {
    const { self } = session.services;
    const station = self.ref.key;
    return await open(session, log, {
      read: read && { proof: read, message: readMessage(station, session.nonce, log) },
      write: write && { proof: write, message: writeMessage(station, session.nonce, log, write.epoch) },
    });
  },

  "inbox.append": async (session, request) => {
    const elsewhere = otherStation(session, request.at);
    if (elsewhere !== undefined) return await forward(session, elsewhere, { ...request, at: undefined });
    const { hub, ports, rates } = session.services;
    const log = await hub.cache.get(request.inbox);
    if (log === undefined) throw stationError("station/unknown-log");
    const nowMs = ports.clock.nowMs();
    const waitMs = (log.knocks ??= new TokenBucket(rates.perInbox, nowMs)).take(nowMs);
    if (waitMs > 0) throw stationError("station/rate-limited", waitMs);
    const outcome = await hub.appendKnock(request.inbox, request.entry);
    if (!outcome.ok) throw stationError(outcome.code, outcome.detail);
    return { type: "receipt", receipt: outcome.receipt };
  },

  "log.read": async (session, { log, from, maxBytes }) => ({
    type: "log.entries",
    ...(await session.services.hub.read(session.readable(log), from, maxBytes)),
  }),

  "log.follow": async (session, { log, from }) => {
    const access = session.readable(log);
    await session.services.hub.follow(access, from);
    if (access.log.isMirror) session.services.federation.branches.followed(access);
    session.services.ephemerals.wanted(access.log);
    return DONE;
  },

  "ephemeral.take": (session, { on }) => {
    session.services.ephemerals.take(session, on === 1);
    return DONE;
  },

  "log.unfollow": (session, { log }) => {
    session.readable(log).feed = undefined;
    return DONE;
  },

  "log.inclusion": async (session, { log, index, size }) => ({
    type: "log.hashes",
    hashes: await session.services.hub.inclusion(session.readable(log), index, size),
  }),

  "log.consistency": async (session, { log, from, to }) => ({
    type: "log.hashes",
    hashes: await session.services.hub.consistency(session.readable(log), from, to),
  }),

  "log.checkpoint": async (session, { log }) => {
    const access = session.readable(log);
    const { mirror } = access.log.record;
    // Only the hub signs for its logs (F-8); a peer is told so.
    if (mirror !== undefined) return await forward(session, mirror.hub, { type: "log.checkpoint", log });
    return { type: "log.checkpoint", note: await session.services.hub.checkpoint(access) };
  },

  "room.mirror": async (session, { log, hub: at, read }) => {
    const { hub, federation, self, ports } = session.services;
    const message = mirrorMessage(self.ref.key, log);
    if (!(await ports.verify(read.key, message, read.signature))) throw stationError("station/bad-signature");
    if (equalBytes(at.key, self.ref.key)) throw stationError("station/not-allowed");
    return await paid(session, async () => {
      const mirrored = await federation.mirror(log, at, read);
      return { type: "log.state", log, ...(await hub.stateForKey(mirrored, read.key)) };
    });
  },

  "room.grant": async (session, { log, write }) => {
    const { hub, federation } = session.services;
    const mirrored = await hub.cache.get(log);
    const isOpen = mirrored !== undefined && session.accesses.has(mirrored.key);
    if (!isOpen || !mirrored.isMirror) throw stationError("station/unknown-log");
    await federation.grant(mirrored, write);
    return DONE;
  },

  "peer.mirror": async (session, { log, from, read }) => {
    const home = needPeer(session);
    const state = await open(session, log, {
      read: { proof: read, message: mirrorMessage(home.key, log) },
      write: undefined,
    });
    session.services.hub.followThrough(session.readable(log), from);
    return state;
  },

  "peer.grant": async (session, { log, write }) => {
    const home = needPeer(session);
    await open(session, log, {
      read: undefined,
      write: { proof: write, message: grantMessage(home.key, log, write.epoch) },
    });
    return DONE;
  },

  "exit.pass": async (session) => {
    const { identity } = session.needAccount();
    const { exitPass } = session.services;
    if (exitPass === undefined) throw stationError("station/not-allowed");
    return { type: "exit.pass", pass: exitPass(identity) };
  },

  "report.put": async (session, { report }) => {
    session.needAccount();
    const { keepReport } = session.services;
    if (keepReport === undefined) throw stationError("station/not-allowed");
    await keepReport(report);
    return DONE;
  },

  "push.key": (session) => {
    session.needAccount();
    const { push } = session.services;
    if (push === undefined) throw stationError("station/not-allowed");
    return { type: "push.key", key: push.key };
  },

  "push.put": (session, { endpoint }) => {
    const { device } = session.needAccount();
    const { push } = session.services;
    if (push === undefined) throw stationError("station/not-allowed");
    push.put(device, endpoint);
    return DONE;
  },

  "ledger.freshness": async (session, request) => {
    const elsewhere = otherStation(session, request.at);
    if (elsewhere !== undefined) return await forward(session, elsewhere, { ...request, at: undefined });
    return { type: "ledger.freshness", ...(await needLedger(session).freshness()) };
  },

  "ledger.head-proof": async (session, { log }) => {
    const { mirror } = session.readable(log).log.record;
    // A head stands in the log of the station that signs it.
    if (mirror !== undefined) return await forward(session, mirror.hub, { type: "ledger.head-proof", log });
    return { type: "ledger.proof", ...(await needLedger(session).headProof(log)) };
  },

  "ledger.identity-proof": async (session, request) => {
    const elsewhere = otherStation(session, request.at);
    if (elsewhere !== undefined) return await forward(session, elsewhere, { ...request, at: undefined });
    const [genesis] = (await session.services.accounts.need(request.identity)).ops;
    if (genesis === undefined) throw stationError("station/unknown-identity");
    return { type: "ledger.proof", ...(await needLedger(session).identityProof(genesis.bytes)) };
  },

  ...LEDGER_HANDLERS,
  ...CHALLENGE_HANDLERS,
  "account.leave": accountLeave,
  "token.issue": tokenIssue,
  "token.spend": tokenSpend,
  "blob.put": blobPut,
  "blob.get": blobGet,
  "blob.have": blobHave,
  "blob.room": blobRoom,
  "log.manifest": logManifest,
  "log.reader": logReader,
  "log.ack": logAck,
};

function needPeer(session: LinkState): StationRef {
  if (session.peer === undefined) throw stationError("station/not-allowed");
  return session.peer.ref;
}

interface ShownProofs {
  readonly read: { readonly proof: ReadProof; readonly message: Uint8Array } | undefined;
  readonly write: { readonly proof: WriteProof; readonly message: Uint8Array } | undefined;
}

/** Shows capabilities for a log and answers its state; what is not here and what is not known answer alike (W-11). */
async function open(session: LinkState, log: LogId, shown: ShownProofs): Promise<Response> {
  const { hub, ports } = session.services;
  const found = await hub.cache.get(log);
  if (found === undefined || found.size === 0) {
    // The same work as for a log that is here, so that time does not tell.
    const read = shown.read;
    if (read !== undefined && !(await ports.verify(read.proof.key, read.message, read.proof.signature))) {
      throw stationError("station/bad-signature");
    }
    throw stationError("station/unknown-log");
  }
  const access: Access = session.accessTo(found);
  try {
    if (shown.read !== undefined) await hub.showRead(access, shown.read);
    if (shown.write !== undefined) await hub.showWrite(access, shown.write);
    if (access.read === undefined && access.writer === undefined) throw stationError("station/unknown-log");
    return { type: "log.state", log, ...(await hub.state(access)) };
  } finally {
    session.dropIfEmpty(access);
  }
}
