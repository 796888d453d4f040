import { Select } from "@mantine/core";
import { useMemo, useState } from "react";
import { useGet, type Schemas } from "@/api/hooks";
import { Tag } from "@/design/Badges";
import { count } from "@/lib/format";
import { contentOf, type Content, type Document } from "./content";
import { markedScores, marksOf, pieces, type Mark } from "./marks";
import type { Outline } from "./outline";
import { Section } from "./Value";
import { scoreWords } from "./words";
import css from "./grounds.module.css";

type Score = Schemas["Score"];

/** The answer with the passages an evaluator marked, beside the documents it was held against. */
export function Grounds({ content, outline, scores }: { content: Content; outline: Outline; scores: Score[] }) {
  const marked = useMemo(() => markedScores(scores, content.span_id), [scores, content.span_id]);
  const [chosen, setChosen] = useState("");
  const score = marked.find((one) => one.id === chosen) ?? marked[0];
  if (!score || !content.output_text) return null;
  return (
    <Section
      title={`Marked by ${score.evaluator || score.name}`}
      actions={
        marked.length > 1 && (
          <Select
            aria-label="Whose marks"
            allowDeselect={false}
            value={score.id}
            onChange={(value) => setChosen(value ?? "")}
            data={marked.map((one) => ({ value: one.id, label: `${one.name} ${scoreWords(one)}` }))}
          />
        )
      }
    >
      <Marked key={score.id} score={score} content={content} outline={outline} />
    </Section>
  );
}

function Marked({ score, content, outline }: { score: Score; content: Content; outline: Outline }) {
  const marks = useMemo(() => marksOf(score).filter((mark) => (mark.field || "output") === "output"), [score]);
  const parts = useMemo(() => pieces(content.output_text, marks), [content.output_text, marks]);
  const documents = useDocuments(content, outline);
  const [active, setActive] = useState<Mark | null>(null);
  return (
    <div className={css.grounds}>
      <div>
        <p className="dim">
          {score.name} {scoreWords(score)}: {count(marks.length)} {marks.length === 1 ? "passage" : "passages"} marked
        </p>
        <div className={css.answer} role="region" aria-label="Answer with marks">
          {parts.map((part, at) => {
            if (!part.mark) return <span key={at}>{part.text}</span>;
            const mark = part.mark;
            return (
              <button
                key={at}
                type="button"
                className={`${css.mark} ${mark === active ? css.active : ""}`}
                aria-pressed={mark === active}
                title={mark.label}
                onClick={() => setActive(mark === active ? null : mark)}
              >
                <mark>{part.text}</mark>
                <sup className={css.number}>{part.number}</sup>
              </button>
            );
          })}
        </div>
        {active && (
          <div className={css.why} role="status">
            <Tag tone="bad">{active.label}</Tag>{" "}
            {typeof active.score === "number" && <span className="num">support {active.score.toFixed(2)}</span>}
            {active.evidence ? (
              <p>
                Nearest passage: <q>{active.evidence}</q>
              </p>
            ) : (
              <p className="dim">Nothing in the documents comes near.</p>
            )}
          </div>
        )}
      </div>
      <div role="region" aria-label="Documents it was held against">
        <p className="dim">
          {documents.length ? `${count(documents.length)} documents` : "No documents were recorded"}
        </p>
        {documents.map((document, at) => (
          <div key={at} className={`${css.document} ${active?.document === at ? css.near : ""}`}>
            <span className="mono dim">
              {at + 1}. {document.id}
            </span>
            <div className={css.text}>
              <Evidence text={document.content ?? ""} evidence={active?.document === at ? active.evidence : null} />
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}

function Evidence({ text, evidence }: { text: string; evidence?: string | null }) {
  const at = evidence ? text.indexOf(evidence) : -1;
  if (at < 0 || !evidence) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <mark className={css.found}>{evidence}</mark>
      {text.slice(at + evidence.length)}
    </>
  );
}

/** The span's own documents, else those of the trace's first retriever. */
function useDocuments(content: Content, outline: Outline): Document[] {
  const place = outline.ids.findIndex((_, at) => ["retriever", "reranker"].includes(outline.kind(at)));
  const spanId = content.documents.length || place < 0 ? "" : outline.ids[place]!;
  const asked = useGet(
    "/api/v1/spans/{trace_id}/{span_id}",
    { path: { trace_id: content.trace_id, span_id: spanId } },
    { enabled: spanId !== "", staleTime: 60_000 },
  );
  return useMemo(
    () => (content.documents.length ? content.documents : asked.data ? contentOf(asked.data).documents : []),
    [content.documents, asked.data],
  );
}
