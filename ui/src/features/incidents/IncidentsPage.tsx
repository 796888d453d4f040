import { Button, SegmentedControl } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { projectName } from "@/api/client";
import { get, useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { useParam } from "@/lib/address";
import { links } from "@/lib/links";
import { Cause, Nature, Scopes, Severity, Status } from "./Tags";
import { aroundOf, byUrgency, lasted, LASTING, type Incident } from "./words";

const REFRESH_MS = 30_000;
const PAGE = 50;
const SHOWN = [
  { value: "open", label: "Open" },
  { value: "closed", label: "Closed" },
  { value: "all", label: "All" },
];

/** What broke and what was found of it: what lasts comes first, the most severe at the top. */
export default function IncidentsPage() {
  const [shown, show] = useParam("show", "open");
  const status = shown === "all" ? undefined : shown === "closed" ? (["closed"] as const) : LASTING;
  const path = "/api/v1/incidents";
  const asked = useInfiniteQuery({
    queryKey: [path, shown, projectName()],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      get(path, { query: { status: status && [...status], limit: PAGE, cursor: pageParam } }, signal),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    refetchInterval: REFRESH_MS,
  });
  const items = asked.data?.pages.flatMap((page) => page.items);
  return (
    <PageFrame
      title="Incidents"
      about="What is not as it was expected to be, where, and because of what"
      actions={
        <>
          <Button component={Link} variant="default" to={links.backtests()}>
            Backtest
          </Button>
          <SegmentedControl size="xs" aria-label="Which are shown" data={SHOWN} value={shown} onChange={show} />
        </>
      }
    >
      <Async
        of={{ ...asked, data: items }}
        height={240}
        isEmpty={(all) => all.length === 0}
        empty={shown === "open" ? <AllIsWell onShow={() => show("closed")} /> : <NoneYet />}
      >
        {(all) => (
          <>
            <Panel flush>
              <List items={all} />
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

function List({ items }: { items: Incident[] }) {
  const lasting = items.filter((one) => one.status !== "closed").sort(byUrgency);
  const over = items.filter((one) => one.status === "closed");
  return (
    <Rows
      label="Incidents"
      rows={[...lasting, ...over]}
      keyOf={(one) => one.id}
      columns={[
        { title: "Severity", cell: (one) => <Severity of={one.severity} /> },
        {
          title: "What",
          cell: (one) => (
            <Link className="link" to={links.incident(one.id)}>
              <b>{one.title}</b>
            </Link>
          ),
        },
        { title: "Cause", cell: (one) => <Cause of={one} /> },
        { title: "Nature", cell: (one) => <Nature of={one.nature} /> },
        { title: "Where", cell: (one) => <Scopes of={one.scope} slice={aroundOf(one)} /> },
        { title: "Since", cell: (one) => <Time at={one.onset_at} /> },
        { title: "For", isNumber: true, cell: (one) => lasted(one) },
        { title: "State", cell: (one) => <Status of={one.status} /> },
      ]}
    />
  );
}

function useWatchedSince(): string | undefined {
  const me = useGet("/api/v1/me", {}, { staleTime: 60_000 });
  const projects = useGet("/api/v1/projects", {}, { staleTime: 60_000 });
  const name = projectName() || me.data?.project;
  return projects.data?.items.find((one) => one.name === name)?.created;
}

function AllIsWell({ onShow }: { onShow: () => void }) {
  const last = useGet("/api/v1/incidents", { query: { status: ["closed"], limit: 1 } });
  const since = useWatchedSince();
  const [ended] = last.data?.items ?? [];
  return (
    <Empty
      title="All is well"
      icon={<IconCircleCheck size={28} color="var(--ok)" aria-hidden />}
      action={
        ended && (
          <Button variant="default" onClick={onShow}>
            Show past incidents
          </Button>
        )
      }
    >
      No incident is open.{" "}
      {since && (
        <>
          Everything that arrives is watched since <Time at={since} />, every minute.{" "}
        </>
      )}
      {ended ? (
        <>
          The last one,{" "}
          <Link to={links.incident(ended.id)} className="link">
            {ended.title}
          </Link>
          , ended <Time at={ended.closed_at} relative />.
        </>
      ) : (
        "A series is judged once a day or two have taught what is usual for it."
      )}
    </Empty>
  );
}

function NoneYet() {
  return (
    <Empty title="No incident yet">
      What is noticed opens an incident by itself. What only you can know is watched by a{" "}
      <Link className="link" to={links.monitors()}>
        monitor
      </Link>
      .
    </Empty>
  );
}
