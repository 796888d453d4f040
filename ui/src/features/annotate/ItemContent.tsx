import { Empty } from "@/design/Async";
import { Json } from "@/design/Code";
import { Markdown } from "@/design/Markdown";
import type { Message } from "@/features/trace/content";
import { MessageView, TextView } from "@/features/trace/MessageView";
import { number } from "@/lib/format";
import css from "./annotate.module.css";

interface Document {
  id?: string;
  content?: unknown;
  score?: number | null;
}

/** What went in, what came out, and the documents in between. */
export function ItemContent({ content }: { content: Record<string, unknown> | null | undefined }) {
  if (!content)
    return <Empty title="Its content is not there">It was never recorded, or its retention has passed.</Empty>;
  const documents = Array.isArray(content.documents) ? (content.documents as Document[]) : [];
  return (
    <>
      <Side title="Input" value={content.input} />
      <Side title="Output" value={content.output} />
      {documents.length > 0 && (
        <section className={css.part} aria-label="Documents">
          <h3>Documents</h3>
          {documents.map((one, at) => (
            <details key={at} open={at < 3}>
              <summary>
                {at + 1}. {one.id || "document"}
                {typeof one.score === "number" && <span className="dim"> · {number(one.score)}</span>}
              </summary>
              {typeof one.content === "string" ? <Markdown text={one.content} /> : <Json value={one.content} />}
            </details>
          ))}
        </section>
      )}
    </>
  );
}

function Side({ title, value }: { title: string; value: unknown }) {
  if (value === undefined || value === null) return null;
  const isMessages = Array.isArray(value) && value.every((one) => Array.isArray((one as Message | null)?.parts));
  return (
    <section className={css.part} aria-label={title}>
      <h3>{title}</h3>
      {isMessages ? (
        (value as Message[]).map((message, at) => <MessageView key={at} message={message} clamps={false} />)
      ) : typeof value === "string" ? (
        <TextView text={value} clamps={false} />
      ) : (
        <Json value={value} label={title} />
      )}
    </section>
  );
}
