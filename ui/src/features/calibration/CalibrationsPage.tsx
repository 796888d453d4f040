import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { EndpointForm } from "./EndpointForm";
import { EmbeddingsSpent } from "./EmbeddingsSpent";
import { Endpoints } from "./Endpoints";
import { JudgeForm } from "./JudgeForm";
import { Judges } from "./Judges";
import css from "./calibration.module.css";

/** Every score machines make, and how many of their targets people have judged; the judges and what they spend. */
export default function CalibrationsPage() {
  const names = useGet("/api/v1/calibration");
  const [making, setMaking] = useState<"judge" | "endpoint" | null>(null);
  return (
    <PageFrame
      title="Calibration"
      about="Scores by machines, held against people"
      actions={
        <>
          <AdminButton variant="default" onClick={() => setMaking("endpoint")}>
            New endpoint
          </AdminButton>
          <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setMaking("judge")}>
            New judge
          </AdminButton>
        </>
      }
    >
      <Async
        of={names}
        height={200}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No machine has scored anything yet">
            Make a rule that scores live traffic, then label some of its answers in an annotation queue whose criterion
            has the same name as the score.
            <div className={css.after}>
              <Button component={Link} variant="default" to={links.evaluators()}>
                Evaluators
              </Button>
            </div>
          </Empty>
        }
      >
        {({ items }) => (
          <Panel title="Scores by machines" flush>
            <Rows
              label="Scores by machines"
              rows={items}
              keyOf={(one) => one.name}
              columns={[
                {
                  title: "Score",
                  cell: (one) => (
                    <Link className="plain-link" to={links.calibration(one.name)}>
                      <b>{one.name}</b>
                    </Link>
                  ),
                },
                {
                  title: "Made by",
                  cell: (one) => one.evaluators.map((evaluator) => <Tag key={evaluator}>{evaluator}</Tag>),
                },
                { title: "Scores", isNumber: true, cell: (one) => count(one.scores) },
                {
                  title: "Judged by people",
                  isNumber: true,
                  cell: (one) => (one.labels > 0 ? count(one.labels) : <span className="dim">none</span>),
                },
                { title: "Newest", cell: (one) => <Time at={one.last} relative /> },
              ]}
            />
          </Panel>
        )}
      </Async>
      <Judges />
      <Endpoints />
      <EmbeddingsSpent />
      {making === "endpoint" && <EndpointForm onClose={() => setMaking(null)} />}
      {making === "judge" && <JudgeForm onClose={() => setMaking(null)} />}
    </PageFrame>
  );
}
