import type { Schemas } from "@/api/hooks";
import { Empty } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, number, percent } from "@/lib/format";
import { links } from "@/lib/links";

/** Where the evaluator and people differ most: the quickest way to a better rubric. */
export function Disagreements({ told }: { told: Schemas["CalibrationAnswer"] }) {
  if (told.disagreements.length === 0)
    return (
      <Panel title="Disagreements">
        <Empty title="None at this threshold" />
      </Panel>
    );
  return (
    <Panel title="Disagreements" about="the widest first" flush>
      <Rows
        label="Disagreements"
        rows={told.disagreements}
        keyOf={(one) => `${one.trace_id}/${one.target_id}`}
        columns={[
          {
            title: "Target",
            cell: (one) => (
              <Link
                to={links.trace(one.trace_id || one.target_id, one.target_type === "span" ? one.target_id : undefined)}
              >
                <code>{(one.trace_id || one.target_id).slice(0, 16)}</code>
              </Link>
            ),
          },
          { title: "Machine", isNumber: true, cell: (one) => number(one.machine) },
          { title: "People say yes", isNumber: true, cell: (one) => percent(one.human) },
          { title: "People", isNumber: true, cell: (one) => count(one.people) },
          { title: "By", cell: (one) => one.evaluator },
          { title: "Scored", cell: (one) => <Time at={one.time} relative /> },
        ]}
      />
    </Panel>
  );
}
