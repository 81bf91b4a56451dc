/* What answers one kind of request. */
import type { Request, Response } from "@chapar/wire";
import type { LinkState } from "./services.ts";

/** Answers one kind of request, or throws a StationError, which becomes the answer. */
export type Handler<R extends Request> = (session: LinkState, request: R) => Response | Promise<Response>;
