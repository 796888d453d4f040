import type { Schemas } from "@/api/hooks";
import { Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { Rows } from "@/design/Rows";
import { count, duration, money, number, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { pieces } from "./words";
import css from "./evaluators.module.css";

type Answer = Schemas["EvaluatorTrialAnswer"];
type Item = Schemas["TriedTarget"];
type Verdict = Schemas["VerdictAnswer"];

/** What a rule's evaluators say of real targets, before it is in force. */
export function Preview({ of: answer }: { of: Answer }) {
  if (answer.items.length === 0)
    return (
      <Empty title="Nothing passes the filter">
        No complete trace of the last week passes it: widen it, or send some traffic first.
      </Empty>
    );
  return (
    <>
      <Rows
        label="Evaluators over all that was tried"
        rows={answer.evaluators}
        keyOf={(one) => one.name}
        columns={[
          { title: "Score", cell: (one) => <b>{one.name}</b> },
          { title: "Scored", isNumber: true, cell: (one) => count(one.scored) },
          {
            title: "Passed",
            isNumber: true,
            cell: (one) =>
              one.pass_rate ? (
                <>
                  {percent(one.pass_rate.value)}{" "}
                  <span className="dim">
                    {percent(one.pass_rate.low)}–{percent(one.pass_rate.high)}
                  </span>
                </>
              ) : (
                "–"
              ),
          },
          { title: "Mean", isNumber: true, cell: (one) => (one.mean ? number(one.mean.value) : "–") },
          { title: "Skipped", isNumber: true, cell: (one) => count(one.skipped) },
          {
            title: "Failed",
            isNumber: true,
            cell: (one) => (one.failed ? <Tag tone="bad">{count(one.failed)}</Tag> : "0"),
          },
          { title: "Cost", isNumber: true, cell: (one) => (one.cost_usd === null ? "–" : money(one.cost_usd)) },
        ]}
      />
      <p className="dim">
        {count(answer.items.length)} targets in {duration(answer.seconds * 1000)}. Nothing of this is stored.
      </p>
      {answer.items.map((item) => (
        <Tried key={item.id} of={item} />
      ))}
    </>
  );
}

function Tried({ of: item }: { of: Item }) {
  const marks = item.verdicts.flatMap((verdict) => verdict.marks);
  return (
    <article className={css.item} aria-label={`Target ${item.id}`}>
      <div className={css.label}>
        <Link to={links.trace(item.trace_id, item.output_span || undefined)} className="link">
          {item.id.slice(0, 12)}…
        </Link>
        , began <Time at={item.start} relative />
      </div>
      {item.input && (
        <>
          <div className={css.label}>Asked</div>
          <p className={css.text}>{item.input}</p>
        </>
      )}
      {item.output && (
        <>
          <div className={css.label}>Answered</div>
          <p className={css.text}>
            {pieces(item.output, marks).map((piece, at) =>
              piece.mark ? (
                <mark
                  key={at}
                  title={`${piece.mark.label}${piece.mark.evidence ? `; nearest: ${piece.mark.evidence}` : ""}`}
                >
                  {piece.text}
                </mark>
              ) : (
                piece.text
              ),
            )}
          </p>
        </>
      )}
      {item.documents.length > 0 && (
        <details>
          <summary className={css.label}>{count(item.documents.length)} documents</summary>
          {item.documents.map((document, at) => (
            <p key={at} className={css.text}>
              {document}
            </p>
          ))}
        </details>
      )}
      <ul className={css.verdicts}>
        {item.verdicts.map((verdict) => (
          <li key={verdict.name}>
            <Long text={verdict.name} />
            <Outcome of={verdict} />
            <Long text={verdict.explanation} className="dim" lines={2} />
          </li>
        ))}
      </ul>
    </article>
  );
}

function Outcome({ of: verdict }: { of: Verdict }) {
  if (verdict.state === "failed") return <Tag tone="bad">failed</Tag>;
  if (verdict.state === "skipped") return <span className="dim">skipped</span>;
  return (
    <Tag tone={verdict.passed ? "plain" : "bad"}>
      {`${number(verdict.score)} ${verdict.passed ? "✓" : "✗"}`}
      <span className="visually-hidden">{verdict.passed ? " passed" : " did not pass"}</span>
    </Tag>
  );
}
