/*
 * The table of who may import whom, with the reason for each edge. It is the one place where an edge is allowed; the
 * check beside it compares it with package.json, tsconfig references and every import (type imports count), and
 * ARCHITECTURE.md shows it.
 */

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly why: string;
  /** `test`: only test files and src/testing may use it */
  readonly only?: "test";
}

/** Rooms of the house: a name, its folder, and which platform code may stand where. */
export const ROOMS: readonly { readonly name: string; readonly folder: string }[] = [
  { name: "wire", folder: "packages/wire" },
  { name: "log", folder: "packages/log" },
  { name: "e2e", folder: "packages/e2e" },
  { name: "evidence", folder: "packages/evidence" },
  { name: "carrier", folder: "packages/carrier" },
  { name: "client", folder: "packages/client" },
  { name: "station", folder: "packages/station" },
  { name: "web", folder: "apps/web" },
  { name: "term", folder: "apps/term" },
  { name: "lab", folder: "lab" },
  { name: "bench", folder: "bench" },
];

export const EDGES: readonly Edge[] = [
  {
    from: "log",
    to: "wire/bytes",
    why: "byte cursor and text encodings; nothing of the frames, so that the log can be published by itself",
  },
  { from: "carrier", to: "wire/bytes", why: "byte cursor; a carrier moves opaque bytes and knows no frame" },
  { from: "e2e", to: "wire", why: "ids, op chains, entries and content it seals" },
  { from: "evidence", to: "wire", why: "leaves and names of the station log, ids, limits" },
  { from: "evidence", to: "log", why: "statements, proofs, notes and maps that bundles are made of" },
  { from: "client", to: "wire", why: "speaks frames" },
  { from: "client", to: "evidence", why: "checks what stations sign, makes and verifies bundles" },
  { from: "station", to: "evidence", why: "signs manifests and words, checks challenges as a witness" },
  { from: "term", to: "evidence", why: "`chapar proof verify`, and the sentence for each bundle" },
  { from: "lab", to: "evidence", why: "misdeeds are counted when their bundles verify" },
  { from: "web", to: "e2e", why: "passes the browser's crypto to the check of an opened .proof file" },
  { from: "web", to: "wire/bytes", why: "writes the key in an opened .proof file as people know it" },
  { from: "web", to: "evidence", why: "shows what an opened .proof file proves" },
  { from: "client", to: "log", why: "checks heads, receipts and proofs" },
  { from: "client", to: "e2e", why: "seals and opens" },
  { from: "client", to: "carrier", why: "dials" },
  { from: "client", to: "station", why: "scenarios run the engine against the real station, in memory", only: "test" },
  { from: "station", to: "wire", why: "speaks frames, verifies op chains" },
  { from: "station", to: "log", why: "keeps logs and signs heads" },
  { from: "station", to: "carrier", why: "accepts and dials links" },
  { from: "web", to: "client", why: "the engine" },
  { from: "web", to: "carrier", why: "a volunteer's relay in a tab" },
  { from: "web", to: "station", why: "serves the built app to a real Chromium", only: "test" },
  { from: "term", to: "client", why: "the engine" },
  { from: "term", to: "station", why: "runs a station" },
  { from: "term", to: "carrier", why: "runs a relay and a tunnel" },
  { from: "term", to: "lab", why: "runs the lab" },
  { from: "term", to: "web", why: "builds the web app that a station serves" },
  { from: "term", to: "bench", why: "runs the bench; nothing else imports it" },
  { from: "term", to: "e2e", why: "passes the platform's crypto to what it starts" },
  { from: "term", to: "log", why: "end-to-end tests verify receipts themselves", only: "test" },
  {
    from: "term",
    to: "wire",
    why: "ids and error tables that it prints; the greeting of a tunnel's session; bounds of previews and pictures",
  },
  { from: "lab", to: "e2e", why: "writes the invite that its client joins with" },
  { from: "lab", to: "carrier", why: "drives routes under censors" },
  { from: "lab", to: "log", why: "a station that lies builds its logs anew" },
  { from: "lab", to: "wire", why: "reads what a station that lies says" },
  { from: "lab", to: "client", why: "real clients in namespaces, and before stations that lie" },
  { from: "lab", to: "station", why: "real stations in namespaces, and with ports that lie" },
  { from: "bench", to: "wire", why: "load generator speaks frames" },
  { from: "bench", to: "e2e", why: "cases" },
  { from: "bench", to: "log", why: "cases check proofs as a client does" },
  { from: "bench", to: "evidence", why: "cases check proofs of misbehaviour as a stranger does" },
  { from: "bench", to: "station", why: "the thing measured" },
  { from: "bench", to: "client", why: "search over a profile of 100,000 messages" },
  { from: "bench", to: "carrier", why: "the relay that is measured, and the links it is asked over" },
];

/** What is never allowed, whatever the table says, with the promise it would break. */
export const NEVER: readonly Edge[] = [
  { from: "station", to: "e2e", why: "a station cannot read mail" },
  { from: "station", to: "client", why: "a station cannot act for a person" },
  { from: "wire", to: "log", why: "wire is the bottom" },
];

/** The table as Markdown, for ARCHITECTURE.md. */
export function edgesAsMarkdown(): string {
  const rows = EDGES.map(
    (edge) => `| ${edge.from} | ${edge.to} | ${edge.why}${edge.only === "test" ? " *(tests only)*" : ""} |`,
  );
  const never = NEVER.map((edge) => `| ${edge.from} | ~~${edge.to}~~ | **never**: ${edge.why} |`);
  return ["| from | may import | why |", "|---|---|---|", ...rows, ...never].join("\n");
}
