import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { Link as RouterLink } from "react-router";
import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { links } from "@/lib/links";
import { byState, groupName, kindName, mutedBy, STATES, told, type Monitor } from "./words";

const REFRESH_MS = 30_000;

/** What people want watched: what alerts comes first. */
export default function MonitorsPage() {
  const monitors = useGet("/api/v1/monitors", {}, { refetchInterval: REFRESH_MS });
  return (
    <PageFrame
      title="Monitors"
      about="What matters to you and nobody can guess"
      actions={
        <Button component={RouterLink} to={links.newMonitor()} leftSection={<IconPlus size={15} />}>
          New monitor
        </Button>
      }
    >
      <Async
        of={monitors}
        height={240}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No monitors yet">
            What is usual is watched without one, and opens{" "}
            <Link className="link" to={links.incidents()}>
              incidents
            </Link>
            . A monitor is for a limit only you know: a latency you promised, a tenant that must never fall silent, a
            model version nobody announced. You see when it would have fired before you switch it on.
          </Empty>
        }
      >
        {({ items }) => (
          <Panel flush>
            <Rows
              label="Monitors"
              rows={[...items].sort(byState)}
              keyOf={(one) => one.id}
              isDim={(one) => one.state === "muted"}
              columns={[
                {
                  title: "Name",
                  cell: (one) => (
                    <>
                      <Link className="link" to={links.monitor(one.id)}>
                        <b>{one.name}</b>
                      </Link>
                      <div className="dim">{told(one.query)}</div>
                    </>
                  ),
                },
                { title: "State", cell: (one) => <State of={one} /> },
                { title: "Type", cell: (one) => kindName(one.type) },
                { title: "Severity", cell: (one) => one.severity },
                { title: "Looks every", isNumber: true, cell: (one) => one.every },
                { title: "Last alert", cell: (one) => <LastAlert of={one} /> },
              ]}
            />
          </Panel>
        )}
      </Async>
    </PageFrame>
  );
}

/** Alerts, quiet, or muted and why. */
export function State({ of }: { of: Monitor }) {
  const { word, tone } = STATES[of.state];
  const { paused, until } = mutedBy(of);
  return (
    <>
      <Tag tone={tone}>{paused ? "paused" : until ? "in maintenance" : word}</Tag>
      {!paused && until && (
        <span className="dim">
          {" "}
          until <Time at={until} />
        </span>
      )}
    </>
  );
}

function LastAlert({ of }: { of: Monitor }) {
  const [last] = of.alerts;
  if (!last) return <span className="dim">never</span>;
  return (
    <>
      <Time at={last.start} relative />
      {Object.keys(last.by).length > 0 && <div className="dim">{groupName(last.by)}</div>}
    </>
  );
}
