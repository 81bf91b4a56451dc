/* Asking what a station may not offer, or not now: a refusal is an answer, only the end of the link is an error. */
import { isWireError, type Request, type Response } from "@chapar/wire";
import { isClientError } from "../errors.ts";
import type { Answer, StationLink } from "../link/station-link.ts";

/** Asks; undefined when the station refused, for whatever reason. @throws WireError `wire/link-ended` */
export async function ask<Type extends Response["type"]>(
  link: StationLink,
  request: Request,
  ...expected: readonly Type[]
): Promise<Answer<Type> | undefined> {
  try {
    return await link.ask(request, ...expected);
  } catch (error) {
    if (isWireError(error) && error.code !== "wire/link-ended") return undefined;
    if (isClientError(error, "client/unexpected-answer")) return undefined;
    throw error;
  }
}
