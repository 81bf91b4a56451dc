/*
 * What is noticed in the sample world: a station that holds letters back in the middle of a conversation, letters that came
 * back, a line removed by law, keys that changed, and a person whose keys signed two histories. `kinds` has every code.
 */
import type { AlertCode, AlertView, SafetyView, StationView } from "../state/client-types.ts";
import type { MemoryClient } from "./memory-client.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const BERLIN: StationView = {
  key: "b".repeat(52),
  name: "Letterhouse Berlin",
  region: "DE",
  urls: ["https://de.example"],
};
const TEHRAN: StationView = { key: "k".repeat(52), name: "ایستگاه شمال", region: "IR", urls: ["https://ir.example"] };

const CODES: readonly AlertCode[] = [
  "withheld",
  "altered",
  "forked",
  "rolled-back",
  "hidden",
  "backdated",
  "expired-early",
  "pruned-early",
  "duplicated",
  "removed-unlogged",
  "log-forked",
  "log-stale",
  "witness-lost",
  "other-board",
  "restored",
  "no-answer",
  "hidden-op",
  "foreign-op",
  "chain-forked",
];

/** An alert with everything said. */
export function sampleAlert(change: Partial<AlertView> & Pick<AlertView, "id" | "code">): AlertView {
  return {
    station: BERLIN,
    conversation: undefined,
    person: undefined,
    noticedAtMs: Date.now() - 20 * MINUTE,
    sinceMs: Date.now() - 3 * HOUR,
    state: "open",
    missing: 0,
    restored: 0,
    proof: undefined,
    seen: false,
    ...change,
  };
}

/** Sixty digits that are the same for the same identity. */
function digitsOf(identity: string): readonly string[] {
  let seed = 7;
  for (const letter of identity) seed = (seed * 31 + (letter.codePointAt(0) ?? 0)) % 99_991;
  return Array.from({ length: 12 }, () => {
    seed = (seed * 48_271 + 11) % 99_991;
    return String(seed).padStart(5, "0");
  });
}

/** Somebody to compare with, whose keys never changed. */
export function sampleSafety(identity: string): SafetyView {
  return {
    identity,
    digits: digitsOf(identity),
    qr: `CHAPAR:SAFETY:1:${digitsOf(identity).join("")}`,
    comparedAtMs: undefined,
    devices: 1,
    ops: 1,
    changes: [],
    paused: false,
  };
}

/** One alert of each code. */
export function everyKind(client: MemoryClient, conversation: string): void {
  for (const [at, code] of CODES.entries()) {
    const isPerson = code === "hidden-op" || code === "foreign-op" || code === "chain-forked";
    client.addAlert(
      sampleAlert({
        id: `kind-${code}`,
        code,
        station: at % 2 === 0 ? BERLIN : TEHRAN,
        conversation,
        person: isPerson ? "sara" : undefined,
        noticedAtMs: Date.now() - (at + 1) * 3 * HOUR,
        sinceMs: Date.now() - (at + 2) * 3 * HOUR,
        state: at % 3 === 0 ? "asking" : at % 3 === 1 ? "open" : "restored",
        missing: isPerson ? 0 : 7,
        restored: at % 3 === 2 ? 7 : 3,
        proof: { shape: code === "no-answer" ? "unanswered" : "log", sizeBytes: 1200 },
        seen: at > 2,
      }),
      new Uint8Array(1200),
    );
  }
}

const LINE_CODES = ["withheld", "pruned", "expired", "removed", "not-shown", "missing-messages", "came-late"].map(
  (name) => `client/${name}`,
);

function addLines(client: MemoryClient, sara: string): void {
  const now = Date.now();
  for (const [at, code] of LINE_CODES.entries()) {
    const entries = code === "client/missing-messages" ? 4 : 1;
    client.addMessage(sara, { atMs: now - (60 - at) * MINUTE, more: { gap: { code, entries } } });
  }
  client.addMessage(sara, {
    atMs: now - 49 * MINUTE,
    more: {
      gap: {
        code: "client/removed",
        entries: 1,
        removal: { region: "DE", reason: "Anordnung des Amtsgerichts Tiergarten", reference: "353 Gs 2811/26" },
      },
    },
  });
  for (const text of ["این را ایستگاه نگه داشته بود", "And this one too, page 2 of 7"])
    client.addMessage(sara, { atMs: now - 48 * MINUTE, text, more: { restored: true } });
  const removal = { region: "DE", reason: "Anordnung des Amtsgerichts Tiergarten", reference: "353 Gs 2811/27" };
  client.addMessage(sara, { atMs: now - 47 * MINUTE, text: "Back again", more: { restored: true, removal } });
  client.addMessage(sara, {
    atMs: now - 40 * MINUTE,
    more: { personChange: { identity: "sara", what: "device-added", sinceMs: now - 41 * MINUTE } },
  });
  client.addMessage(sara, { text: "تلفن تازه گرفتم", atMs: now - 2 * MINUTE });
}

/** Fills the sample world with what was noticed. */
export function fillTrust(client: MemoryClient, rooms: { readonly sara: string; readonly fault: string }): void {
  const now = Date.now();
  addLines(client, rooms.sara);
  client.setWatch({ checkedAtMs: now - 20_000, witnesses: 4, cosigned: 3, paths: 2, quorum: "final" });
  client.setSafety({
    ...sampleSafety("sara"),
    devices: 2,
    ops: 4,
    changes: [
      { identity: "sara", what: "device-added", sinceMs: now - 41 * MINUTE },
      { identity: "sara", what: "home-moved", sinceMs: now - 40 * DAY },
      { identity: "sara", what: "keys-rotated", sinceMs: undefined },
    ],
  });
  client.setSafety({ ...sampleSafety("fault"), paused: true, ops: 3, comparedAtMs: now - 400 * DAY });
  client.addAlert(
    sampleAlert({
      id: "held",
      code: "withheld",
      conversation: rooms.sara,
      state: "asking",
      missing: 7,
      restored: 3,
      proof: { shape: "log", sizeBytes: 0 },
    }),
    new TextEncoder().encode("chapar proof v1\nsample"),
  );
  client.addAlert(
    sampleAlert({
      id: "fork",
      code: "chain-forked",
      station: TEHRAN,
      conversation: rooms.fault,
      person: "fault",
      noticedAtMs: now - 2 * HOUR,
      sinceMs: now - 26 * HOUR,
    }),
  );
  client.addAlert(
    sampleAlert({
      id: "back",
      code: "pruned-early",
      state: "restored",
      missing: 7,
      restored: 7,
      noticedAtMs: now - 3 * DAY,
      sinceMs: now - 4 * DAY,
      seen: true,
    }),
  );
  client.addAlert(
    sampleAlert({
      id: "copy",
      code: "restored",
      station: TEHRAN,
      noticedAtMs: now - 400 * DAY,
      sinceMs: undefined,
      seen: true,
    }),
  );
}
