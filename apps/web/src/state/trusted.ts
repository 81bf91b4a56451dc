/*
 * The page demands Trusted Types: no text becomes a script unless this policy made it, and it makes only addresses of
 * this origin's own files.
 */
import { address } from "virtual:mls-worker";

interface Policy {
  createScriptURL(url: string): string;
}

interface Factory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

/** The worker of the group encryption. */
export const GROUPS_WORKER: string = address;
const OWN_SCRIPTS = new Set(["/sw.js", GROUPS_WORKER]);

function allow(url: string): string {
  if (!OWN_SCRIPTS.has(url)) throw new TypeError("not a script of this app");
  return url;
}

let policy: Policy | undefined;

/** The address of one of the app's own scripts, as the browser accepts it. */
export function ownScript(url: string): string {
  const factory = (globalThis as { readonly trustedTypes?: Factory }).trustedTypes;
  if (factory === undefined) return allow(url);
  // A page may make a policy of a name once.
  policy ??= factory.createPolicy("chapar", { createScriptURL: allow });
  return policy.createScriptURL(url);
}
