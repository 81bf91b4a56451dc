/*
 * Puts the group encryption (MLS, about half of all code) into a chunk of its own, loaded when the first group operation
 * asks for it. A person can join and write without it: the letter is stored and queued, and sealing begins when a route
 * opens, by which time the chunk is here (main.ts asks for it as soon as the first screen works).
 *
 * It is done here and not in the engine because only a page that comes over a slow line has this need. The port
 * (packages/e2e/src/mls/port.ts) is asynchronous but for `drop`, which needs a group, and a group comes from a loaded one.
 */
import type { Plugin } from "vite";

const DOOR = /\/packages\/client\/src\/web\/index\.ts$/u;
const VIRTUAL = "\0chapar:deferred-mls";
/** Names the one export that is deferred: importing the whole door would bring everything along. */
const MLS = "chapar:mls";
const MLS_VIRTUAL = `\0${MLS}`;

const CODE = `
let loading;
export const loadMls = () => (loading ??= import("${MLS}").then(({ tsMls }) => tsMls));
export function tsMls(options) {
  let made;
  let held;
  const open = () => (made ??= loadMls().then((make) => (held = make(options))));
  return new Proxy(Object.create(null), {
    get: (_, name) => (name === "drop" ? (...args) => held.drop(...args) : (...args) => open().then((mls) => mls[name](...args))),
  });
}
`;

/** The plugin. */
export function deferMls(): Plugin {
  let door = "";
  return {
    name: "chapar-defer-mls",
    enforce: "pre",
    async resolveId(source, importer) {
      if (source === MLS) return MLS_VIRTUAL;
      if (source !== "@chapar/e2e") return undefined;
      if (importer === MLS_VIRTUAL) return this.resolve(source, door, { skipSelf: true });
      if (importer === undefined || !DOOR.test(importer)) return undefined;
      door = importer;
      return VIRTUAL;
    },
    load: (id) => (id === VIRTUAL ? CODE : id === MLS_VIRTUAL ? 'export { tsMls } from "@chapar/e2e";' : undefined),
  };
}
