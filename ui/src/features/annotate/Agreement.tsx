import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, NOTHING, number, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { answerWords } from "./answers";

type Interval = Schemas["AgreementInterval"] | null | undefined;

/** How far people agree on each question, pair by pair, and the items on which they do not. */
export function Agreement({ queue }: { queue: Schemas["AnnotationQueue"] }) {
  const path = { queue_id: queue.id };
  const agreement = useGet("/api/v1/annotations/queues/{queue_id}/agreement", { path });
  const disputed = useGet("/api/v1/annotations/queues/{queue_id}/disagreements", { path, query: { limit: 50 } });
  return (
    <>
      <Panel
        title="Agreement"
        flush
        about="beyond chance: 1 is full, 0 is chance; from 0.67 tentative, from 0.8 dependable (Krippendorff)"
      >
        <Async
          of={agreement}
          height={100}
          isEmpty={(data) => data.items.length === 0}
          empty={
            <Empty title="Nothing to compare yet">
              {queue.annotators > 1
                ? "No item was judged by two people so far."
                : "One person judges each item here. Let two judge it, and this says how far they agree."}
            </Empty>
          }
        >
          {(data) => (
            <Rows
              label="Agreement by question"
              rows={data.items}
              keyOf={(one) => one.criterion}
              columns={[
                { title: "Question", cell: (one) => <b>{one.criterion}</b> },
                { title: "Items", isNumber: true, cell: (one) => count(one.items) },
                { title: "All said the same", isNumber: true, cell: (one) => <Within interval={one.same} isShare /> },
                {
                  title: "Krippendorff's alpha",
                  isNumber: true,
                  cell: (one) => <Within interval={one.alpha} />,
                },
                { title: "Fleiss' kappa", isNumber: true, cell: (one) => <Within interval={one.fleiss} /> },
                {
                  title: "Cohen's kappa by pair",
                  cell: (one) =>
                    one.pairs.map((pair) => (
                      <div key={`${pair.one} ${pair.other}`}>
                        {pair.one} and {pair.other}: <Within interval={pair.kappa ?? null} n={pair.same?.n} />
                      </div>
                    )),
                },
              ]}
            />
          )}
        </Async>
      </Panel>
      <Panel title="Disagreements" flush about="the furthest apart first; settle one by a final answer">
        <Async
          of={disputed}
          height={100}
          isEmpty={(data) => data.items.length === 0}
          empty={<Empty title="Nobody disagrees" />}
        >
          {(data) => (
            <Rows
              label="Items people disagree on"
              rows={data.items}
              keyOf={(one) => one.item.id}
              columns={[
                {
                  title: "Trace",
                  cell: (one) => (
                    <Link to={links.trace(one.item.trace_id, one.item.span_id)} className="link mono">
                      {one.item.trace_id.slice(0, 12)}
                    </Link>
                  ),
                },
                {
                  title: "What was said",
                  cell: (one) =>
                    one.criteria.map((name) => (
                      <div key={name}>
                        <b>{name}</b>{" "}
                        {one.answers.map((given) => (
                          <Tag key={given.annotator}>
                            {given.annotator}: {answerWords(given.values[name])}
                          </Tag>
                        ))}
                      </div>
                    )),
                },
                { title: "Apart", isNumber: true, cell: (one) => percent(one.distance) },
                {
                  title: "Settled",
                  cell: (one) =>
                    one.settled ? (
                      <span className="ok">by {one.settled.annotator}</span>
                    ) : (
                      <Link className="link" to={links.annotate(queue.id, one.item.id, true)}>
                        Settle
                      </Link>
                    ),
                },
              ]}
            />
          )}
        </Async>
      </Panel>
    </>
  );
}

function Within({ interval, isShare = false, n }: { interval: Interval; isShare?: boolean; n?: number }) {
  const say = isShare ? percent : number;
  const size = interval?.n ?? n;
  if (!interval)
    return <span className="dim">{size === undefined ? NOTHING : `too little to say (n = ${count(size)})`}</span>;
  return (
    <span>
      {say(interval.value)}{" "}
      <span className="dim">
        [{say(interval.low)}, {say(interval.high)}], n = {count(interval.n)}
      </span>
    </span>
  );
}
