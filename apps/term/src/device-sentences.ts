/* What a person is told about errors of their devices, recovery and backups. */
import { ExitCode } from "./exit-code.ts";

/** What is said of one code. */
export interface Saying {
  /** `{name}` is replaced by the detail of that name */
  readonly say: string;
  readonly exit: ExitCode;
}

/** By code. */
export const DEVICE_SAYINGS: Readonly<Record<string, Saying>> = {
  "station/damaged-backup": { say: "This backup was changed or cut. Nothing was restored.", exit: ExitCode.badInput },
  "station/foreign-backup": {
    say: "This backup is of another station than the one in this folder. Nothing was restored.",
    exit: ExitCode.badInput,
  },
  "station/wrong-backup-key": {
    say: "This backup was sealed under another key: name its file with --key. Nothing was restored.",
    exit: ExitCode.usage,
  },
  "station/bad-backup-key": {
    say: "There is no key of backups in that file: name it with --key.",
    exit: ExitCode.usage,
  },
  "client/same-home": { say: "You live at this station already.", exit: ExitCode.usage },
  "term/not-confirmed": {
    say: "Nothing was deleted. Give your name, --confirm {name}, when you mean it: it cannot be undone.",
    exit: ExitCode.usage,
  },
  "client/not-left": {
    say: "The station was not reached, or did not delete what it has. Nothing was forgotten here; the same command goes on.",
    exit: ExitCode.temporary,
  },
  "client/not-moved": {
    say: "The new station was not reached, or does not take you. Nothing has changed; the same command tries again.",
    exit: ExitCode.temporary,
  },
  "term/unknown-device": {
    say: "You have no device {device}. `./chapar device list` shows those there are.",
    exit: ExitCode.notFound,
  },
  "term/locked": {
    say: "This profile is locked. Run the command in a terminal, or name a file with the PIN in CHAPAR_PIN_FILE.",
    exit: ExitCode.refused,
  },
  "term/wrong-pin": { say: "That does not open it.", exit: ExitCode.refused },
  "term/too-soon": { say: "Too many were wrong. Try again in {seconds} s.", exit: ExitCode.temporary },
  "term/bad-pin": { say: "That is not taken: {why}.", exit: ExitCode.badInput },
  "term/no-lock": { say: "There is no lock on this profile. `./chapar lock on` puts one on.", exit: ExitCode.notSetUp },
  "term/no-words": {
    say: "The recovery words are not on this device any more: they were written down.",
    exit: ExitCode.notFound,
  },
  "term/not-linked": {
    say: "This device was not linked. {why} Nothing of the other one is here.",
    exit: ExitCode.unavailable,
  },
  "client/bad-code": {
    say: "That is no code of a new device, or it was cut or changed. It begins with chapar:d/ and holds for ten minutes.",
    exit: ExitCode.usage,
  },
  "client/link-expired": {
    say: "The code holds no longer: ten minutes are over. Make a new one on the new device.",
    exit: ExitCode.unavailable,
  },
  "client/link-broken": {
    say: "The devices did not hear the same, so nothing was linked. Make a new code, and bring it over yourself.",
    exit: ExitCode.refused,
  },
  "client/link-refused": {
    say: "The digits were not the same, so nothing was linked. Somebody may stand between: make a new code, and bring it over yourself.",
    exit: ExitCode.refused,
  },
  "client/other-device-first": {
    say: "Another of your devices changed the list at the same time. Try again.",
    exit: ExitCode.temporary,
  },
  "client/bad-words": {
    say: "Those are not the 24 recovery words of this person. Look at their spelling and order; nothing else opens a backup.",
    exit: ExitCode.usage,
  },
  "client/no-backup": {
    say: "That station has no backup under these words. Use an invite of the station that you were at.",
    exit: ExitCode.notFound,
  },
  "client/bad-backup": {
    say: "The backup was changed or cut, or is of other words. Nothing of it was used.",
    exit: ExitCode.refused,
  },
  "client/no-backup-key": {
    say: "This device never had your recovery words, so it can make no backup. Make it on another one.",
    exit: ExitCode.unavailable,
  },
  "client/this-device": {
    say: "This is the device that you are on. Revoke it from another one.",
    exit: ExitCode.usage,
  },
  "client/no-everyday-key": {
    say: "This device does not hold the key that changes your devices. Use another one, or your recovery words.",
    exit: ExitCode.unavailable,
  },
  "client/device-revoked": {
    say: "This device was revoked by another of your devices. What it has read stays here; nothing new comes.",
    exit: ExitCode.refused,
  },
};
