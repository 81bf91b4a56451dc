/* What is told of files: before they are here, and while they are on their way. */

/** How a file is shown. */
export type FileKind = "file" | "photo" | "video" | "voice";

/** What is told of a file before it is there: hints of whoever sent it, within bounds (protocol/5-content.md §9). */
export interface MediaFacts {
  readonly kind: FileKind;
  /** pixels, 1 to 32,767; both or neither */
  readonly width?: number;
  readonly height?: number;
  readonly durationMs?: number;
  /** ThumbHash of the picture or the poster, 5 to 40 bytes */
  readonly preview?: Uint8Array;
  /** loudness of a recording, 1 to 64 samples of 0 to 255 */
  readonly wave?: Uint8Array;
}

/** Files on their way. */
export interface TransferView {
  /** base64url of the message id */
  readonly message: string;
  /** base32 of the conversation id */
  readonly conversation: string;
  /** undefined: all files of a message that is being sent */
  readonly file: number | undefined;
  readonly direction: "up" | "down";
  /** `preparing`: being read and sealed · `waiting`: for a route · `stopped`: by what `code` says; can be resumed */
  readonly state: "preparing" | "waiting" | "running" | "paused" | "stopped" | "done";
  /** bytes of the files that are done, and of all */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | undefined;
  readonly code: string | undefined;
}
