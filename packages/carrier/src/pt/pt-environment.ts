/* What a pluggable transport is told by its parent (pt-spec §3.2), read by the transport; and what it answers first. */
import { parseAuthority, type TunnelTarget } from "../tunnel/target.ts";

const MAX_TRANSPORTS = 32;

/** Where a transport's server listens. */
export interface PtListen {
  readonly transport: string;
  readonly at: TunnelTarget;
}

/** What is asked of a transport. */
export type PtAsked =
  | {
      readonly side: "client";
      readonly transports: readonly string[];
      readonly stateDir: string;
      readonly endsWithInput: boolean;
    }
  | {
      readonly side: "server";
      readonly listens: readonly PtListen[];
      /** names that were asked for without a place */
      readonly others: readonly string[];
      /** takes what came */
      readonly to: TunnelTarget;
      readonly stateDir: string;
      readonly endsWithInput: boolean;
    };

/** What was read: lines to be said either way, then what is asked; without that the transport ends. */
export interface PtEnvironment {
  readonly lines: readonly string[];
  readonly asked: PtAsked | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? "").split(",", MAX_TRANSPORTS).filter((name) => name !== "");

/** `name-address:port`, as many as are asked for. @returns undefined when one is malformed */
function listensOf(env: Env): ReadonlyMap<string, TunnelTarget> | undefined {
  const found = new Map<string, TunnelTarget>();
  for (const part of listOf(env["TOR_PT_SERVER_BINDADDR"])) {
    const at = part.indexOf("-");
    const target = parseAuthority(part.slice(at + 1));
    if (at < 1 || target === undefined) return undefined;
    found.set(part.slice(0, at), target);
  }
  return found;
}

function serverAsked(
  env: Env,
  common: { readonly stateDir: string; readonly endsWithInput: boolean },
): PtAsked | string {
  const names = listOf(env["TOR_PT_SERVER_TRANSPORTS"]);
  const places = listensOf(env);
  if (places === undefined) return "TOR_PT_SERVER_BINDADDR is not transport-address:port";
  const to = parseAuthority(env["TOR_PT_ORPORT"] ?? "");
  if (to === undefined) return "TOR_PT_ORPORT is not address:port";
  const listens = names.flatMap((transport) => {
    const at = places.get(transport);
    return at === undefined ? [] : [{ transport, at }];
  });
  return { side: "server", listens, others: names.filter((name) => !places.has(name)), to, ...common };
}

/** Reads the environment. Never throws. */
export function readPtEnvironment(env: Env): PtEnvironment {
  if (!listOf(env["TOR_PT_MANAGED_TRANSPORT_VER"]).includes("1"))
    return {
      lines: [
        env["TOR_PT_MANAGED_TRANSPORT_VER"] === undefined
          ? "ENV-ERROR no TOR_PT_MANAGED_TRANSPORT_VER: a program that speaks to transports starts this one"
          : "VERSION-ERROR no-version",
      ],
      asked: undefined,
    };
  const refuse = (why: string): PtEnvironment => ({ lines: ["VERSION 1", `ENV-ERROR ${why}`], asked: undefined });
  const stateDir = env["TOR_PT_STATE_LOCATION"] ?? "";
  if (!stateDir.startsWith("/")) return refuse("TOR_PT_STATE_LOCATION is not an absolute path");
  const common = { stateDir, endsWithInput: env["TOR_PT_EXIT_ON_STDIN_CLOSE"] === "1" };
  const [client, server] = [env["TOR_PT_CLIENT_TRANSPORTS"], env["TOR_PT_SERVER_TRANSPORTS"]];
  if ((client === undefined) === (server === undefined))
    return refuse("one of TOR_PT_CLIENT_TRANSPORTS and TOR_PT_SERVER_TRANSPORTS is wanted");
  if (client !== undefined) {
    if ((env["TOR_PT_PROXY"] ?? "") !== "")
      return { lines: ["VERSION 1", "PROXY-ERROR this transport goes through no proxy"], asked: undefined };
    return { lines: ["VERSION 1"], asked: { side: "client", transports: listOf(client), ...common } };
  }
  const asked = serverAsked(env, common);
  return typeof asked === "string" ? refuse(asked) : { lines: ["VERSION 1"], asked };
}
