import { Alert, Progress } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Schemas } from "@/api/hooks";
import { Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { bytes, count, duration, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { level } from "@/lib/refusal";
import css from "./Ingest.module.css";

type Status = Schemas["StatusAnswer"];
const COLOURS = { ok: "teal", warn: "yellow", bad: "red" } as const;

/** Whether there is room: in the queue, and on the disk. */
export function Gauges({ status }: { status: Status }) {
  return (
    <div className={css.gauges}>
      {status.problems.map((problem) => (
        <Alert
          key={problem}
          color="red"
          variant="light"
          icon={<IconAlertTriangle size={18} />}
          title="Not ready to take telemetry"
          styles={{ title: { color: "var(--bad)" } }}
        >
          {problem}
        </Alert>
      ))}
      {status.notices.map((notice) => (
        <Alert key={notice} color="yellow" variant="light" icon={<IconInfoCircle size={18} />}>
          {notice}
        </Alert>
      ))}
      <div className={css.pair}>
        <QueuePanel queue={status.queue} />
        {status.disk && <DiskPanel disk={status.disk} days={status.retention_days} />}
      </div>
    </div>
  );
}

function Gauge({ share, label }: { share: number; label: string }) {
  return (
    <Progress
      value={Math.max(0.6, Math.min(100, share * 100))}
      color={COLOURS[level(share)]}
      size="md"
      aria-label={label}
    />
  );
}

function QueuePanel({ queue }: { queue: Schemas["Queued"] }) {
  const share = queue.limit_bytes ? queue.bytes / queue.limit_bytes : 0;
  return (
    <Panel title="Queue" about="between acceptance and the store">
      <Gauge share={share} label={`Queue: ${percent(share)} full`} />
      <Facts
        facts={[
          ["Waiting", queue.requests === 0 ? "nothing" : `${count(queue.requests)} requests, ${bytes(queue.bytes)}`],
          ["Room for", bytes(queue.limit_bytes)],
          ["Longest wait", queue.oldest_s === null ? "–" : duration(queue.oldest_s * 1000)],
          ["Not summed up yet", queue.unsummed_rows === 0 ? "nothing" : `${count(queue.unsummed_rows)} rows`],
        ]}
      />
    </Panel>
  );
}

function DiskPanel({ disk, days }: { disk: Schemas["Disk"]; days: number }) {
  const share = disk.limit_bytes ? disk.used_bytes / disk.limit_bytes : 0;
  const tables = Object.entries(disk.tables)
    .filter(([, size]) => size > 0)
    .sort((a, b) => b[1] - a[1]);
  return (
    <Panel title="Disk" about={disk.ceiling_bytes ? "up to the ceiling" : "of what the disk has"}>
      <Gauge share={share} label={`Disk: ${percent(share)} of the room is used`} />
      <Facts
        facts={[
          [
            "Used",
            `${bytes(disk.used_bytes)}${disk.limit_bytes ? ` of ${bytes(disk.limit_bytes)} (${percent(share)})` : ""}`,
          ],
          ["Free on the disk", disk.free_bytes === null ? "not told by the server" : bytes(disk.free_bytes)],
          [
            "Largest",
            tables
              .slice(0, 3)
              .map(([name, size]) => `${name} ${bytes(size)}`)
              .join(", "),
          ],
          [
            "Growth",
            disk.bytes_per_day === null
              ? "too early to say: it needs three hours of telemetry"
              : `${bytes(disk.bytes_per_day)} a day`,
          ],
          ["Will it do?", <Outlook key="outlook" disk={disk} days={days} />],
        ]}
      />
    </Panel>
  );
}

function Outlook({ disk, days }: { disk: Schemas["Disk"]; days: number }) {
  const shed = Object.entries(disk.shed);
  return (
    <>
      {disk.full_at ? (
        <span className="warn">
          Full <Time at={disk.full_at} relative /> at this pace; then the oldest texts are shed first
        </span>
      ) : disk.level_bytes !== null ? (
        `Yes: levels off at ${bytes(disk.level_bytes)}, as records go after ${days} days`
      ) : (
        "–"
      )}
      {shed.length > 0 && (
        <div className="warn">
          Shed since the start: {shed.map(([what, weeks]) => `${what} of ${count(weeks)} weeks`).join(", ")}
        </div>
      )}{" "}
      <Link className="link" to={links.settings("retention")}>
        Retention
      </Link>
    </>
  );
}

function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className={css.facts}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
