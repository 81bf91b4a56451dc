/*
 * What opening a commit gives, whoever made it: refusals with codes, the change that was made, and leaving.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { ClientState } from "ts-mls";
import { CryptoVerificationError } from "ts-mls/mlsError.js";
import { e2eError, isE2eError } from "../../errors.ts";
import type { GroupChange, Incoming, Step } from "../port.ts";
import type { Environment } from "./environment.ts";
import { leaveGroup } from "./epochs.ts";
import { membersOf, type TsGroup } from "./group.ts";
import { Refused } from "./provider.ts";

/** A step and what came in with it. */
export type Opened = Step & { readonly incoming: Incoming };

/** Turns what the library threw into a code; a code of ours passes. */
export function refusal(cause: unknown, otherwise: "e2e/bad-frame" | "e2e/bad-commit"): Error {
  if (isE2eError(cause)) return cause;
  return e2eError(
    cause instanceof Refused || cause instanceof CryptoVerificationError ? "e2e/bad-tag" : otherwise,
    cause,
  );
}

/**
 * The commit removes this device. ts-mls is not asked: a removed member can verify no more than the signature anyway, and
 * when the same commit adds someone, who takes the emptied leaf, ts-mls does not see that it was removed.
 */
export function leaving(env: Environment, group: TsGroup, change: GroupChange): Opened {
  const { by, removed } = change;
  const incoming: Incoming = { kind: "commit", sender: by, change, added: [], removed, left: true };
  return { ...leaveGroup(group, env.profile.readCredential), incoming };
}

/** What a commit of that change turned out to be for whoever stays. */
export function committed(env: Environment, change: GroupChange, next: ClientState): Incoming {
  const newcomers = change.kind === "commit" ? change.added : [change.by.credential];
  const added =
    newcomers.length === 0
      ? []
      : membersOf(next.ratchetTree, env.profile.readCredential).filter(({ credential }) =>
          newcomers.some(({ device }) => equalBytes(device, credential.device)),
        );
  return { kind: "commit", sender: change.by, change, added, removed: change.removed, left: false };
}
