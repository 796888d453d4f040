import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Figure } from "@/design/Figure";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { percent } from "@/lib/format";
import { links } from "@/lib/links";
import { BudgetBar } from "./BudgetBar";
import { SloForm } from "./SloForm";
import { promise, SLO_STATES, within } from "./words";

type Slo = Schemas["SloAnswer"];
const REFRESH_MS = 60_000;
const URGENCY = ["page", "exhausted", "ticket", "ok", "no_data"];

/** What is promised, and how each promise stands: what burns comes first. */
export default function SlosPage() {
  const slos = useGet("/api/v1/slos", { query: { status: true } }, { refetchInterval: REFRESH_MS });
  const [isMaking, setMaking] = useState(false);
  const go = useNavigate();
  return (
    <PageFrame
      title="Service levels"
      about="What is promised of a service, and how much of its error budget is left"
      actions={
        <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
          New SLO
        </AdminButton>
      }
    >
      <Async
        of={slos}
        height={240}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="Nothing is promised yet">
            Promise a share of good answers: without an error, fast enough, or good enough by a score. You see what is
            left of the error budget, and are told when it burns too fast.
          </Empty>
        }
      >
        {({ items }) => (
          <Panel flush>
            <Rows
              label="Service levels"
              rows={[...items].sort(byUrgency)}
              keyOf={(slo) => slo.id}
              columns={[
                {
                  title: "Name",
                  cell: (slo) => (
                    <>
                      <Link className="link" to={links.slo(slo.id)}>
                        <b>{slo.name}</b>
                      </Link>
                      <div className="dim">{promise(slo)}</div>
                    </>
                  ),
                },
                {
                  title: "State",
                  cell: (slo) => {
                    const state = SLO_STATES[slo.status!.state];
                    return <Tag tone={state.tone}>{state.word}</Tag>;
                  },
                },
                {
                  title: "Good",
                  isNumber: true,
                  cell: (slo) => <Good slo={slo} />,
                },
                {
                  title: "Error budget",
                  cell: (slo) => <BudgetBar left={slo.status!.budget_left} />,
                  width: "180px",
                },
                {
                  title: "Ends in",
                  isNumber: true,
                  cell: (slo) => {
                    const seconds = slo.status!.exhausted_in_s;
                    return seconds === null ? "–" : seconds === 0 ? "spent" : within(seconds);
                  },
                },
                { title: "Team", cell: (slo) => slo.team || <span className="dim">–</span> },
              ]}
            />
          </Panel>
        )}
      </Async>
      {isMaking && <SloForm onClose={() => setMaking(false)} onMade={(made) => void go(links.slo(made.id))} />}
    </PageFrame>
  );
}

/** The share of good events of the period with its interval. */
export function Good({ slo }: { slo: Slo }) {
  const status = slo.status!;
  return (
    <Figure
      value={status.good_ratio}
      unit="ratio"
      low={status.low}
      high={status.high}
      n={status.valid}
      query={{ measure: "count", where: slo.valid_where, from: `-${slo.period_days}d`, to: "now" }}
    >
      {status.good_ratio === null ? undefined : percent(status.good_ratio)}
    </Figure>
  );
}

function byUrgency(one: Slo, other: Slo): number {
  return (
    URGENCY.indexOf(one.status!.state) - URGENCY.indexOf(other.status!.state) || one.name.localeCompare(other.name)
  );
}
