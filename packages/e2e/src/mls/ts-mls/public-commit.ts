/*
 * Commits as PublicMessage (RFC 9420 §6.2), for interoperability tests only: core-crypto sends its handshakes in the
 * clear and takes no others. Chapar's profile refuses them, so none of the checks of open.ts is repeated here.
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { PublicMessage } from "ts-mls";
import { decodeMlsMessage } from "ts-mls/message.js";
import { processPublicMessage } from "ts-mls/processMessages.js";
import { emptyPskIndex } from "ts-mls/pskIndex.js";
import { e2eError } from "../../errors.ts";
import type { Incoming, Step } from "../port.ts";
import { decodeWhole } from "./checks.ts";
import { changeOf } from "./commit-checks.ts";
import { authentication, clientConfig, type Environment, type OpenPublic } from "./environment.ts";
import { enterEpoch, syncedState } from "./epochs.ts";
import { memberAt, membersOf, type TsGroup } from "./group.ts";
import { withEncryptionSecret } from "./provider.ts";

/** What a profile that takes them opens them with. */
export const publicHandshakes: OpenPublic = (env, group, frame) => {
  const { value } = decodeWhole(decodeMlsMessage, frame.slice(), "e2e/bad-frame");
  return value.wireformat === "mls_public_message" ? openPublicCommit(env, group, value.publicMessage) : undefined;
};

async function openPublicCommit(
  env: Environment,
  group: TsGroup,
  message: PublicMessage,
): Promise<Step & { readonly incoming: Incoming }> {
  const { readCredential } = env.profile;
  const { sender } = message.content;
  const member =
    sender.senderType === "member" ? memberAt(group.state.ratchetTree, sender.leafIndex, readCredential) : undefined;
  if (member === undefined) throw e2eError("e2e/bad-frame");
  const ended = syncedState(env, group);
  const tap = withEncryptionSecret(env.provider);
  const state = { ...ended, clientConfig: clientConfig(env, authentication(env, group.context).service) };
  const { newState } = await processPublicMessage(state, message, emptyPskIndex, tap.provider);
  const before = membersOf(group.state.ratchetTree, readCredential);
  const after = membersOf(newState.ratchetTree, readCredential);
  const absent = (from: typeof before, at: (typeof before)[number]): boolean =>
    !from.some(({ credential }) => equalBytes(credential.device, at.credential.device));
  const entered = enterEpoch(env, {
    before: group,
    ended,
    endedKeys: group.keys,
    next: newState,
    encryptionSecret: tap.secret(),
    context: group.context,
    readCredential,
  });
  const added = after.filter((at) => absent(before, at));
  const removed = before.filter((at) => absent(after, at));
  const proposed = {
    added: added.map(({ credential }) => credential),
    removed: removed.map(({ leaf }) => leaf),
    context: group.context,
    psk: undefined,
  };
  const change = changeOf(group, member, proposed);
  const incoming: Incoming = { kind: "commit", sender: member, change, added, removed, left: false };
  return { ...entered, incoming };
}
