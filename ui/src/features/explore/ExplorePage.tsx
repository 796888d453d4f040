import { Button, SegmentedControl, Tooltip } from "@mantine/core";
import { IconLayoutDashboard, IconList } from "@tabler/icons-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { Problem } from "@/api/client";
import { useAsk } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import type { ChartKind } from "@/design/chartOptions";
import { Copy } from "@/design/Copy";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useParam, useRange } from "@/lib/address";
import { csvOf, download } from "./answer";
import { BLANK, draftFrom, kept, queryOf, type Draft } from "./draft";
import { QueryBuilder } from "./QueryBuilder";
import { AnswerCost, Numbers, Picture, spansBehind, titleOf } from "./Result";
import { Ways } from "./Ways";
import css from "./explore.module.css";
import { Link } from "@/design/Link";

const AddToDashboard = lazy(() => import("../dashboards/AddToDashboard"));
const KINDS: { value: ChartKind; label: string }[] = [
  { value: "line", label: "Lines" },
  { value: "area", label: "Areas" },
  { value: "bars", label: "Bars" },
];

/** A Query by hand: everything of it stands in the address. */
export default function ExplorePage() {
  const [written, write] = useParam("q");
  const [kindText, setKind] = useParam("draw", "line");
  const [range] = useRange();
  const draft = useMemo(() => (written ? draftFrom(written) : BLANK), [written]);
  const setDraft = (next: Draft) => write(JSON.stringify(kept(next)));
  const kind = KINDS.find((one) => one.value === kindText)?.value ?? "line";
  return (
    <PageFrame title="Explore" about="Ask anything about spans, scores and metrics" range>
      {draft ? (
        <>
          <Panel>
            <QueryBuilder draft={draft} onChange={setDraft} range={range} />
          </Panel>
          {draft.measure.length > 0 ? (
            <Answered draft={draft} kind={kind} onKind={setKind} />
          ) : (
            <Empty title="Choose a measure">What shall be counted, averaged or summed?</Empty>
          )}
        </>
      ) : (
        <Empty
          title="This address holds no query"
          action={<Button onClick={() => write(null)}>Begin a new one</Button>}
        >
          What stands behind <code>q=</code> is not a Query as JSON. It may have been cut when it was copied.
        </Empty>
      )}
    </PageFrame>
  );
}

function Answered({ draft, kind, onKind }: { draft: Draft; kind: ChartKind; onKind: (kind: string) => void }) {
  const [range] = useRange();
  const navigate = useNavigate();
  const [isAdding, setAdding] = useState(false);
  const query = useMemo(() => queryOf(draft, range), [draft, range]);
  const answer = useAsk(query);
  const spans = spansBehind(query, { by: {}, isOther: false, time: null });
  const title = titleOf(query);
  return (
    <>
      <Panel
        title={title}
        actions={
          <>
            {query.every && (
              <SegmentedControl data={KINDS} value={kind} onChange={onKind} aria-label="How it is drawn" size="xs" />
            )}
            {spans && (
              <Tooltip label="The spans it is made of">
                <Button component={Link} to={spans} variant="default" leftSection={<IconList size={15} />}>
                  Spans
                </Button>
              </Tooltip>
            )}
            <Button variant="default" leftSection={<IconLayoutDashboard size={15} />} onClick={() => setAdding(true)}>
              Add to dashboard
            </Button>
          </>
        }
      >
        <Async of={answer} height={320}>
          {(data) => <Picture answer={data} query={query} kind={kind} onTraces={(to) => void navigate(to)} />}
        </Async>
        {answer.error instanceof Problem && answer.error.position !== null && (
          <p className="dim">The mistake is marked in the filter above.</p>
        )}
        {answer.data && !answer.error && <AnswerCost answer={answer.data} />}
      </Panel>
      {answer.data && !answer.error && answer.data.series.length > 0 && (
        <Panel
          title="Numbers"
          about="A row leads to the spans behind it"
          actions={
            <Button
              variant="default"
              onClick={() => answer.data && download("answer.csv", csvOf(answer.data), "text/csv")}
            >
              CSV
            </Button>
          }
        >
          <Numbers answer={answer.data} query={query} />
        </Panel>
      )}
      <Panel
        title="The same for programs"
        actions={
          <>
            <span className={`dim ${css.shy}`}>Link to this query</span>
            <Copy text={location.href} label="link to this query" />
          </>
        }
      >
        <Ways query={query} />
      </Panel>
      {isAdding && (
        <Suspense fallback={null}>
          <AddToDashboard draft={draft} kind={kind} title={title} onClose={() => setAdding(false)} />
        </Suspense>
      )}
    </>
  );
}
