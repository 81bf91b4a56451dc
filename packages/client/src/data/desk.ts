/*
 * Answers `client.data`: asks the home for its region policy, checks it (K-4, K-5) and that the home's log has its hash (K-7), and keeps
 * what was checked, so that it can be shown without a network.
 */
import { openLeafClaim, openPolicy, type SignedPolicy } from "@chapar/evidence";
import type { StationKey } from "@chapar/wire";
import { equalBytes, toHex, utf8 } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { DataCalls, DataView, IslandView, LeftView, MoveView, PolicyView } from "../data-api.ts";
import { ClientError } from "../errors.ts";
import type { DeskPorts } from "../desk-ports.ts";
import { islandView } from "../island/view.ts";
import type { StationLink } from "../link/station-link.ts";
import { blob, count, fields, flag, row } from "../store/record.ts";
import { Draft } from "../store/shelf.ts";
import { ask } from "../trust/asking.ts";
import { stationView } from "../views.ts";
import { dataRows } from "./categories.ts";

const KEY = utf8("region-policy");

interface KeptRow {
  /** the home that said it */
  readonly station: Uint8Array;
  /** empty: it keeps none */
  readonly note: Uint8Array;
  readonly isInLog: boolean;
  readonly atMs: number;
}

const keptRow = row<KeptRow>(1, fields<KeptRow>({ station: blob, note: blob, isInLog: flag, atMs: count }));

/** The calls about where data rests. */
export class DataDesk implements DataCalls {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async move(invite: string): Promise<MoveView> {
    const { moveTo } = await import("../moving/moving.ts");
    await moveTo(this.#ports.joined().member, invite);
    await this.#ports.rehome();
    const moved = await this.moving();
    if (moved === undefined) throw new ClientError("client/bad-profile");
    return moved;
  }

  async deleteEverything(words?: string): Promise<LeftView> {
    const { leaveEverything, forgetAll } = await import("../leaving/leaving.ts");
    const { member } = this.#ports.joined();
    const view = await leaveEverything(member, words);
    await this.#ports.rehome(true);
    await forgetAll(member);
    return view;
  }

  async moving(): Promise<MoveView | undefined> {
    const { moveView } = await import("../moving/view.ts");
    return moveView(this.#ports.joined().member);
  }

  async island(): Promise<IslandView | undefined> {
    return islandView(this.#ports.joined().member);
  }

  async rests({ signal }: { readonly signal: AbortSignal }): Promise<DataView> {
    const { member } = this.#ports.joined();
    const { home } = member.profile.row;
    const link = member.link();
    if (link !== undefined && equalBytes(link.hello.station, home.station.key)) await refresh(member, link);
    signal.throwIfAborted();
    const kept = await keptOf(member, home.station.key);
    const base = { home: stationView(home.station, home.region, home.name), checkedAtMs: kept?.atMs };
    if (kept === undefined || kept.note.byteLength === 0)
      return { ...base, policy: undefined, fault: undefined, rows: dataRows(undefined) };
    const opened = await openPolicy(kept.note, home.station.key, member);
    if (!opened.ok) return { ...base, policy: undefined, fault: opened.fault, rows: dataRows(undefined) };
    const { policy } = opened.value;
    if (policy.region !== home.region)
      return { ...base, policy: undefined, fault: "wrong-region", rows: dataRows(undefined) };
    return { ...base, policy: policyView(opened.value, kept), fault: undefined, rows: dataRows(policy) };
  }
}

function policyView({ policy, hash }: SignedPolicy, kept: KeptRow): PolicyView {
  const { region, title, sources, from, until, compliance, removalHours, disclosureHours } = policy;
  return {
    region,
    title,
    sources,
    from,
    until,
    compliance,
    removalHours,
    disclosureHours,
    hash: toHex(hash),
    isInLog: kept.isInLog,
    note: new TextDecoder().decode(kept.note),
  };
}

async function keptOf({ store }: Member, station: StationKey): Promise<KeptRow | undefined> {
  const bytes = await store.get("meta", KEY);
  const kept = bytes === undefined ? undefined : keptRow.decode(bytes);
  // Another home has another policy.
  return kept !== undefined && equalBytes(kept.station, station) ? kept : undefined;
}

/** Asks the home, and keeps the answer. A home that does not answer leaves what was kept. */
async function refresh(member: Member, link: StationLink): Promise<void> {
  const { clock, store } = member;
  const answer = await ask(link, { type: "region.policy" }, "region.policy").catch(() => undefined);
  if (answer === undefined) return;
  const { note, index } = answer;
  const isInLog = index !== undefined && (await isLogged(member, link, note, index).catch(() => false));
  const kept = { station: link.hello.station.slice(), note: note.slice(), isInLog, atMs: clock.nowMs() };
  const draft = new Draft();
  draft.put("meta", KEY, keptRow.encode(kept));
  await draft.commit(store);
}

/** Whether the leaf at an index of the home's log is this policy's hash, with the home's signature over the log. */
async function isLogged(member: Member, link: StationLink, note: Uint8Array, index: number): Promise<boolean> {
  const { station } = link.hello;
  const opened = await openPolicy(note, station, member);
  if (!opened.ok) return false;
  const claim = await ask(link, { type: "ledger.leaf", at: undefined, index }, "ledger.leaf");
  const leaf = claim && (await openLeafClaim(claim, station, member.evidence));
  if (leaf?.ok !== true || leaf.value.leaf.kind !== "policy") return false;
  return equalBytes(leaf.value.leaf.hash, opened.value.hash);
}
