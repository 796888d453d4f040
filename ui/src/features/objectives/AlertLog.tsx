import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { ToIncident } from "@/features/incidents/ToIncident";
import css from "./objectives.module.css";

type Props =
  | { path: "/api/v1/slos/{slo_id}/alerts"; params: { path: { slo_id: string } } }
  | { path: "/api/v1/budgets/{budget_id}/alerts"; params: { path: { budget_id: string } } };

/** Alerts that came and went, newest first. */
export function AlertLog({ path, params }: Props) {
  const asked = useGet(path, params as never, { refetchInterval: 60_000 });
  return (
    <Panel title="History of alerts" flush>
      <Async
        of={asked}
        height={80}
        isEmpty={({ items }) => items.length === 0}
        empty={<Empty title="No alert yet">It is looked at every minute.</Empty>}
      >
        {({ items }) => (
          <Rows
            label="History of alerts"
            rows={items}
            keyOf={(alert) => `${alert.start} ${alert.text}`}
            columns={[
              { title: "Urgency", cell: (alert) => <Tag tone={alert.end ? "plain" : "bad"}>{alert.severity}</Tag> },
              { title: "What", cell: (alert) => <span className={css.said}>{alert.text}</span> },
              { title: "From", cell: (alert) => <Time at={alert.start} /> },
              { title: "To", cell: (alert) => (alert.end ? <Time at={alert.end} /> : "still") },
              { title: "Incident", cell: (alert) => <ToIncident id={alert.incident} /> },
            ]}
          />
        )}
      </Async>
    </Panel>
  );
}
