/*
 * The page demands Trusted Types: no text becomes a script unless this policy made it, and it makes only addresses of
 * this origin's own files.
 */

interface Policy {
  createScriptURL(url: string): string;
}

interface Factory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

const OWN_SCRIPTS = new Set(["/sw.js"]);

function allow(url: string): string {
  if (!OWN_SCRIPTS.has(url)) throw new TypeError("not a script of this app");
  return url;
}

/** The address of one of the app's own scripts, as the browser accepts it. */
export function ownScript(url: string): string {
  const factory = (globalThis as { readonly trustedTypes?: Factory }).trustedTypes;
  return factory === undefined
    ? allow(url)
    : factory.createPolicy("chapar", { createScriptURL: allow }).createScriptURL(url);
}
