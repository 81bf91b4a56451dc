/* How far and where one looks into a picture. */

/** `x` and `y` in pixels from the middle, as it is shown. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

/** The whole picture. */
export const NO_ZOOM: Zoom = { scale: 1, x: 0, y: 0 };
const MAX_SCALE = 8;
/** A picture can be moved until its middle reaches about the screen's edge. */
const REACH_PX = 700;

/** A zoom after a change; never smaller than the whole, and the whole stays in the middle. */
export function zoomed(zoom: Zoom, by: { readonly scale?: number; readonly x?: number; readonly y?: number }): Zoom {
  const scale = Math.min(MAX_SCALE, Math.max(1, zoom.scale * (by.scale ?? 1)));
  if (scale === 1) return NO_ZOOM;
  const reach = REACH_PX * (scale - 1);
  const within = (value: number): number => Math.min(reach, Math.max(-reach, value));
  const ratio = scale / zoom.scale;
  return { scale, x: within(zoom.x * ratio + (by.x ?? 0)), y: within(zoom.y * ratio + (by.y ?? 0)) };
}
