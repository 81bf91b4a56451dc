/* Files of a message as apps see them. */
import { cleanFileName } from "@chapar/wire/content";
import type { AttachmentView } from "../api.ts";
import type { ToldFile } from "./letter.ts";

/** In the order of their parts. */
export function attachmentViews(files: readonly ToldFile[]): readonly AttachmentView[] {
  return files.map(({ part, facts }): AttachmentView => {
    const { filename, contentType, size } = part;
    return { fileName: cleanFileName(filename), mediaType: contentType, sizeBytes: Number(size), facts };
  });
}
