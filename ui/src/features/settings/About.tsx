import { Alert, Anchor, Button, Group } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { apiKey, setApiKey } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Copy } from "@/design/Copy";
import { Panel } from "@/design/PageFrame";
import { bytes, count, duration } from "@/lib/format";
import { links } from "@/lib/links";
import { millis } from "@/lib/time";
import { useMe } from "@/api/me";
import css from "./Settings.module.css";

type Status = Schemas["StatusAnswer"];

/** The server, as it is now. */
export default function About() {
  const status = useGet("/api/v1/status", {}, { refetchInterval: 10_000 });
  return (
    <Async of={status}>
      {(told) => (
        <div className={css.stack}>
          <Said status={told} />
          <Panel title="Server">
            <Facts
              facts={[
                ["Nervure", told.version],
                [
                  "Running for",
                  told.started ? duration(millis(told.now) - millis(told.started)) : "not known on this system",
                ],
                ["Store", `${told.store === "embedded" ? "embedded engine" : "ClickHouse"} ${told.store_version}`],
                ["Catalog", told.catalog],
                [
                  "Data folder",
                  <span key="data" className="mono">
                    {told.data} <Copy text={told.data} label="path" />
                  </span>,
                ],
                [
                  "Memory",
                  told.memory_bytes === null
                    ? "not known on this system"
                    : `${bytes(told.memory_bytes)} in use; the engine may take ${bytes(told.store_memory_bytes)}`,
                ],
                [
                  "Kept for",
                  <>
                    {told.retention_days} days unless a project says otherwise (
                    <Link className="link" to={links.settings("retention")}>
                      retention
                    </Link>
                    )
                  </>,
                ],
              ]}
            />
          </Panel>
          <Addresses status={told} />
          <Key />
          <Panel title="Written since the start">
            <Facts
              facts={[
                ["Rows", count(told.written.rows, true)],
                [
                  "Blocks",
                  `${count(told.written.groups, true)}${told.written.groups ? `, ${count(Math.round(told.written.rows / told.written.groups))} rows each on average` : ""}`,
                ],
                ["Size", bytes(told.written.bytes)],
              ]}
            />
          </Panel>
        </div>
      )}
    </Async>
  );
}

function Said({ status }: { status: Status }) {
  return (
    <>
      {status.problems.map((problem) => (
        <Alert
          key={problem}
          color="red"
          variant="light"
          icon={<IconAlertTriangle size={18} />}
          title="Not ready"
          styles={{ title: { color: "var(--bad)" } }}
        >
          {problem}
        </Alert>
      ))}
      {status.notices.map((notice) => (
        <Alert
          key={notice}
          color="yellow"
          variant="light"
          icon={<IconInfoCircle size={18} />}
          styles={{ message: { color: "var(--mantine-color-text)" } }}
        >
          {notice}
        </Alert>
      ))}
    </>
  );
}

function Addresses({ status }: { status: Status }) {
  const grpc = status.listening.grpc_port === null ? null : `${location.hostname}:${status.listening.grpc_port}`;
  return (
    <Panel title="Addresses">
      <Facts
        facts={[
          ["OTLP over HTTP", <Address key="http" text={location.origin} />],
          ["OTLP over gRPC", grpc ? <Address key="grpc" text={grpc} /> : "off"],
          [
            "Reachable from",
            status.listening.loopback
              ? "this machine only"
              : `other machines too (listens on ${status.listening.host})`,
          ],
          ["Keys", status.auth ? "asked for" : "not asked for on this machine"],
          [
            "API",
            <Group key="api" gap={14}>
              <Anchor size="sm" href="/docs">
                reference
              </Anchor>
              <Anchor size="sm" href="/openapi.json">
                OpenAPI description
              </Anchor>
              <Anchor size="sm" href="/metrics">
                metrics for Prometheus
              </Anchor>
              <Anchor size="sm" href="/readyz">
                readiness
              </Anchor>
            </Group>,
          ],
        ]}
      />
    </Panel>
  );
}

function Key() {
  const me = useMe();
  if (!me.data) return null;
  return (
    <Panel title="You">
      <Facts
        facts={[
          ["You are", me.data.who],
          ["You may", me.data.rights.join(", ")],
          ["Projects", me.data.only_project || "all"],
        ]}
      />
      {apiKey() && (
        <Button
          mt="sm"
          variant="default"
          onClick={() => {
            setApiKey("");
            location.reload();
          }}
        >
          Sign out
        </Button>
      )}
    </Panel>
  );
}

function Address({ text }: { text: string }) {
  return (
    <span className="mono">
      {text} <Copy text={text} label="address" />
    </span>
  );
}

function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className={css.facts}>
      {facts.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
