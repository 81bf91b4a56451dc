/*
 * Draws the app's icon, the line with wells, as SVG and as PNG. The same few shapes (capsules and rings) are rasterised
 * here by distance, with soft edges, so that no image tool is needed and the files are the same on every machine.
 */
import { crc32, deflateSync } from "node:zlib";
import { LANGUAGES, readCatalogue } from "./messages.ts";

interface Shape {
  /** a capsule from a to b; a circle when they are equal */
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
  readonly radius: number;
  /** stroke width; undefined: filled */
  readonly stroke?: number;
}

const GROUND = "#0f6e63";
const INK = "#f6f4ef";
const SIDE = 96;

/** On a field of 96: the ground line, the well in its middle, the filled home at its end. */
const SHAPES: readonly Shape[] = [
  { a: [20, 48], b: [35, 48], radius: 2.5 },
  { a: [57, 48], b: [66, 48], radius: 2.5 },
  { a: [20, 48], b: [20, 48], radius: 5 },
  { a: [46, 48], b: [46, 48], radius: 10, stroke: 5 },
  { a: [74, 48], b: [74, 48], radius: 10.5 },
];

/** Icons that say nothing: a sheet with lines, a clock. */
const NEUTRAL: Readonly<Record<"notes" | "clock", readonly Shape[]>> = {
  notes: [
    { a: [28, 34], b: [68, 34], radius: 3 },
    { a: [28, 48], b: [68, 48], radius: 3 },
    { a: [28, 62], b: [52, 62], radius: 3 },
  ],
  clock: [
    { a: [48, 48], b: [48, 48], radius: 25, stroke: 5 },
    { a: [48, 48], b: [48, 33], radius: 2.5 },
    { a: [48, 48], b: [58, 54], radius: 2.5 },
  ],
};
const NEUTRAL_GROUND = "#4a5a6a";

/** The icon as SVG; with `rounded`, on its own rounded ground (maskable icons are cut by the system). */
function iconSvg(rounded: boolean, shapes = SHAPES, ground = GROUND): string {
  const drawn = shapes
    .map(({ a, b, radius, stroke }) => {
      if (a[0] === b[0] && a[1] === b[1]) {
        const paint = stroke === undefined ? `fill="${INK}"` : `fill="none" stroke="${INK}" stroke-width="${stroke}"`;
        return `<circle cx="${a[0]}" cy="${a[1]}" r="${radius}" ${paint}/>`;
      }
      return `<path d="M${a[0]} ${a[1]}L${b[0]} ${b[1]}" stroke="${INK}" stroke-width="${radius * 2}" stroke-linecap="round"/>`;
    })
    .join("");
  const behind = `<rect width="${SIDE}" height="${SIDE}" rx="${rounded ? 22 : 0}" fill="${ground}"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}">${behind}${drawn}</svg>\n`;
}

function distance(shape: Shape, x: number, y: number): number {
  const [ax, ay] = shape.a;
  const [dx, dy] = [shape.b[0] - ax, shape.b[1] - ay];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  const toAxis = Math.hypot(x - ax - along * dx, y - ay - along * dy);
  return shape.stroke === undefined ? toAxis - shape.radius : Math.abs(toAxis - shape.radius) - shape.stroke / 2;
}

const channel = (color: string, at: number): number => Number.parseInt(color.slice(1 + at * 2, 3 + at * 2), 16);

function chunk(kind: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "ascii"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** The icon as an opaque PNG of a side length; the shapes keep inside the safe zone of maskable icons. */
function iconPng(sidePx: number, shapes = SHAPES, ground = GROUND): Buffer {
  const rows = Buffer.alloc(sidePx * (1 + sidePx * 3));
  const scale = SIDE / sidePx;
  let at = 0;
  for (let y = 0; y < sidePx; y += 1) {
    at += 1; // filter 0
    for (let x = 0; x < sidePx; x += 1) {
      const nearest = Math.min(...shapes.map((shape) => distance(shape, (x + 0.5) * scale, (y + 0.5) * scale)));
      const ink = Math.max(0, Math.min(1, 0.5 - nearest / scale));
      for (let of = 0; of < 3; of += 1) {
        rows[at] = Math.round(channel(INK, of) * ink + channel(ground, of) * (1 - ink));
        at += 1;
      }
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(sidePx, 0);
  header.writeUInt32BE(sidePx, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(rows, { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", new Uint8Array())]);
}

/** The manifest of a name and an icon. */
function manifestOf(name: string, icon: string): string {
  const manifest = {
    id: "/",
    name,
    short_name: name,
    start_url: "/",
    scope: "/",
    display: "standalone",
    background_color: "#f6f4ef",
    theme_color: "#f6f4ef",
    categories: [icon === "icon" ? "social" : "utilities"],
    icons: [
      { src: `/${icon}.svg`, sizes: "any", type: "image/svg+xml", purpose: "any" },
      { src: `/${icon}-192.png`, sizes: "192x192", type: "image/png", purpose: "any maskable" },
      { src: `/${icon}-512.png`, sizes: "512x512", type: "image/png", purpose: "any maskable" },
    ],
  };
  return `${JSON.stringify(manifest)}\n`;
}

function iconFiles(icon: string, shapes: readonly Shape[], ground: string): readonly [string, string | Buffer][] {
  return [
    [`${icon}.svg`, iconSvg(true, shapes, ground)],
    [`${icon}-192.png`, iconPng(192, shapes, ground)],
    [`${icon}-512.png`, iconPng(512, shapes, ground)],
  ];
}

/** Every generated public file by its path. */
export function publicFiles(): ReadonlyMap<string, string | Buffer> {
  const files = new Map<string, string | Buffer>([
    ...iconFiles("icon", SHAPES, GROUND),
    ["manifest.webmanifest", manifestOf("Chapar", "icon")],
  ]);
  for (const kind of ["notes", "clock"] as const) {
    for (const [path, content] of iconFiles(kind, NEUTRAL[kind], NEUTRAL_GROUND)) files.set(path, content);
    for (const language of LANGUAGES) {
      const name = readCatalogue(language)[kind === "notes" ? "lockNameNotes" : "lockNameClock"];
      if (name !== undefined) files.set(`${kind}-${language}.webmanifest`, manifestOf(name, kind));
    }
  }
  return files;
}
