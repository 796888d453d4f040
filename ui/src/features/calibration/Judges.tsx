import { Progress } from "@mantine/core";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, money } from "@/lib/format";
import { links } from "@/lib/links";
import css from "./calibration.module.css";

type Judge = Schemas["JudgeAnswer"];

/** The judges of the project: what they ask, whom, and for how much. */
export function Judges() {
  const judges = useGet("/api/v1/judges");
  return (
    <Async
      of={judges}
      height={120}
      isEmpty={({ items }) => items.length === 0}
      empty={
        <Panel title="Judges">
          <Empty title="No judges yet">
            A judge is a language model that scores by a rubric, within a spend limit. Name an endpoint first, then make
            a judge; rules use it as <code>judge:name</code>.
          </Empty>
        </Panel>
      }
    >
      {({ items }) => (
        <Panel title="Judges" flush>
          <Rows
            label="Judges"
            rows={items}
            keyOf={(one) => one.id}
            isDim={(one) => one.is_paused}
            columns={[
              {
                title: "Judge",
                cell: (one) => (
                  <>
                    <Link className="plain-link" to={links.calibration(one.name)}>
                      <b>{one.name}</b>
                    </Link>{" "}
                    <span className="dim">v{one.version}</span> {one.is_paused && <Tag>paused</Tag>}
                    <Long text={one.question} className={css.about} />
                  </>
                ),
              },
              { title: "Rubric", cell: (one) => one.rubric },
              {
                title: "Models",
                cell: (one) => one.panel.map((seat, at) => <Tag key={at}>{`${seat.model} at ${seat.endpoint}`}</Tag>),
              },
              { title: "Spent today", isNumber: true, width: "180px", cell: (one) => <Spent of={one} /> },
              { title: "Spent in all", isNumber: true, cell: (one) => money(one.spent.in_all_usd) },
              { title: "Calls", isNumber: true, cell: (one) => count(one.spent.calls) },
            ]}
          />
        </Panel>
      )}
    </Async>
  );
}

/** What of the day's limit is gone. */
export function Spent({ of }: { of: Judge }) {
  const limit = of.usd_per_day;
  const spent = of.spent.day_usd;
  if (limit === null) return <>{money(spent)}</>;
  const share = limit > 0 ? Math.min(100, (spent / limit) * 100) : 100;
  return (
    <>
      {money(spent)} of {money(limit)}
      <Progress
        value={share}
        size="sm"
        color={share >= 90 ? "red" : "teal"}
        aria-label={`Share of the day's limit ${of.name} has spent`}
      />
    </>
  );
}
