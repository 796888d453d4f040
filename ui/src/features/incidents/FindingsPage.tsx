import { Autocomplete, Button, SegmentedControl } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { projectName } from "@/api/client";
import { get } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { FilterField } from "@/design/FilterField";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useParam, useRange, useWhere } from "@/lib/address";
import { links } from "@/lib/links";
import { FindingTable } from "./FindingTable";
import css from "./incidents.module.css";

const PATH = "/api/v1/findings";
const PAGE = 100;
const REFRESH_MS = 30_000;
const SHOWN = [
  { value: "open", label: "Open" },
  { value: "closed", label: "Closed" },
  { value: "all", label: "All" },
];
/** What lasts is shown whenever it was found. */
const EVER = "1970-01-01T00:00:00Z";

/** What detection noticed: each measure of each scope that is not what it was expected to be. */
export default function FindingsPage() {
  const [shown, show] = useParam("show", "open");
  const [measure, setMeasure] = useParam("measure");
  const [where, setWhere] = useWhere();
  const [range] = useRange();
  const isOpen = shown === "open";
  const query = {
    state: shown === "all" ? ("" as const) : (shown as "open" | "closed"),
    measure,
    where,
    from: isOpen ? EVER : range.from,
    to: isOpen ? "now" : range.to,
    limit: PAGE,
  };
  const asked = useInfiniteQuery({
    queryKey: [PATH, query, projectName()],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => get(PATH, { query: { ...query, cursor: pageParam } }, signal),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: REFRESH_MS,
  });
  const items = asked.data?.pages.flatMap((page) => page.items);
  const isFiltered = Boolean(measure || where);
  return (
    <PageFrame
      title="Findings"
      about="Measures that are not what they were expected to be; those that belong together make an incident"
      actions={<SegmentedControl size="xs" aria-label="Which are shown" data={SHOWN} value={shown} onChange={show} />}
      range={!isOpen}
    >
      <div className={css.filters}>
        <MeasureField
          key={measure}
          value={measure}
          offered={[...new Set(items?.map((one) => one.measure) ?? [])].sort()}
          onApply={(chosen) => setMeasure(chosen || null)}
        />
        <FilterField
          value={where}
          onApply={(text) => setWhere(text)}
          from={query.from}
          to={query.to}
          label="Scope"
          placeholder='Scope, e.g. service = "chat"'
        />
      </div>
      <Async
        of={{ ...asked, data: items }}
        height={240}
        isEmpty={(all) => all.length === 0}
        empty={<Nothing isOpen={isOpen} isFiltered={isFiltered} />}
      >
        {(all) => (
          <>
            <Panel flush>
              <FindingTable findings={all} withIncident />
            </Panel>
            {asked.hasNextPage && (
              <Button variant="default" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
                Show older ones
              </Button>
            )}
          </>
        )}
      </Async>
    </PageFrame>
  );
}

/** Applied when it is left, on Enter, or when one that is offered is chosen. */
function MeasureField({
  value,
  offered,
  onApply,
}: {
  value: string;
  offered: string[];
  onApply: (measure: string) => void;
}) {
  const [text, write] = useState(value);
  const apply = (chosen: string) => chosen.trim() !== value && onApply(chosen.trim());
  return (
    <Autocomplete
      size="xs"
      aria-label="Measure"
      placeholder="All measures"
      data={offered}
      value={text}
      onChange={write}
      onOptionSubmit={apply}
      onBlur={() => apply(text)}
      onKeyDown={(event) => event.key === "Enter" && apply(text)}
    />
  );
}

function Nothing({ isOpen, isFiltered }: { isOpen: boolean; isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No finding matches">Look at the measure and the scope above.</Empty>;
  if (!isOpen) return <Empty title="Nothing was found in this time">Choose a longer one at the right above.</Empty>;
  return (
    <Empty title="Nothing is out of the ordinary">
      Everything that arrives is watched every minute. A{" "}
      <Link className="link" to={links.backtests()}>
        backtest
      </Link>{" "}
      tells what would have been found in the past.
    </Empty>
  );
}
