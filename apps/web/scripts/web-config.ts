/*
 * How the app is bundled. Few chunks with stable names: what the first message needs (main, engine, one language), the
 * long list, each sheet. Nothing younger than what an Android phone of 2022 runs.
 */
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin, Rolldown, UserConfig } from "vite";
import { fontPlugin } from "./font.ts";
import { ENGINE_DOOR as DOOR, pagePlugin } from "./page.ts";
import { pseudoPlugin } from "./pseudo.ts";

const WEB = fileURLToPath(new URL("../", import.meta.url));
const ENGINE_DOOR = fileURLToPath(new URL(`../../..${DOOR}`, import.meta.url));
const HOME_DOOR = fileURLToPath(new URL("../../../packages/client/src/home-session.ts", import.meta.url));
const MLS_WORKER = fileURLToPath(new URL("../../../packages/client/src/web/mls-worker.ts", import.meta.url));
/** All of the app's own code but the parts that are loaded when asked for, and the framework. */
const APP =
  /\/apps\/web\/src\/(?!media\/|devices\/|groups\/|channels\/|tools\/|talk\/|chats\/|trust\/|help\/|lock\/|settings\/|people\/|scan\/|main\.ts|rest\.ts|state\/(?:chat-filter|alerts|save-as|font|incoming|announcer|install|updates|trusted|mls-worker|look)\.|.*\.gen\.ts|ui\/(?:qr-panel|virtual-rows|sheet|message-menu)\.|screens\/(?:chats|chat-rows|facts|invite-card|[a-z]+-sheet|[a-z]+-part|details)\.)|\/packages\/client\/src\/text\/spans|\/(?:preact|@preact\/[a-z-]+)\//u;
/** What shows alerts, proofs and comparing: one chunk, brought when one of them is shown first. */
const TRUST = /\/apps\/web\/src\/trust\/(?!verify-proof)/u;
/** What people do with messages: one chunk, brought when the first of it is shown; the emoji are apart. */
const TALK = /\/apps\/web\/src\/talk\/(?!jump|typing-line|.*emoji)/u;
/** What is looked up beside writing, small each: in one chunk they are a kilobyte less, and one of them brings the others. */
const SHEETS =
  /\/apps\/web\/src\/(?:(?:groups|channels)\/[a-z-]+|settings\/|people\/|scan\/scan-button|lock\/(?:at-start|shown-name)|screens\/(?:facts|invite-card|[a-z]+-sheet|[a-z]+-part|details)\.|ui\/message-menu\.|state\/look\.)/u;
/** What helps others: brought when somebody looks at it, and not kept for those who do not. */
const HELP =
  /\/apps\/web\/src\/help\/|\/packages\/carrier\/src\/(?:relay\/(?:relay\.|meter|list)|snow\/(?:volunteer|help-frames))/u;
/** The lock: brought where there is one, or where one is put on; kept on the device from then on. */
const LOCK =
  /\/apps\/web\/src\/lock\/(?!at-start|shown-name)|\/packages\/client\/src\/(?:lock\/|web\/(?:lock|key-vault)\.)|\?lock$/u;
/** Own devices, backups, coming back: brought when somebody looks at them. */
const DEVICES = /\/apps\/web\/src\/devices\//u;
/** Scanning with the camera, and beside it what reads codes where the browser does not: kept once it was used. */
const SCAN = /\/apps\/web\/src\/scan\/(?!scan-button)/u;
const CODES = /\/qr\/(?:decode|index)\.js/u;
/** The palette, the keyboard, finding: brought after the first screen. */
const TOOLS = /\/apps\/web\/src\/(?:tools\/|talk\/jump)/u;
/** What shows and takes files. */
const FILES = /\/apps\/web\/src\/media\/|\/thumbhash\//u;
/** How bytes get to the station: brought when a first connection is wanted. */
const ROAD =
  /\/packages\/(?:carrier\/src\/(?:session|burst|relay\/(?!relay\.|meter|list)|tunnel|noise|snow\/(?!volunteer|help-frames)|web\/(?:burst|web-socket|noise|rtc))|client\/src\/web\/web-road)/u;
/** What dials stations and speaks frames with them comes with it. */
const LINK =
  /\/packages\/(?:client\/src\/(?:link\/(?:home-link|station-link|link-code|reason|traffic|road)|trust\/direct-links)|carrier\/src\/(?:racing|address-class|handshake-discipline|route-memory)|wire\/src\/frames\/(?:codec|requests|responses|notices|stream|table|structs))\./u;
/** Pieces that others bring for themselves. */
const BESIDE_HOME = /\/@noble\/|@oxc-project/u;
/** What people do in the parts of the engine that no start asks for: one chunk, brought by the first of them. */
const DESKS = /\/packages\/client\/src\/(?:devices|groups(?!\/line-view)|channels|island|leaving|data)\//u;
/** What keeps the list, and what is begun to be written: it waits for no link, so it is apart from what is done over one. */
const LIST = /\/packages\/client\/src\/chats\/(?!.*-part)/u;
/** What the worker may have in common with parts of the page that are not the engine: it must never import one of those, which need a page. */
const SEALING = /\/packages\/(?:e2e\/src\/(?!mls\/(?:ts-mls\/|index)|channels\/)|wire\/src\/)/u;
/** A helper of the compiler, what a picture is, and the font: several of these use them, and none should import another one for it. */
const USING = /@oxc-project/u;
const SNIFF = /\/packages\/client\/src\/pictures\/sniff/u;
/** Who is typing: told and heard over a link alone, so it is brought over one. */
const TYPING = /\/packages\/client\/src\/typing\/(?:typing|sealing)\.|\/talk\/typing-line\./u;
/** The weekly key of a large group: brought and taken over a link, by whoever leads one or is in one. */
const WEEKLY = /\/packages\/client\/src\/groups\/week(?:ly|-part)\./u;
const FONT = /\/vazirmatn[a-z-]*\.woff2|\/apps\/web\/src\/state\/font\./u;
/** Parts that index files of the packages name beside what the engine uses; who uses them brings them. */
const BESIDE_ENGINE =
  /\/ts-mls\/|\/packages\/(?:evidence\/|wire\/src\/(?:ledger\/|content\/(?:write-)?file-facts)|log\/src\/(?:(?:map|note|checkpoint|trust|checker|proof|tiles|witness)\/|receipt\/(?!caching))|carrier\/src\/(?:(?:session|burst|relay|tunnel|noise|snow|cells)\/|web\/(?:burst|web-socket|noise|rtc))|e2e\/src\/(?:attachment\/|invite\/way-file|mls\/(?!room-keys)|crypto\/(?:kem|hpke)))/u;

/** A module and everything that it imports statically but what is beside it. */
function reach(context: Rolldown.ChunkingContext, door: string, isBeside: (id: string) => boolean): Set<string> {
  const inside = new Set<string>();
  const open = [door];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (inside.has(next) || isBeside(next)) continue;
    inside.add(next);
    open.push(...(context.getModuleInfo(next)?.importedIds ?? []));
  }
  return inside;
}

/**
 * The engine is one chunk although others use pieces of it too (the check of an opened proof): cut in two it is 1.5 kB
 * more on the way to the first message.
 */
function engineChunk(): Rolldown.CodeSplittingNameFunction {
  let engine: Set<string> | undefined;
  return (id, context) => {
    engine ??= reach(context, ENGINE_DOOR, (other) => BESIDE_ENGINE.test(other) || LINK.test(other));
    return engine.has(id) ? "web" : null;
  };
}

/**
 * What is done over the first link, whole: sixty small files that import each other are a quarter more bytes, and ten round trips. What the worker
 * has too is apart from it.
 */
function homeChunk(): Rolldown.CodeSplittingNameFunction {
  let home: Set<string> | undefined;
  return (id, context) => {
    if (home === undefined) {
      const ofWorker = reach(context, MLS_WORKER, () => false);
      home = reach(context, HOME_DOOR, (other) => BESIDE_HOME.test(other) || ofWorker.has(other));
    }
    return home.has(id) ? "home" : null;
  };
}

/** Code of ours and of these libraries does nothing by being imported, so what is not used is not in a chunk. */
const PURE = /\/packages\/|\/(?:ts-mls|@noble|@scure)\//u;

/**
 * The bundler wraps every dynamic import to fetch styles and preload chunks first. What comes first the page announces, so imports stay as they are written: 1 kB less, and no chunk imports another one for a wrapper.
 */
function plainImports(): Plugin {
  return {
    name: "chapar-plain-imports",
    configResolved({ plugins }) {
      const wraps = plugins.findIndex(({ name }) => name === "native:import-analysis-build");
      if (wraps < 0) throw new Error("what wraps dynamic imports has another name now");
      (plugins as Plugin[]).splice(wraps, 1);
    },
  };
}

/** What a build is of. */
interface WebOptions {
  readonly outDir: string;
  readonly development: boolean;
  /** the in-memory engine of src/testing in place of the real one, for the gallery and the screenshots */
  readonly fakeEngine?: boolean;
  /** English with 40 % more text, for finding what does not fit */
  readonly longWords?: boolean;
}

/**
 * The worker of the group encryption is one more entry of this build, so that what the page has too is on the device once, and comes over a
 * thin line once. The bundler's own way builds a worker apart from the page, twice as large.
 */
function mlsWorkerEntry({ development, fakeEngine }: Pick<WebOptions, "development" | "fakeEngine">): Plugin {
  const NAME = "virtual:mls-worker";
  return {
    name: "chapar-mls-worker",
    resolveId: (source) => (source === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      if (development) return `export const address = ${JSON.stringify(`/@fs${MLS_WORKER}`)};`;
      // The in-memory engine seals nothing: its worker ends at once.
      const entry =
        fakeEngine === true
          ? this.emitFile({ type: "asset", name: "mls-worker.js", source: "close();" })
          : this.emitFile({ type: "chunk", id: MLS_WORKER, name: "mls-worker" });
      return `export const address = import.meta.ROLLUP_FILE_URL_${entry};`;
    },
  };
}

/**
 * What stretches a PIN shares small helpers with hashes that the first message needs; taken together they would travel in the engine's chunk,
 * functions of theirs that only the lock uses too. So the lock has helpers of its own.
 */
function ownHelpers(): Plugin {
  const OWN = "?lock";
  return {
    name: "chapar-own-helpers",
    enforce: "pre",
    async resolveId(source, importer) {
      const isOfLock = source === "@noble/hashes/argon2.js" || importer?.endsWith(OWN) === true;
      if (!isOfLock) return undefined;
      const found = await this.resolve(source, importer?.replace(OWN, ""), { skipSelf: true });
      return found === null ? undefined : `${found.id}${OWN}`;
    },
    load: (id) => (id.endsWith(OWN) ? readFileSync(id.slice(0, -OWN.length), "utf8") : undefined),
  };
}

/** Tables of error codes carry a sentence, whose doing it is and what a detail counts, for the documentation; no screen shows them, so they do not
 * travel, and what is not tried again need not be said. */
function quietErrors(): Plugin {
  return {
    name: "chapar-quiet-errors",
    enforce: "pre",
    transform: (code, id) =>
      /\/packages\/[a-z0-9]+\/src\/errors\.ts$/u.test(id)
        ? code.replaceAll(/\b(?:(?:what|whose|detail):\s*"(?:[^"\\]|\\.)*",|retry:\s*false,?)\s*/gu, "")
        : undefined,
  };
}

/** `message-row` + `line` -> `message-row_line`: repeats what the code says anyway, so it costs next to nothing packed. */
const scopedName = (local: string, file: string): string => `${basename(file, ".module.css")}_${local}`;

/** The configuration of a build into a folder, or of the development server. */
export function webConfig(options: WebOptions): UserConfig {
  return {
    root: WEB,
    publicDir: false,
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    logLevel: "warn",
    css: { modules: { generateScopedName: scopedName } },
    resolve: {
      alias: [
        // Its package names the CommonJS build for browsers, whose wrapping would be in what is fetched first.
        { find: /^pvtsutils$/u, replacement: "pvtsutils/build/index.es.js" },
        ...(options.fakeEngine === true
          ? [
              { find: "@chapar/client/web", replacement: join(WEB, "src/testing/fake-engine.ts") },
              { find: "@chapar/client/web-lock", replacement: join(WEB, "src/testing/fake-lock.ts") },
            ].map(({ find, replacement }) => ({ find: new RegExp(`^${find}$`, "u"), replacement }))
          : []),
      ],
    },
    plugins: [
      quietErrors(),
      ownHelpers(),
      ...(options.development ? [] : [plainImports()]),
      mlsWorkerEntry(options),
      fontPlugin(),
      ...(options.longWords === true ? [pseudoPlugin()] : []),
      pagePlugin(options),
    ],
    build: {
      outDir: options.outDir,
      emptyOutDir: true,
      target: "es2022",
      // The page itself announces what comes first; of style there are two files: what the first screens need, and the rest (page.ts).
      modulePreload: false,
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 400,
      rolldownOptions: {
        output: {
          entryFileNames: "assets/[name]-[hash].js",
          chunkFileNames: "assets/[name]-[hash].js",
          assetFileNames: "assets/[name]-[hash][extname]",
          // One chunk for what every screen shares: one request, one name, better compression.
          codeSplitting: {
            groups: [
              { name: "using", test: USING },
              { name: "sniff", test: SNIFF },
              { name: "app", test: APP },
              { name: "font", test: FONT },
              { name: "trust", test: TRUST },
              { name: "talk", test: TALK },
              { name: "sheets", test: SHEETS },
              { name: "files", test: FILES },
              { name: "tools", test: TOOLS },
              { name: "devices", test: DEVICES },
              { name: "scan", test: SCAN },
              { name: "codes", test: CODES },
              { name: engineChunk() },
              { name: "road", test: new RegExp(`${ROAD.source}|${LINK.source}`, "u") },
              { name: "help", test: HELP },
              { name: "lock", test: LOCK },
              { name: "sealing", test: SEALING },
              { name: "list", test: LIST },
              { name: homeChunk() },
              { name: "typing", test: TYPING },
              { name: "weekly", test: WEEKLY },
              { name: "desks", test: DESKS },
            ],
          },
        },
        treeshake: { moduleSideEffects: (id: string) => !PURE.test(id) },
      },
    },
  };
}
