/*
 * A QR code as one path. Dark on light in both themes: many readers do not see the inverse.
 */
import type { JSX } from "preact";
import { encode } from "uqr";
import css from "./qr-panel.module.css";

/** Modules of white around the code that readers need (ISO/IEC 18004: four). */
const QUIET = 4;

/** The dark modules of a text as an SVG path, and the side length with its quiet zone. */
function qrPath(text: string): { readonly path: string; readonly side: number } {
  const { data, size } = encode(text, { ecc: "L", border: 0 });
  let path = "";
  for (const [y, row] of data.entries()) {
    for (let x = 0; x < size; x += 1) {
      if (row[x] !== true) continue;
      const from = x;
      while (row[x + 1] === true) x += 1;
      path += `M${from + QUIET} ${y + QUIET}h${x - from + 1}v1h-${x - from + 1}z`;
    }
  }
  return { path, side: size + 2 * QUIET };
}

export function QrPanel({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const { path, side } = qrPath(text);
  return (
    <svg class={css.qr} viewBox={`0 0 ${side} ${side}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <path d={`M0 0h${side}v${side}H0z`} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
