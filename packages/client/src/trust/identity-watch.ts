/*
 * Chains of people against the station log: the own one, of which no op may be anybody else's, and those of contacts and of
 * people who are written to for the first time, of which none may be hidden.
 */
import { accuseIdentity, type Bundle } from "@chapar/evidence";
import { type IdentityId, identityOf, type IdentityState, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { AlertCode } from "../api.ts";
import type { Member } from "../core.ts";
import { ClientError, isClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { chainChanges } from "../safety/changes.ts";
import { forkFinding, isTooLate, paused } from "../safety/forks.ts";
import { tellChanges } from "../safety/person-lines.ts";
import { Draft } from "../store/shelf.ts";
import { isAmong, spokenWith } from "./anchors.ts";
import { ask } from "./asking.ts";
import { provenFinding } from "./bundle-finding.ts";
import {
  askChain,
  askLogged,
  isForeign,
  isShort,
  isWordTrue,
  keptOf,
  opQuestion,
  type Said,
  type Subject,
  subjectOf,
  valuesOf,
} from "./chain-word.ts";
import { challenge } from "./challenge.ts";
import { elsewhere } from "./judging.ts";
import { OwnLeaf } from "./own-leaf.ts";
import { knownStation } from "./stations.ts";

/** A finding about keys, without a bundle. */
interface Told {
  readonly code: AlertCode;
  readonly sinceMs: number | undefined;
  readonly kept: readonly Uint8Array[];
}

/** Watches chains. */
export class IdentityWatch {
  readonly #member: Member;
  readonly #witnesses: (station: StationRef) => readonly StationRef[];
  readonly #ownLeaf: OwnLeaf;
  /** since when the home shows an op that this device did not make */
  #foreignSinceMs: number | undefined;

  /** @param witnesses  stations through which a station is challenged */
  constructor(member: Member, witnesses: (station: StationRef) => readonly StationRef[]) {
    this.#member = member;
    this.#witnesses = witnesses;
    this.#ownLeaf = new OwnLeaf(member);
  }

  /** The own chain: whatever the home has beyond it was made by somebody else. */
  async own(link: StationLink): Promise<void> {
    const { profile, sha256 } = this.#member;
    const { identity, ops, home, registered } = profile.row;
    const [genesis] = ops;
    if (!registered || genesis === undefined) return;
    const subject = subjectOf(this.#member, identity, home.station, genesis);
    const said = await askChain(this.#member, link, subject);
    if (said === undefined) return;
    const foreign = valuesOf(said).find(([value]) => isForeign(value, ops, sha256));
    // Another own device may have made it, and its word be on the way.
    if (foreign !== undefined && (await this.#isEarly())) return;
    this.#foreignSinceMs = undefined;
    await this.#accuse(subject, said, foreign && "foreign-op");
    const { claim, logged } = said;
    const folded = claim && logged && (await this.#ownLeaf.hold(subject, { claim, logged }));
    if (folded !== undefined) await this.#proved(subject, folded, undefined);
    if (foreign === undefined) {
      if (claim !== undefined && logged !== undefined) await this.#ownLeaf.find(link, subject, { claim, logged });
      return this.#remember(subject, said);
    }
    await this.#note(subject, { code: "foreign-op", sinceMs: foreign[1], kept: keptOf(said) });
    await this.#challenge(subject, said, "foreign-op");
  }

  /** Whether there are other own devices, and an op that is none of this one's was first seen less than a while ago. */
  async #isEarly(): Promise<boolean> {
    const { contacts, profile, clock } = this.#member;
    const own = await contacts.get(profile.row.identity);
    if (own === undefined || own.state.devices.length < 2) return false;
    this.#foreignSinceMs ??= clock.nowMs();
    return clock.nowMs() - this.#foreignSinceMs < OWN_WORD_MS;
  }

  /** A contact's chain, as their home gives it, and as its anchors do. */
  async contact(link: StationLink, identity: IdentityId): Promise<void> {
    const { contacts } = this.#member;
    const contact = await contacts.get(identity);
    const [genesis] = contact?.state.ops ?? [];
    if (contact === undefined || genesis === undefined) return;
    const { station } = contact.state.home;
    const subject = subjectOf(this.#member, identity, station, genesis.bytes);
    const said = await askChain(this.#member, link, subject);
    if (await this.#beyond(link, contact.state, subject, said)) return;
    if (said === undefined) return;
    await this.#accuse(subject, said);
    const believed = isShort(said, contact.state) ? await this.#again(subject, said) : said;
    if (believed !== said && !isWordTrue(said, this.#member.sha256)) await this.#shown(subject, said);
    if (await this.#take(subject, believed, contact.state.ops.length)) await this.#remember(subject, believed);
  }

  /**
   * An anchor shows ops that the home does not: they are signed by the person's keys, so they are believed, and a home that still
   * shows fewer hides them; its word and the anchor's are kept.
   *
   * @returns whether an anchor's chain was believed
   */
  async #beyond(link: StationLink, held: IdentityState, subject: Subject, said: Said | undefined): Promise<boolean> {
    const known = Math.max(said?.ops.length ?? 0, held.ops.length);
    const spoken = await spokenWith(this.#member);
    for (const { station } of held.anchors) {
      if (equalBytes(station.key, subject.station.key) || !isAmong(spoken, station)) continue;
      const at = { ...subject, station };
      const shown = await askChain(this.#member, link, at);
      if (shown === undefined || shown.ops.length <= known || isShort(shown)) continue;
      if (!isWordTrue(shown, this.#member.sha256) || !(await this.#take(at, shown, known))) continue;
      // The op may have come to the home since it was asked.
      const again = said && (await askChain(this.#member, link, subject));
      if (again !== undefined && again.ops.length < shown.ops.length) {
        const kept = [again.wordBytes, shown.wordBytes];
        await this.#note(subject, { code: "hidden-op", sinceMs: again.word.timeMs, kept });
      }
      return true;
    }
    return false;
  }

  /**
   * The chain by which somebody is written to for the first time, signed for as a whole by their station.
   *
   * @param ops  as they were given with the keys
   * @throws ClientError `client/stale-chain` ops are hidden · `client/unsigned-chain` the station signs for none
   */
  async begin(
    link: StationLink,
    identity: IdentityId,
    station: StationRef,
    ops: readonly Uint8Array[],
  ): Promise<readonly Uint8Array[]> {
    const [genesis] = ops;
    // What begins with another op is nobody's word on this person: the chain is refused for that.
    if (genesis === undefined || !equalBytes(identityOf(genesis, this.#member.sha256), identity)) return ops;
    const subject = subjectOf(this.#member, identity, station, genesis);
    const said = (await askChain(this.#member, link, subject)) ?? (await this.#unsigned(link, subject));
    if (said === undefined) throw new ClientError("client/unsigned-chain");
    await this.#accuse(subject, said);
    const isSigned = !isShort(said) && isWordTrue(said, this.#member.sha256);
    const believed = isSigned ? said : await this.#whole(subject, said);
    await this.#check(subject, believed);
    // An op may have come since the keys were given; a station that still does not show it hides it.
    if (ops.length < believed.ops.length && (await this.#isHiding(link, subject, believed.ops.length))) {
      await this.#shown(subject, believed);
    }
    await this.#remember(subject, believed);
    return await this.#longest(link, subject, believed);
  }

  /** The chain of somebody who is written to for the first time, as an anchor of theirs has it when it has more. */
  async #longest(link: StationLink, subject: Subject, said: Said): Promise<readonly Uint8Array[]> {
    const state = await this.#member.contacts.check(said.ops, subject.identity);
    const isAhead = await this.#beyond(link, state, subject, said);
    const held = isAhead ? await this.#member.contacts.get(subject.identity) : undefined;
    return held?.state.ops.map(({ bytes }) => bytes) ?? said.ops;
  }

  /** Whether the ops are a chain of that person that may follow the one held. @throws ClientError */
  async #check(subject: Subject, said: Said): Promise<void> {
    try {
      await this.#member.contacts.check(said.ops, subject.identity);
    } catch (error) {
      if (isClientError(error, "client/wrong-chain")) await this.#doubt(subject, said);
      throw error;
    }
  }

  async #isHiding(link: StationLink, { identity, station }: Subject, count: number): Promise<boolean> {
    const answer = await ask(link, { type: "identity.get", identity, at: elsewhere(link, station) }, "identity.ops");
    return answer === undefined || answer.ops.length < count;
  }

  /** Ops were hidden on one path and came over another: told, as come back. */
  async #shown(subject: Subject, said: Said): Promise<void> {
    await this.#note(subject, { code: "hidden-op", sinceMs: said.logged?.epoch.timeMs, kept: keptOf(said) });
    await this.#member.alerts.settled("ops", subject.station.key, subject.key);
  }

  /** No word came: over a path of its own it may; where only the epoch says what there is, the op is asked for through a witness. */
  async #unsigned(link: StationLink, subject: Subject): Promise<Said | undefined> {
    const direct = await this.#member.directs.over(subject.station, (path) => askChain(this.#member, path, subject));
    if (direct !== undefined) return direct;
    const epoch = await askLogged(this.#member, link, subject);
    if (epoch !== undefined) await this.#challenge(subject, epoch, "hidden-op");
    return undefined;
  }

  /** The chain with what was hidden of it. @throws ClientError `client/stale-chain` */
  async #whole(subject: Subject, short: Said): Promise<Said> {
    const { sha256 } = this.#member;
    const said = await this.#again(subject, short);
    if (!isShort(said) && isWordTrue(said, sha256)) return said;
    // Ops that nobody's keys signed are refused as such; nothing is hidden by them.
    await this.#check(subject, said).catch((error: unknown) => {
      if (!isClientError(error, "client/stale-chain")) throw error;
    });
    await this.#doubt(subject, said);
    await this.#note(subject, { code: "hidden-op", sinceMs: said.logged?.epoch.timeMs, kept: keptOf(said) });
    const healed = await this.#healed(subject, said);
    if (healed === undefined) throw new ClientError("client/stale-chain");
    return healed;
  }

  /** What was hidden is asked for as challenges; when they are answered, the chain is what the station signed for. */
  async #healed(subject: Subject, said: Said): Promise<Said | undefined> {
    const { alerts, contacts, sha256 } = this.#member;
    const count = Math.max(said.word.opCount, said.logged?.value?.opCount ?? 0);
    const ops = said.ops.slice(0, count - 1);
    const newest = count - ops.length > OPS_CHALLENGED ? undefined : await this.#challenge(subject, said, "hidden-op");
    if (newest === undefined) return undefined;
    for (let index = ops.length; index < count - 1; index++) {
      const op = await this.#challenge(subject, said, "hidden-op", index);
      if (op === undefined) return undefined;
      ops.push(op);
    }
    const whole = { ...said, ops: [...ops, newest] };
    if (isShort(whole) || !isWordTrue(whole, sha256)) return undefined;
    await contacts.check(whole.ops, subject.identity);
    await alerts.settled("ops", subject.station.key, subject.key);
    return whole;
  }

  /** Ops are not shown: their home is asked itself, over a path of its own. */
  async #again(subject: Subject, said: Said): Promise<Said> {
    const direct = await this.#member.directs.over(subject.station, (path) => askChain(this.#member, path, subject));
    if (direct === undefined) return said;
    await this.#accuse(subject, direct);
    return direct.ops.length > said.ops.length ? direct : said;
  }

  /**
   * Whoever signed for an op has to show it: asked through a witness, which logs that no answer came.
   *
   * @returns the op, when it was given
   */
  async #challenge(
    subject: Subject,
    said: Partial<Said>,
    code: AlertCode,
    index?: number,
  ): Promise<Uint8Array | undefined> {
    const { alerts, evidence } = this.#member;
    const question = opQuestion(subject, said, index);
    const witnesses = this.#witnesses(subject.station);
    if (question === undefined || witnesses.length === 0) return undefined;
    const outcome = await challenge(this.#member, subject.station, question, { witnesses });
    if (outcome.kind === "answered") return outcome.answer.kind === "op" ? outcome.answer.op.slice() : undefined;
    if (outcome.kind !== "unanswered" || outcome.bundle === undefined) return undefined;
    const finding = await provenFinding(outcome.bundle, { ...this.#of(subject), code }, evidence);
    if (finding !== undefined) await alerts.record(finding);
    return undefined;
  }

  /**
   * Believes a served chain, or tells why not.
   *
   * @param known  ops that were known when it was asked for: what has come since on another path hides nothing
   * @returns whether it is believed
   */
  async #take(subject: Subject, said: Said, known: number): Promise<boolean> {
    const { contacts, sha256, store } = this.#member;
    try {
      const held = await contacts.get(subject.identity);
      const state = await contacts.check(said.ops, subject.identity);
      if (isShort(said) || !isWordTrue(said, sha256)) {
        await this.#doubt(subject, said);
        await this.#note(subject, { code: "hidden-op", sinceMs: said.logged?.epoch.timeMs, kept: keptOf(said) });
        const healed = await this.#healed(subject, said);
        return healed !== undefined && (await this.#take(subject, healed, known));
      }
      const nowMs = said.logged?.epoch.timeMs ?? this.#member.clock.nowMs();
      if (held !== undefined && isTooLate(this.#member, held.state, state, nowMs)) {
        await this.#forked(subject, said);
        return false;
      }
      if (held !== undefined && !equalBytes(held.state.headHash, state.headHash)) {
        const changes = chainChanges(held.state, state, said.logged?.epoch.timeMs);
        await tellChanges(this.#member, state, changes);
      } else if (held === undefined) {
        const draft = new Draft();
        contacts.put(draft, state);
        await draft.commit(store);
      }
      return true;
    } catch (error) {
      if (isClientError(error, "client/forked-chain")) await this.#forked(subject, said);
      else if (isClientError(error, "client/stale-chain")) {
        const told = { code: "hidden-op", sinceMs: said.word.timeMs, kept: keptOf(said) } as const;
        if (said.ops.length < known) await this.#note(subject, told);
      } else if (isClientError(error, "client/wrong-chain")) await this.#doubt(subject, said);
      else throw error;
      return false;
    }
  }

  /** Two histories by the same keys: sending waits until the person decides. */
  async #forked({ identity }: Subject, said: Said): Promise<void> {
    const { people, alerts, contacts, book } = this.#member;
    const held = await contacts.get(identity);
    if (held === undefined) return;
    await people.change(identity, (row) => paused(row, said.word.commitment));
    await alerts.record(forkFinding(this.#member, held.state, keptOf(said), book.with(identity)[0]?.id));
  }

  /** What the station said before and now, against each other (shape 5). */
  async #accuse(subject: Subject, said: Said, code?: AlertCode): Promise<void> {
    const { people } = this.#member;
    const { word: earlier, doubted } = people.get(subject.identity);
    const words = [said.wordBytes, earlier, doubted].filter(({ byteLength }) => byteLength > 0);
    for (const [at, word] of words.entries()) {
      const others = [...(said.claim === undefined ? [] : [said.claim]), ...words.slice(at + 1)];
      for (const other of others) await this.#contradicted(subject, { word, other }, code);
    }
  }

  async #contradicted(
    subject: Subject,
    parts: Parameters<typeof accuseIdentity>[0],
    code: AlertCode | undefined,
  ): Promise<void> {
    const made = await accuseIdentity(parts, subject.station.key, this.#member.evidence);
    if (made.ok) await this.#proved(subject, made.value, code);
  }

  async #proved(subject: Subject, bundle: Bundle, code: AlertCode | undefined): Promise<void> {
    const of = code === undefined ? this.#of(subject) : { ...this.#of(subject), code };
    const finding = await provenFinding(bundle, of, this.#member.evidence);
    if (finding !== undefined) await this.#member.alerts.record(finding);
  }

  async #note(subject: Subject, told: Told): Promise<void> {
    await this.#member.alerts.record({ ...this.#of(subject), ...told, state: "open", missing: 0 });
  }

  #of({ identity, station, key }: Subject): {
    readonly station: ReturnType<typeof knownStation>;
    readonly subject: Uint8Array;
    readonly person: IdentityId;
    readonly conversation: ReturnType<Member["book"]["all"]>[number]["id"] | undefined;
  } {
    const conversation = this.#member.book.with(identity)[0]?.id;
    return { station: knownStation(this.#member, station), subject: key, person: identity, conversation };
  }

  /** A word whose ops are not believed is kept: what the station signs later may contradict it. */
  async #doubt({ identity }: Subject, { wordBytes }: Said): Promise<void> {
    const { people } = this.#member;
    if (isSameWord(people.get(identity).doubted, wordBytes)) return;
    await people.change(identity, (row) => ({ ...row, doubted: wordBytes }));
  }

  /** Keeps the word, and how many ops the log had when (I-16). */
  async #remember({ identity }: Subject, said: Said): Promise<void> {
    const { people } = this.#member;
    const before = people.get(identity);
    const { logged } = said;
    const isNewer =
      logged?.value !== undefined && !before.seen.some(({ opCount }) => opCount === logged.value?.opCount);
    const seen =
      isNewer && logged?.value !== undefined
        ? [...before.seen, { opCount: logged.value.opCount, atMs: logged.epoch.timeMs }]
        : before.seen;
    if (!isNewer && isSameWord(before.word, said.wordBytes)) return;
    await people.change(identity, (row) => ({ ...row, word: said.wordBytes, seen: seen.slice(-SEEN_KEPT) }));
  }
}

/** Of a word, all but time and signature: kind, station, identity, count, commitment. */
const WORD_HEAD = 1 + 32 + 32 + 4 + 32;
const SEEN_KEPT = 256;
/** How long an own device's word of an op may take to come: a few turns of the watch. */
const OWN_WORD_MS = 300_000;
/** Hidden ops that are asked for one by one. */
const OPS_CHALLENGED = 4;

function isSameWord(a: Uint8Array, b: Uint8Array): boolean {
  return equalBytes(a.subarray(0, WORD_HEAD), b.subarray(0, WORD_HEAD));
}
