/* Asking what a station may not offer, or not now: a refusal is an answer, only the end of the link is an error. */
import { isWireError, type Request, type Response } from "@chapar/wire";
import { isClientError } from "../errors.ts";
import type { Answer, StationLink } from "../link/station-link.ts";

/** As `ask`; what is refused is told to `refused`. */
export async function askTelling<Type extends Response["type"]>(
  link: StationLink,
  request: Request,
  refused: (error: unknown) => void,
  ...expected: readonly Type[]
): Promise<Answer<Type> | undefined> {
  try {
    return await link.ask(request, ...expected);
  } catch (error) {
    const isRefusal = isWireError(error) && error.code !== "wire/link-ended";
    if (!isRefusal && !isClientError(error, "client/unexpected-answer")) throw error;
    refused(error);
    return undefined;
  }
}

/** Asks; undefined when the station refused, for whatever reason. @throws WireError `wire/link-ended` */
export async function ask<Type extends Response["type"]>(
  link: StationLink,
  request: Request,
  ...expected: readonly Type[]
): Promise<Answer<Type> | undefined> {
  return askTelling(link, request, () => undefined, ...expected);
}
