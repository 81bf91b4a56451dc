/*
 * The card of a link (protocol/5-content.md §12): what the sender's device read of the page. Nothing is fetched for it, and the host that it
 * names is that of the link itself. It opens as the link in the text does: one that may be taken for another is asked about first.
 */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { plainText } from "../format/bidi.ts";
import { textParts } from "../format/links.ts";
import type { MessageView, PreviewView } from "../state/client-types.ts";
import { askFirst } from "../ui/linked-text.tsx";
import css from "./preview.module.css";

function Picture({
  of: { bytes, mediaType, width, height },
}: {
  readonly of: NonNullable<PreviewView["picture"]>;
}): JSX.Element | null {
  const [url, setUrl] = useState<string | undefined>(undefined);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: mediaType }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes]);
  // Bytes that no picture can be drawn of leave a card without one.
  return (
    <span class={css.picture} style={{ aspectRatio: String(Math.min(3, Math.max(1.6, width / height))) }}>
      {url !== undefined && <img src={url} alt="" decoding="async" onError={() => setUrl(undefined)} />}
    </span>
  );
}

export function PreviewPart({ message: { preview } }: { readonly message: MessageView }): JSX.Element | null {
  const [link] = preview === undefined ? [] : textParts(preview.address);
  if (preview === undefined || link?.href === undefined) return null;
  const asks = link.doubtful === undefined ? undefined : askFirst(link.doubtful);
  return (
    <a class={css.card} href={link.href} target="_blank" rel="noopener noreferrer" onClick={asks} onAuxClick={asks}>
      {preview.picture !== undefined && <Picture of={preview.picture} />}
      <span class={css.title} dir="auto">
        {plainText(preview.title)}
      </span>
      {preview.description !== "" && (
        <span class={css.description} dir="auto">
          {plainText(preview.description)}
        </span>
      )}
      <bdi class={css.host} dir="ltr">
        {preview.host}
      </bdi>
    </a>
  );
}
