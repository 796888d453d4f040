import { useMemo } from "react";
import { Link } from "react-router";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { ColumnMenu, DataTable, type Column } from "@/design/DataTable";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { useRange } from "@/lib/address";
import { count, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { both, equals } from "@/lib/query";
import { millis, type Range } from "@/lib/time";

type Sender = Schemas["SenderAnswer"];
const NAME = "senders";

/** Who sent the telemetry of the range. */
export function Senders() {
  const [range] = useRange();
  const senders = useGet(
    "/api/v1/senders",
    { query: { from: range.from, to: range.to } },
    { refetchInterval: range.to === "now" ? 30_000 : false, keep: true },
  );
  const columns = useMemo(() => columnsFor(range), [range]);
  return (
    <Panel
      title="Senders"
      about="whose telemetry begins in the range"
      flush
      actions={<ColumnMenu name={NAME} columns={columns} />}
    >
      <Async
        of={senders}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty
            title="Nobody sent anything in this range"
            action={
              <Link className="link" to={links.start()}>
                Get started
              </Link>
            }
          >
            Choose a longer range, or point an SDK here.
          </Empty>
        }
      >
        {({ items }) => (
          <DataTable
            name={NAME}
            label="Senders"
            columns={columns}
            rows={items}
            rowKey={(sender) =>
              [
                sender.signal,
                sender.service,
                sender.sdk,
                sender.sdk_version,
                sender.convention,
                sender.language,
                sender.is_demo,
              ].join("|")
            }
            height={Math.min(480, 46 + items.length * 34)}
          />
        )}
      </Async>
    </Panel>
  );
}

function whereOf(sender: Sender): string {
  return both(
    equals("service", sender.service),
    sender.sdk ? equals("sdk_name", sender.sdk) : "",
    sender.sdk_version ? equals("sdk_version", sender.sdk_version) : "",
    sender.convention ? equals("convention", sender.convention) : "",
  );
}

function Items({ sender, range }: { sender: Sender; range: Range }) {
  const shown = count(sender.items);
  if (sender.signal === "spans")
    return (
      <Link className="link" to={links.traces({ where: whereOf(sender), level: "spans", ...range })}>
        {shown}
      </Link>
    );
  if (sender.signal === "logs")
    return (
      <Link className="link" to={links.logs({ where: equals("service", sender.service), ...range })}>
        {shown}
      </Link>
    );
  return <>{shown}</>;
}

function columnsFor(range: Range): Column<Sender>[] {
  return [
    {
      id: "service",
      title: "Service",
      width: 180,
      grow: true,
      value: (sender) => sender.service,
      cell: (sender) => (
        <span style={{ display: "flex", gap: 6, alignItems: "center", minWidth: 0 }}>
          <Long text={sender.service || "(no name)"} /> {sender.is_demo && <Tag>demo</Tag>}
        </span>
      ),
    },
    { id: "signal", title: "Signal", width: 80, value: (sender) => sender.signal, cell: (sender) => sender.signal },
    {
      id: "sdk",
      title: "SDK",
      width: 180,
      value: (sender) => sender.sdk,
      cell: (sender) =>
        sender.sdk ? <Long text={`${sender.sdk} ${sender.sdk_version}`} /> : <span className="dim">does not say</span>,
    },
    {
      id: "language",
      title: "Language",
      width: 90,
      value: (sender) => sender.language,
      cell: (sender) => sender.language || <span className="dim">–</span>,
    },
    {
      id: "convention",
      title: "Convention",
      width: 130,
      about: "The dialect its spans were read in. “plain” is any OpenTelemetry span that says nothing of AI.",
      value: (sender) => sender.convention,
      cell: (sender) =>
        sender.convention ? (
          <Tag tone={sender.convention === "plain" ? "plain" : "accent"}>{sender.convention}</Tag>
        ) : (
          <span className="dim">–</span>
        ),
    },
    {
      id: "items",
      title: "Items",
      width: 90,
      align: "right",
      value: (sender) => sender.items,
      cell: (sender) => <Items sender={sender} range={range} />,
    },
    {
      id: "content",
      title: "With content",
      width: 110,
      align: "right",
      about: "Share of its calls of models that came with prompts and answers.",
      value: (sender) => (sender.calls ? sender.with_content / sender.calls : null),
      cell: (sender) =>
        sender.calls ? (
          <span className={sender.with_content ? "" : "warn"}>{percent(sender.with_content / sender.calls)}</span>
        ) : (
          <span className="dim">–</span>
        ),
    },
    {
      id: "refused",
      title: "Refused",
      width: 84,
      align: "right",
      about: "Share of what this SDK sent that was refused, over all its services.",
      value: (sender) => sender.refused_share,
      cell: (sender) => <span className={sender.refused_share ? "bad" : "dim"}>{percent(sender.refused_share)}</span>,
    },
    {
      id: "first",
      title: "First seen",
      width: 110,
      hidden: true,
      value: (sender) => millis(sender.first_seen),
      cell: (sender) => <Time at={sender.first_seen} relative />,
    },
    {
      id: "last",
      title: "Last seen",
      width: 110,
      value: (sender) => millis(sender.last_seen),
      cell: (sender) => <Time at={sender.last_seen} relative />,
    },
  ];
}
