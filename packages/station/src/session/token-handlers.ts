/* Blind tokens on a link, and what they pay for (protocol/18-unlinkability.md §3). */
import type { Request, Response } from "@chapar/wire";
import { stationError } from "../errors.ts";
import type { Handler } from "./handler.ts";
import type { LinkState } from "./services.ts";

type Of<Type extends Request["type"]> = Handler<Extract<Request, { type: Type }>>;

/** Tokens that one link may hold. */
const MOST_CREDIT = 8;

function deskOf({ services }: LinkState): NonNullable<LinkState["services"]["tokens"]> {
  if (services.tokens === undefined) throw stationError("station/not-allowed");
  return services.tokens;
}

export const tokenIssue: Of<"token.issue"> = async (session, { request }): Promise<Response> => {
  const desk = deskOf(session);
  if (request.byteLength === 0) {
    const { bytes, index } = await desk.issuer.key();
    return { type: "token", issued: bytes, index };
  }
  const { identity } = session.needAccount();
  const issued = await desk.issue(identity, request, session.services.ports.clock.nowMs());
  return { type: "token", issued, index: undefined };
};

export const tokenSpend: Of<"token.spend"> = async (session, { token }): Promise<Response> => {
  if (session.credit >= MOST_CREDIT) throw stationError("station/quota", MOST_CREDIT);
  await deskOf(session).spend(token);
  session.credit += 1;
  return { type: "done" };
};

/** Does what an account may, or what a token pays for; a token is used up by what succeeded. @throws StationError `station/not-authenticated` */
export async function paid<T>(session: LinkState, work: () => Promise<T>): Promise<T> {
  if (session.account !== undefined) return await work();
  if (session.credit === 0) throw stationError("station/not-authenticated");
  // Taken first, so that two requests at once do not share one.
  session.credit -= 1;
  try {
    return await work();
  } catch (error) {
    session.credit += 1;
    throw error;
  }
}
