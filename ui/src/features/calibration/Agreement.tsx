import type { Schemas } from "@/api/hooks";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { NOTHING, number } from "@/lib/format";

type Told = Schemas["CalibrationAnswer"];
interface Measure {
  name: string;
  of: Schemas["CalibratedRange"] | null | undefined;
}

/** How far the evaluator agrees with people, each figure with its interval. */
export function Agreement({ told }: { told: Told }) {
  const measures: Measure[] = [
    { name: "AUROC", of: told.auroc },
    { name: "Cohen's kappa", of: told.kappa },
    { name: "Accuracy", of: told.accuracy },
    { name: "Precision", of: told.precision },
    { name: "Recall", of: told.recall },
    { name: "F1", of: told.f1 },
    { name: "Failures: precision", of: told.of_no?.precision },
    { name: "Failures: recall", of: told.of_no?.recall },
    { name: "Failures: F1", of: told.of_no?.f1 },
  ];
  return (
    <Panel title="Agreement with people" about={`at the threshold ${number(told.threshold)}`} flush>
      <Rows
        label="Agreement with people"
        rows={measures}
        keyOf={(one) => one.name}
        columns={[
          { title: "Measure", cell: (one) => one.name },
          { title: "Value", isNumber: true, cell: (one) => (one.of ? one.of.estimate.toFixed(3) : NOTHING) },
          {
            title: "95 % interval",
            isNumber: true,
            cell: (one) => (one.of ? `${one.of.low.toFixed(3)} – ${one.of.high.toFixed(3)}` : "not enough labels"),
          },
        ]}
      />
    </Panel>
  );
}
