import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Figure } from "@/design/Figure";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { money, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { both, equals } from "@/lib/query";
import { day } from "@/lib/time";
import { AlertLog } from "./AlertLog";
import { BudgetForm } from "./BudgetForm";
import { BUDGET_STATES } from "./words";

type Budget = Schemas["BudgetAnswer"];
type Line = Schemas["BudgetLine"];
const REFRESH_MS = 60_000;

/** What calls may cost, what they have cost, and what the period will end at; a budget's own page shows its alerts, too. */
export default function BudgetsPage() {
  const { id } = useParams();
  const asked = useGet("/api/v1/budgets", { query: { status: true } }, { refetchInterval: REFRESH_MS });
  const [edited, setEdited] = useState<Budget | "new" | null>(null);
  const [removed, setRemoved] = useState<Budget | null>(null);
  const remove = useChange(
    async (one: Budget) => api.DELETE("/api/v1/budgets/{budget_id}", { params: { path: { budget_id: one.id } } }),
    { touches: ["/api/v1/budgets"], done: (_, one) => `“${one.name}” is removed`, then: () => setRemoved(null) },
  );
  const shown = asked.data?.items.filter((one) => !id || one.id === id) ?? [];
  return (
    <PageFrame
      title={id ? (shown[0]?.name ?? "Budget") : "Budgets"}
      about="What calls may cost, told before it is spent"
      actions={
        <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setEdited("new")}>
          New budget
        </AdminButton>
      }
    >
      <Async
        of={asked}
        height={240}
        isEmpty={() => shown.length === 0}
        empty={
          <Empty title={id ? "There is no such budget" : "No budgets yet"}>
            Limit what calls of a team, a feature or anything else may cost in a day, a week or a month. A gateway can
            ask before each call whether it may go through.
          </Empty>
        }
      >
        {() => (
          <>
            {shown.map((budget) => (
              <Panel
                key={budget.id}
                title={`${budget.name}: ${money(budget.limit_usd)} a ${budget.period}`}
                flush
                actions={
                  <>
                    <AdminButton variant="default" size="compact-sm" onClick={() => setEdited(budget)}>
                      Change
                    </AdminButton>
                    <AdminButton variant="default" size="compact-sm" onClick={() => setRemoved(budget)}>
                      Remove
                    </AdminButton>
                  </>
                }
              >
                <Lines budget={budget} />
              </Panel>
            ))}
            {id && <AlertLog path="/api/v1/budgets/{budget_id}/alerts" params={{ path: { budget_id: id } }} />}
          </>
        )}
      </Async>
      {edited && <BudgetForm before={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      <Confirm
        opened={removed !== null}
        onClose={() => setRemoved(null)}
        title={`Remove “${removed?.name ?? ""}”?`}
        verb="Remove"
        onConfirm={() => removed && remove.mutate(removed)}
        isBusy={remove.isPending}
        error={remove.error}
      >
        Gateways that ask for it are let through from then on.
      </Confirm>
    </PageFrame>
  );
}

function Lines({ budget }: { budget: Budget }) {
  const lines = budget.status ?? [];
  if (lines.length === 0) return <Empty title="Nothing was spent yet">No call of this scope has cost anything.</Empty>;
  return (
    <Rows
      label={budget.name}
      rows={lines}
      keyOf={(line) => JSON.stringify(line.scope)}
      columns={[
        {
          title: "Scope",
          cell: (line) => (
            <Link className="link" to={links.cost({ where: whereOf(line), from: line.from })}>
              {Object.entries(line.scope)
                .map(([name, value]) => `${name}: ${value || "(none)"}`)
                .join(", ") || "everything"}
            </Link>
          ),
        },
        {
          title: "State",
          cell: (line) => <Tag tone={BUDGET_STATES[line.state].tone}>{BUDGET_STATES[line.state].word}</Tag>,
        },
        {
          title: "Spent",
          isNumber: true,
          cell: (line) => (
            <Figure
              value={line.spent_usd}
              unit="USD"
              query={{ measure: "cost.sum", where: whereOf(line), from: line.from, to: "now" }}
            />
          ),
        },
        { title: "Of the limit", isNumber: true, cell: (line) => percent(line.share) },
        { title: "Left", isNumber: true, cell: (line) => money(line.left_usd) },
        {
          title: "By the end",
          isNumber: true,
          cell: (line) =>
            line.projected_usd === null ? (
              <span className="dim">too little history</span>
            ) : (
              <>
                {money(line.projected_usd)}{" "}
                <span className="dim">
                  ({money(line.low_usd)} to {money(line.high_usd)})
                </span>
              </>
            ),
        },
        { title: "Resets", cell: (line) => day(line.to) },
      ]}
    />
  );
}

function whereOf(line: Line): string {
  return Object.entries(line.scope).reduce((where, [name, value]) => both(where, equals(name, value)), "");
}
