import { ActionIcon, Tooltip } from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import type { Answer } from "@/api/hooks";
import { Async, Empty, type Asked } from "@/design/Async";
import { Figure } from "@/design/Figure";
import { Panel } from "@/design/PageFrame";
import { RankTable, type RankColumn } from "@/design/RankTable";
import { useKeepRange, useRange, useWhere } from "@/lib/address";
import { count, money, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { both, equals } from "@/lib/query";
import { cachedShare, type Spent } from "./classes";
import { titleOf } from "./dimensions";

interface Props {
  where: string;
  by: string;
  spending: Asked<Answer<"/api/v1/spending">>;
}

const CALLS = 'kind in ("llm", "embedding", "reranker")';

/** The bill by value of one field. A name leads to its calls, the dearest first; the funnel narrows the page to it. */
export function ByDimension({ where, by, spending }: Props) {
  const [range] = useRange();
  const keep = useKeepRange();
  const [, setWhere] = useWhere();
  const total = spending.data?.totals.total ?? 0;
  const whereOf = (row: Spent) => both(where, equals(by, row.value ?? ""));
  const columns: RankColumn<Spent>[] = [
    {
      id: "cost",
      title: "Cost",
      about: "≥: some of its calls have no price. A dash: none has one.",
      value: (row) => row.total,
      cell: (row) => (
        <Figure value={row.total} unit="USD" query={{ measure: "cost.sum", where: whereOf(row), ...range }}>
          {row.unpriced > 0 && row.total !== null ? `≥ ${money(row.total)}` : undefined}
        </Figure>
      ),
    },
    {
      id: "share",
      title: "Share",
      value: (row) => row.total,
      cell: (row) => percent(row.total === null || !total ? null : row.total / total),
      minor: true,
    },
    { id: "calls", title: "Calls", value: (row) => row.calls, cell: (row) => count(row.calls) },
    {
      id: "per",
      title: "Per call",
      value: perCall,
      cell: (row) => money(perCall(row)),
      minor: true,
    },
    {
      id: "tokens",
      title: "Tokens",
      value: tokens,
      cell: (row) => count(tokens(row)),
      minor: true,
    },
    {
      id: "cached",
      title: "Cached",
      about: "Share of the prompt tokens that came from the provider's cache",
      value: (row) => cachedShare(row),
      cell: (row) => percent(cachedShare(row)),
      minor: true,
    },
    {
      id: "narrow",
      title: "",
      value: (row) => row.total,
      cell: (row) => (
        <Tooltip label="Narrow this page to it">
          <ActionIcon
            size="sm"
            aria-label={`Narrow to ${row.value || "none"}`}
            onClick={() => setWhere((now) => both(now, equals(by, row.value ?? "")))}
          >
            <IconFilter size={14} />
          </ActionIcon>
        </Tooltip>
      ),
    },
  ];
  return (
    <Panel title={`By ${titleOf(by).toLowerCase()}`}>
      <Async
        of={spending}
        height={260}
        isEmpty={(told) => told.items.length === 0}
        empty={<Empty title="No calls">No call of a model matches in this time.</Empty>}
      >
        {(told) => (
          <RankTable
            label={`Cost by ${titleOf(by)}`}
            heading={titleOf(by)}
            rows={told.items.filter((row) => row.value !== null)}
            rowKey={(row) => row.value ?? ""}
            name={(row) => row.value || "(none)"}
            to={(row) => addressOf(by, row, keep, both(CALLS, whereOf(row)))}
            columns={columns}
            first="cost"
            most={12}
            foot={
              told.groups > told.items.length ? `${count(told.groups - told.items.length)} more not shown` : undefined
            }
          />
        )}
      </Async>
    </Panel>
  );
}

function addressOf(by: string, row: Spent, keep: { from?: string; to?: string }, where: string): string {
  if (by === "user" && row.value) return links.user(row.value, keep);
  if (by === "session" && row.value) return links.session(row.value);
  return links.traces({ ...keep, where, level: "spans", order: "cost" });
}

function perCall(row: Spent): number | null {
  return row.total === null || row.priced === 0 ? null : row.total / row.priced;
}

function tokens(row: Spent): number {
  return Object.values(row.tokens).reduce((sum, one) => sum + one, 0);
}
