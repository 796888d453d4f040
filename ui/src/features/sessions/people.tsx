/** Lists of sessions and of users: the same table over the same answer. */

import { SegmentedControl } from "@mantine/core";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { get, useAsk, type Schemas } from "@/api/hooks";
import { useList } from "@/api/lists";
import { useScores } from "@/api/scores";
import { Async, Empty } from "@/design/Async";
import { chartSeries } from "@/design/chartData";
import { ColumnMenu, DataTable, type Column, type Sorting } from "@/design/DataTable";
import { FilterField } from "@/design/FilterField";
import { PageFrame } from "@/design/PageFrame";
import { SearchField } from "@/design/SearchField";
import { TimeChart } from "@/design/TimeChart";
import { useParam, useRange, useSetParams, useWhere } from "@/lib/address";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { both } from "@/lib/query";
import { everyFor, utcOffset } from "@/lib/time";
import { peopleColumns } from "./columns";
import css from "./people.module.css";

export type Person = Schemas["PersonAnswer"];
export type Who = "session" | "user";

/** Columns the server orders by, largest first. */
const ORDERS = ["cost", "tokens", "errors", "traces", "duration"];
/** Sessions in which no model was called are visits like any other; they are shown when asked for. */
const WITH_CALLS = 'kind in ("llm", "agent")';

export function PeoplePage({ who }: { who: Who }) {
  const [range] = useRange();
  const [where, setWhere] = useWhere();
  const [search, setSearch] = useParam("q");
  const [order] = useParam("order", "newest");
  const [shown] = useParam("show", "calls");
  const set = useSetParams();
  const go = useNavigate();
  const asked = both(shown === "calls" && WITH_CALLS, where);
  const { list, items, onEnd } = useList<Person>(["people", who, asked, range, order, search], (cursor, signal) =>
    get(
      who === "session" ? "/api/v1/sessions" : "/api/v1/users",
      { query: { where: asked, search, order, cursor, limit: cursor ? 200 : 60, from: range.from, to: range.to } },
      signal,
    ),
  );
  const listed = useMemo(() => items.map(({ id, start, end }) => ({ key: id, start, end })), [items]);
  const scores = useScores("session", listed, who === "session");
  const columns: Column<Person>[] = peopleColumns(who, range, who === "session" ? scores : undefined);
  const sorting: Sorting | null = ORDERS.includes(order) ? { column: order, desc: true } : null;
  const isNarrowed = Boolean(where || search || shown === "calls");
  const plural = `${who}s`;
  return (
    <PageFrame title={who === "session" ? "Sessions" : "Users"} range fills>
      <div className={css.tools}>
        <FilterField
          value={where}
          onApply={(next) => setWhere(next)}
          from={range.from}
          to={range.to}
          placeholder={`${plural} with a span where …  e.g. feature = "support-chat" and latency > 5s`}
          label={`Filter ${plural}`}
        />
        <SearchField
          className={css.search}
          label={`Search ${who} ids`}
          placeholder={`${who} id contains`}
          value={search}
          onChange={(next) => setSearch(next, { replace: true })}
        />
        <SegmentedControl
          size="xs"
          aria-label="Which are shown"
          value={shown}
          onChange={(next) => set({ show: next === "calls" ? null : next })}
          data={[
            { value: "calls", label: "With AI calls" },
            { value: "all", label: "All" },
          ]}
        />
        <ColumnMenu name={plural} columns={columns} />
      </div>
      <Volume who={who} where={asked} />
      <Async
        fills
        of={{ ...list, data: list.data && items }}
        isEmpty={(rows) => rows.length === 0}
        empty={
          <Empty title={`No ${plural} in this range`}>
            {isNarrowed
              ? `None match. Widen the range, clear the filter, or show all ${plural}.`
              : who === "session"
                ? "A session gathers traces of one conversation: set session.id (or gen_ai.conversation.id) on your spans."
                : "Set user.id on your spans, and what each user does is gathered here."}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            name={plural}
            label={plural}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            sorting={sorting}
            onSort={(next) => set({ order: next?.desc ? next.column : null })}
            onOpen={(row) => void go(who === "session" ? links.session(row.id) : links.user(row.id, range))}
            onEnd={onEnd}
            isLoadingMore={list.isFetchingNextPage}
            foot={list.hasNextPage ? undefined : `${count(rows.length)} ${rows.length === 1 ? who : plural}`}
            tone={(row) => (who === "session" && row.failed_trace_count > 0 ? "bad" : undefined)}
          />
        )}
      </Async>
    </PageFrame>
  );
}

/** How many there were over time; dragging chooses a range. */
function Volume({ who, where }: { who: Who; where: string }) {
  const [range] = useRange();
  const answer = useAsk({ measure: `distinct:${who}`, where, every: everyFor(range), ...range, offset: utcOffset() });
  return (
    <div className={css.volume}>
      <Async of={answer} height={92}>
        {(data) => (
          <TimeChart
            label={`${who}s over time`}
            kind="bars"
            height={92}
            series={chartSeries(data).map((one) => ({ ...one, name: `active ${who}s`, colour: "var(--accent)" }))}
          />
        )}
      </Async>
    </div>
  );
}
