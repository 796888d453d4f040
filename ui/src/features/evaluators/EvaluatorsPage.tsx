import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { SearchField } from "@/design/SearchField";
import { useParam } from "@/lib/address";
import { count, duration, money } from "@/lib/format";
import { links } from "@/lib/links";
import { EvaluatorDialog } from "./EvaluatorDialog";
import { ExpressionDialog } from "./ExpressionDialog";
import { PassRate } from "./PassRate";
import { fits, originWord, sumOf, type Evaluator } from "./words";
import css from "./evaluators.module.css";

type Rule = Schemas["EvaluationRule"];
const REFRESH_MS = 5000;
const LAGGING_S = 120;

/** The rules that score live traffic, and everything that can score. */
export default function EvaluatorsPage() {
  const go = useNavigate();
  return (
    <PageFrame
      title="Evaluators"
      actions={
        <AdminButton leftSection={<IconPlus size={15} />} onClick={() => void go(links.newRule())}>
          New rule
        </AdminButton>
      }
    >
      <Rules />
      <Evaluators />
    </PageFrame>
  );
}

function Rules() {
  const rules = useGet("/api/v1/evaluations/rules", {}, { refetchInterval: REFRESH_MS });
  const status = useGet("/api/v1/evaluations/status", {}, { refetchInterval: REFRESH_MS });
  const turn = useChange(
    async (rule: Rule) =>
      api.POST("/api/v1/evaluations/rules/{rule_id}/enabled", {
        params: { path: { rule_id: rule.id } },
        body: { enabled: !rule.enabled },
      }),
    {
      touches: ["/api/v1/evaluations"],
      done: (_, rule) =>
        rule.enabled ? `“${rule.name}” is off` : `“${rule.name}” scores what is complete from now on`,
    },
  );
  const workers = status.data?.workers.length ?? 0;
  const isServed = workers > 0 || !rules.data?.items.some((rule) => rule.waiting > 0);
  return (
    <Panel
      title="Rules"
      flush
      about={
        status.data &&
        `${count(status.data.waiting + status.data.running)} waiting, ${workers} ${workers === 1 ? "worker" : "workers"}`
      }
    >
      <Async
        of={rules}
        height={120}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="Nothing is scored by itself yet">
            A rule says which traces are scored, by which evaluators, and how many of them.{" "}
            <Link to={links.newRule()} className="link">
              Make the first one
            </Link>
            : it is tried on real traces before it is in force.
          </Empty>
        }
      >
        {({ items }) => (
          <>
            {!isServed && (
              <p className={css.warning} role="alert">
                Targets wait and no worker was seen in the last half minute: start one with <code>nervure worker</code>,
                or set <code>evaluation_workers</code> to 1 or more.
              </p>
            )}
            <Rows
              label="Rules"
              rows={items}
              keyOf={(rule) => rule.id}
              isDim={(rule) => !rule.enabled}
              columns={[
                {
                  title: "Rule",
                  cell: (rule) => (
                    <>
                      <Link to={links.rule(rule.id)} className="link">
                        <b>{rule.name}</b>
                      </Link>{" "}
                      <Long
                        text={rule.evaluators.map((one) => one.score).join(", ")}
                        className={`dim ${css.evaluators}`}
                      />
                    </>
                  ),
                },
                { title: "State", cell: (rule) => <RuleState of={rule} /> },
                { title: "Scores today", isNumber: true, cell: (rule) => count(sumOf(rule.today, "scored")) },
                {
                  title: "Passed",
                  isNumber: true,
                  cell: (rule) => (
                    <PassRate passed={sumOf(rule.today, "passed")} scored={sumOf(rule.today, "scored")} />
                  ),
                },
                {
                  title: "Failed",
                  isNumber: true,
                  cell: (rule) => {
                    const failed = sumOf(rule.today, "failed");
                    return failed ? <Tag tone="bad">{count(failed)}</Tag> : "0";
                  },
                },
                { title: "Waiting", isNumber: true, cell: (rule) => count(rule.waiting + rule.running) },
                { title: "Lag", isNumber: true, cell: (rule) => duration(rule.lag_s * 1000) },
                { title: "Spent today", isNumber: true, cell: (rule) => money(rule.spent_today_usd) },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (rule) => (
                    <AdminButton
                      variant="default"
                      size="compact-xs"
                      aria-label={`${rule.enabled ? "Turn off" : "Turn on"} ${rule.name}`}
                      onClick={() => turn.mutate(rule)}
                    >
                      {rule.enabled ? "Turn off" : "Turn on"}
                    </AdminButton>
                  ),
                },
              ]}
            />
          </>
        )}
      </Async>
      {turn.error && <Failed error={turn.error} />}
    </Panel>
  );
}

function RuleState({ of: rule }: { of: Rule }) {
  if (rule.problem)
    return (
      <>
        <Tag tone="bad">stopped</Tag> <Long text={rule.problem} className={css.problem} />
      </>
    );
  if (!rule.enabled) return <Tag>off</Tag>;
  return rule.lag_s > LAGGING_S ? <Tag tone="warn">behind</Tag> : <Tag tone="accent">on</Tag>;
}

function Evaluators() {
  const [text, setText] = useParam("search");
  const [shown, setShown] = useParam("evaluator");
  const [isWriting, setWriting] = useState(false);
  const evaluators = useGet("/api/v1/evaluators");
  const found = (evaluators.data?.items ?? []).filter((one) => fits(one, text));
  const chosen = evaluators.data?.items.find((one) => one.name === shown);
  return (
    <Panel
      title="Evaluators"
      flush
      about={evaluators.data && `${found.length} of ${evaluators.data.items.length}`}
      actions={
        <>
          <SearchField label="Search evaluators" value={text} onChange={(value) => setText(value, { replace: true })} />
          <AdminButton variant="default" leftSection={<IconPlus size={14} />} onClick={() => setWriting(true)}>
            Write one
          </AdminButton>
        </>
      }
    >
      <Async of={evaluators} height={240}>
        {() =>
          found.length === 0 ? (
            <Empty title={`No evaluator is called “${text}”`}>
              Names of other packages are known, too: try Faithfulness or ToolCorrectness.{" "}
              <Button variant="default" size="compact-sm" onClick={() => setText(null)}>
                Show all
              </Button>
            </Empty>
          ) : (
            <Rows
              label="Evaluators"
              rows={found}
              keyOf={(one) => one.name}
              columns={[
                {
                  title: "Name",
                  cell: (one) => (
                    <button type="button" className={css.name} onClick={() => setShown(one.name)}>
                      {one.name}
                    </button>
                  ),
                },
                { title: "What it asks", cell: (one) => <What of={one} /> },
                {
                  title: "Needs",
                  cell: (one) => one.needs.join(", ") || one.optional.join(" or ") || "nothing",
                },
                { title: "Kind", cell: (one) => <Tag>{one.group}</Tag> },
                { title: "From", cell: (one) => originWord(one.origin) },
              ]}
            />
          )
        }
      </Async>
      {chosen && <EvaluatorDialog of={chosen} onClose={() => setShown(null)} />}
      {isWriting && <ExpressionDialog onClose={() => setWriting(false)} />}
    </Panel>
  );
}

function What({ of: one }: { of: Evaluator }) {
  if (one.problem) return <Long text={one.problem} className={css.problem} lines={2} />;
  return <Long text={one.summary} lines={2} />;
}
