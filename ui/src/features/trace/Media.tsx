/* eslint-disable jsx-a11y/media-has-caption -- what people say to a model, and it to them, comes without captions */
import { Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { headers, problemOf } from "@/api/client";
import { bytes } from "@/lib/format";
import type { Part } from "./content";

const SHOWN = /^(image\/(png|jpeg|gif|webp)|audio\/|video\/)/;

/** A picture, sound or film of a message. Stored ones are fetched when they are drawn; addresses elsewhere stay links. */
export function Media({ part }: { part: Part }) {
  const mime = part.mime_type ?? "";
  const what = part.modality || mime || "file";
  if (part.sha256) return <Stored sha256={part.sha256} mime={mime} what={what} size={part.bytes} />;
  if (part.type === "blob" && typeof part.content === "string")
    return <Shown source={`data:${mime};base64,${part.content}`} mime={mime} what={what} />;
  if (part.uri?.startsWith("data:"))
    return <Shown source={part.uri} mime={part.uri.slice(5, part.uri.indexOf(";"))} what={what} />;
  if (part.uri && /^https?:/.test(part.uri))
    return (
      // Loading it would tell its owner who looks at this trace.
      <a className="link" href={part.uri} target="_blank" rel="noreferrer noopener">
        {what} at {part.uri}
      </a>
    );
  return (
    <span className="dim">
      {what} {part.file_id ?? part.uri ?? ""} (not recorded)
    </span>
  );
}

function Stored({ sha256, mime, what, size }: { sha256: string; mime: string; what: string; size?: number }) {
  const found = useQuery({
    queryKey: ["media", sha256],
    staleTime: Infinity,
    queryFn: async ({ signal }) => {
      const response = await fetch(`/api/v1/media/${sha256}?mime_type=${encodeURIComponent(mime)}`, {
        headers: headers(),
        signal,
      });
      if (!response.ok) throw await problemOf(response);
      return response.blob();
    },
  });
  const source = useMemo(() => (found.data ? URL.createObjectURL(found.data) : ""), [found.data]);
  useEffect(() => () => URL.revokeObjectURL(source), [source]);
  if (found.error) return <span className="dim">{`${what} (${bytes(size)}): ${found.error.message}`}</span>;
  if (!source) return <Loader size="xs" aria-label={`Loading ${what}`} />;
  return <Shown source={source} mime={mime} what={what} size={size} />;
}

function Shown({ source, mime, what, size }: { source: string; mime: string; what: string; size?: number }) {
  const name = size === undefined ? what : `${what}, ${bytes(size)}`;
  if (!SHOWN.test(mime))
    return (
      <a className="link" href={source} download={`${what}`}>
        Download {name}
      </a>
    );
  if (mime.startsWith("image/"))
    return <img src={source} alt={name} loading="lazy" style={{ maxWidth: "100%", maxHeight: 360, borderRadius: 6 }} />;
  return mime.startsWith("audio/") ? (
    <audio controls src={source} aria-label={name} />
  ) : (
    <video controls src={source} aria-label={name} style={{ maxWidth: "100%" }} />
  );
}
