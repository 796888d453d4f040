import { Alert, Button } from "@mantine/core";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count, money, NOTHING, number, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { points } from "./Rates";
import css from "./calibration.module.css";

type Told = Schemas["HealthAnswer"];

const WORDS: Record<string, { title: string; color: string }> = {
  judge_moved: { title: "The judge moved, not the model", color: "red" },
  model_moved: { title: "The application moved, not the judge", color: "orange" },
  both_moved: { title: "Both moved", color: "red" },
  steady: { title: "Steady", color: "teal" },
  not_enough_data: { title: "Not enough data to say", color: "gray" },
};

/** Is it the judge that moved, or what it judges? */
export function Health({ judge, score }: { judge: string; score: string }) {
  const health = useGet(
    "/api/v1/judges/{judge}/health",
    { path: { judge }, query: { score } },
    { refetchInterval: (query) => (query.state.data?.is_checking ? 2000 : false) },
  );
  const touches = ["/api/v1/judges"];
  const path = { judge };
  const check = useChange(async () => api.POST("/api/v1/judges/{judge}/check", { params: { path } }), {
    touches,
    done: "The frozen set is being judged again",
  });
  const freeze = useChange(
    async () => api.POST("/api/v1/judges/{judge}/frozen", { params: { path }, body: { from_labels: 50, days: 90 } }),
    { touches, done: (made) => `${made.data?.items.length ?? 0} examples frozen` },
  );
  const error = check.error ?? freeze.error;
  return (
    <Panel
      title="Health of the judge"
      actions={
        <>
          <Button size="xs" variant="default" component={Link} to={links.calibrations()}>
            All judges
          </Button>
          <AdminButton size="xs" variant="default" loading={freeze.isPending} onClick={() => freeze.mutate(undefined)}>
            Freeze 50 labelled examples
          </AdminButton>
          <AdminButton
            size="xs"
            loading={check.isPending || health.data?.is_checking}
            disabled={!health.data?.frozen}
            onClick={() => check.mutate(undefined)}
          >
            Judge them again now
          </AdminButton>
        </>
      }
    >
      {error && <Failed error={error} />}
      <Async of={health} height={160}>
        {(told) => (
          <>
            <Alert
              role="note"
              variant="light"
              color={WORDS[told.verdict]?.color}
              title={WORDS[told.verdict]?.title ?? told.verdict}
            >
              {told.words}
              {told.models_before.join() !== told.models_now.join() && (
                <>
                  {" "}
                  The model that answers changed: {told.models_before.join(", ") || NOTHING} before,{" "}
                  {told.models_now.join(", ") || NOTHING} now.
                </>
              )}
            </Alert>
            <p className={`dim ${css.frozen}`}>
              {count(told.frozen)} frozen examples, {count(told.labelled)} of them with what people say
              {told.agreement &&
                `; judged as people do: ${percent(told.agreement.estimate)} (${percent(told.agreement.low)} – ${percent(told.agreement.high)})`}
              {told.every_s > 0 && `; judged again every ${number(told.every_s / 3600)} h`}
            </p>
            <Checks told={told} />
          </>
        )}
      </Async>
    </Panel>
  );
}

function Checks({ told }: { told: Told }) {
  if (told.checks.length === 0)
    return (
      <Empty title="Never checked">
        Freeze examples people have labelled; they are judged again on schedule, and what moves there is the judge.
      </Empty>
    );
  return (
    <Rows
      label="Rounds over the frozen set"
      rows={[...told.checks].reverse().slice(0, 20)}
      keyOf={(one) => one.id}
      isDim={(one) => one.state !== "done"}
      columns={[
        { title: "When", cell: (one) => <Time at={one.started} relative /> },
        { title: "Version", isNumber: true, cell: (one) => `v${one.version}` },
        { title: "Mean", isNumber: true, cell: (one) => (one.mean === null ? NOTHING : number(one.mean)) },
        {
          title: "Shift (99 %)",
          isNumber: true,
          cell: (one) =>
            one.shift ? (
              <span className={one.shift.is_real ? "bad" : undefined}>
                {points(one.shift.estimate)} ({points(one.shift.low)} – {points(one.shift.high)})
              </span>
            ) : (
              NOTHING
            ),
        },
        { title: "Flips", isNumber: true, cell: (one) => percent(one.flip_rate?.estimate) },
        { title: "No verdict", isNumber: true, cell: (one) => percent(one.abstention?.estimate) },
        { title: "Models", cell: (one) => one.models.join(", ") },
        { title: "Cost", isNumber: true, cell: (one) => money(one.cost_usd) },
        { title: "Problem", cell: (one) => <span className="bad">{one.error}</span> },
      ]}
    />
  );
}
