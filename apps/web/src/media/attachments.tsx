/* The files of a message: pictures and films as an album, recordings to listen to, everything else to save; and how far they are. */
import { useEffect, useState } from "preact/hooks";
import type { JSX } from "preact";
import { isVisual, isVoice } from "../format/media.ts";
import type { FileView, MessageView } from "../state/client-types.ts";
import { engine, route } from "../state/engine.ts";
import { FileRow } from "./file-row.tsx";
import { Progress } from "./progress.tsx";
import { Tile } from "./tile.tsx";
import { followTransfers, sendingOf } from "./transfers.ts";
import { Voice } from "./voice.tsx";
import css from "./media.module.css";

/** What the engine knows of a message's files; asked again when another route carries, for then more may be fetched unasked (F-143). */
function useFiles(message: MessageView): readonly FileView[] {
  const [files, setFiles] = useState<readonly FileView[]>([]);
  const { state, kind, sinceMs } = route.value;
  const carries = state === "open" ? `${kind} ${sinceMs}` : undefined;
  useEffect(() => {
    let isGone = false;
    void engine()
      .then((client) => client.media.files(message.id))
      .then(
        (found) => isGone || setFiles(found),
        () => undefined,
      );
    return () => (isGone = true);
  }, [message.id, carries]);
  return files;
}

export function Attachments({ message }: { readonly message: MessageView }): JSX.Element {
  followTransfers();
  const files = useFiles(message);
  const all = message.attachments.map((attachment, file) => ({ attachment, file, message, known: files[file] }));
  const pictures = all.filter(({ attachment }) => isVisual(attachment));
  const sending = message.mine ? sendingOf(message.id) : undefined;
  return (
    <div class={css.files}>
      {pictures.length > 0 && (
        <div class={css.album} data-count={Math.min(pictures.length, 4)}>
          {pictures.map((one) => (
            <Tile key={one.file} {...one} isAlone={pictures.length === 1} />
          ))}
        </div>
      )}
      {all
        .filter(({ attachment }) => !isVisual(attachment))
        .map((one) =>
          isVoice(one.attachment) ? <Voice key={one.file} {...one} /> : <FileRow key={one.file} {...one} />,
        )}
      {sending !== undefined && <Progress view={sending} />}
    </div>
  );
}
