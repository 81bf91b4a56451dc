/* A file on its way into the next message, as the composer and what prepares it both know it. */
import type { MediaFacts } from "../state/client-types.ts";

/** How much of a photo is sent. */
export type Quality = "tiny" | "normal" | "original";

/** One copy of a photo. */
export interface PhotoVersion {
  readonly blob: Blob;
  readonly width: number;
  readonly height: number;
}

/** A photo in every quality that is worth choosing. */
export interface PreparedPhoto {
  /** `original` is always there */
  readonly versions: Readonly<Partial<Record<Quality, PhotoVersion>>> & { readonly original: PhotoVersion };
  /** its ThumbHash */
  readonly preview: Uint8Array;
}

/** A file that goes with the next message. */
export interface OutgoingItem {
  readonly id: number;
  readonly fileName: string;
  readonly mediaType: string;
  readonly facts: MediaFacts;
  readonly blob: Blob;
  /** of a photo */
  readonly photo: PreparedPhoto | undefined;
  readonly previewUrl: string | undefined;
}
