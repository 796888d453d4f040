import { Alert } from "@mantine/core";
import { useParams } from "react-router";
import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { count } from "@/lib/format";
import { Agreement } from "./Agreement";
import { Curve } from "./Curve";
import { Disagreements } from "./Disagreements";
import { Health } from "./Health";
import { Rates } from "./Rates";
import { Thresholds } from "./Thresholds";
import css from "./calibration.module.css";

/** Labels are few and slow to come: what is compared reaches far back unless the address says otherwise. */
const FAR = "-90d";

/** One evaluator held against people. */
export default function CalibrationPage() {
  const { score = "" } = useParams();
  const [from] = useParam("from", FAR);
  const [to] = useParam("to", "now");
  const [threshold, setThreshold] = useParam("threshold");
  const [falsePass, setFalsePass] = useParam("false_pass", "1");
  const [falseFail, setFalseFail] = useParam("false_fail", "1");
  const query = {
    from,
    to,
    threshold: threshold ? Number(threshold) : undefined,
    cost_false_pass: Number(falsePass),
    cost_false_fail: Number(falseFail),
  };
  const asked = useGet("/api/v1/calibration/{score}", { path: { score }, query }, { keep: true });
  return (
    <PageFrame title={score} about="Held against people">
      <Async of={asked} height={320}>
        {(told) => (
          <div className={css.column}>
            <div className={css.facts}>
              {told.evaluators.map((one) => (
                <Tag key={one}>{one}</Tag>
              ))}
              <span className="dim">
                {count(told.n)} targets judged by both ({count(told.yes)} yes, {count(told.no)} no
                {told.undecided > 0 && `, ${count(told.undecided)} undecided`}); labels of “{told.labels}”
              </span>
            </div>
            {told.notes.map((note) => (
              <Alert key={note} role="note" variant="light" color="yellow" className={css.note}>
                {note}
              </Alert>
            ))}
            <Rates told={told} from={from} to={to} />
            {told.confusion ? (
              <>
                <Thresholds
                  told={told}
                  wanted={threshold ? Number(threshold) : null}
                  onThreshold={(at) => setThreshold(at === null ? null : String(at), { replace: true })}
                  falsePass={falsePass}
                  falseFail={falseFail}
                  onFalsePass={(cost) => setFalsePass(cost, { replace: true })}
                  onFalseFail={(cost) => setFalseFail(cost, { replace: true })}
                />
                <div className={css.even}>
                  <Agreement told={told} />
                  <Curve told={told} />
                </div>
                <Disagreements told={told} />
              </>
            ) : (
              <Panel title="Agreement">
                <Empty title="Nobody has judged the same answers yet">
                  Label some in an annotation queue whose criterion is called “{told.labels}”: thirty of each kind give
                  a first idea, and the rate above is corrected by them at once.
                </Empty>
              </Panel>
            )}
            {told.judge && <Health judge={told.judge} score={score} />}
          </div>
        )}
      </Async>
    </PageFrame>
  );
}
