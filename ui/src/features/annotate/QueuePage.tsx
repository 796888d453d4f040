import { Button, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { Stat, Stats } from "@/design/Stat";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { Agreement } from "./Agreement";
import { Done } from "./QueuesPage";

const QueueForm = lazy(() => import("./QueueForm"));

/** One queue: how far it is, how far people agree, where they do not, and what waits. */
export default function QueuePage() {
  const { queueId = "" } = useParams();
  const path = { queue_id: queueId };
  const queue = useGet("/api/v1/annotations/queues/{queue_id}", { path });
  const [dialog, setDialog] = useState<"change" | "delete" | null>(null);
  const go = useNavigate();
  const erase = useChange(async () => api.DELETE("/api/v1/annotations/queues/{queue_id}", { params: { path } }), {
    touches: ["/api/v1/annotations"],
    done: "Queue deleted",
    then: () => void go(links.annotations()),
  });
  return (
    <PageFrame
      title={queue.data?.name ?? "Annotation queue"}
      about={queue.data && <Done queue={queue.data} />}
      actions={
        <>
          <AdminButton variant="default" onClick={() => setDialog("delete")}>
            Delete
          </AdminButton>
          <AdminButton variant="default" onClick={() => setDialog("change")} disabled={!queue.data}>
            Change
          </AdminButton>
          <Button component={Link} to={links.annotate(queueId)}>
            Annotate
          </Button>
        </>
      }
    >
      <Async of={queue} height={200}>
        {(data) => (
          <Stack gap="md">
            <Numbers queue={data} />
            <Agreement queue={data} />
            <Items queue={data} />
            {dialog === "change" && (
              <Suspense fallback={null}>
                <QueueForm queue={data} onClose={() => setDialog(null)} />
              </Suspense>
            )}
          </Stack>
        )}
      </Async>
      <Confirm
        opened={dialog === "delete"}
        onClose={() => setDialog(null)}
        title={`Delete ${queue.data?.name ?? ""}?`}
        verb="Delete"
        isBusy={erase.isPending}
        error={erase.error}
        onConfirm={() => erase.mutate(undefined)}
      >
        Its items go. The scores people gave stay with their traces.
      </Confirm>
    </PageFrame>
  );
}

function Numbers({ queue }: { queue: Schemas["AnnotationQueue"] }) {
  const { progress, rule } = queue;
  const people = Object.entries(progress.answers).sort((one, other) => other[1] - one[1]);
  return (
    <>
      <Stats>
        <Stat label="Done">{count(progress.done)}</Stat>
        <Stat label="Begun by some">{count(progress.begun)}</Stat>
        <Stat label="In hand now">{count(progress.locked)}</Stat>
        <Stat label="Skips">{count(progress.skipped)}</Stat>
        <Stat label="Rubric">{`version ${queue.rubric_version}`}</Stat>
      </Stats>
      <Panel title="Who answered" about={`${count(queue.annotators)} for each item`}>
        {people.length === 0 ? (
          <span className="dim">Nobody yet.</span>
        ) : (
          people.map(([name, given]) => (
            <Tag key={name}>
              {name} <b className="num">{count(given)}</b>
            </Tag>
          ))
        )}
        {rule && (
          <Text size="sm" mt="xs">
            {rule.is_active ? "Fills with" : "Paused; filled with"} {Math.round(rule.rate * 10_000) / 100} % of{" "}
            <code>{rule.where || "everything"}</code>
            {rule.read_until && (
              <>
                , read until <Time at={rule.read_until} />
              </>
            )}
            {rule.left_out > 0 && `; ${count(rule.left_out)} were left out while ${count(rule.most_waiting)} waited`}.
          </Text>
        )}
      </Panel>
    </>
  );
}

const FIRST = 100;

function Items({ queue }: { queue: Schemas["AnnotationQueue"] }) {
  const items = useGet("/api/v1/annotations/queues/{queue_id}/items", {
    path: { queue_id: queue.id },
    query: { limit: FIRST, done: false },
  });
  return (
    <Panel title="Waiting" flush about={queue.progress.total > FIRST ? `the first ${FIRST}` : undefined}>
      <Async
        of={items}
        height={160}
        isEmpty={(data) => data.items.length === 0}
        empty={
          <Empty title="Nothing waits">
            Select traces in the{" "}
            <Link className="link" to={links.traces()}>
              list
            </Link>
            , or take what is{" "}
            <Link className="link" to={links.annotations()}>
              worth a minute
            </Link>
            .
          </Empty>
        }
      >
        {(data) => (
          <Rows
            label="Items waiting"
            rows={data.items}
            keyOf={(item) => item.id}
            columns={[
              {
                title: "Trace",
                cell: (item) => (
                  <Link to={links.trace(item.trace_id, item.span_id)} className="link mono">
                    {item.trace_id.slice(0, 12)}
                  </Link>
                ),
              },
              { title: "Why", cell: (item) => <Long text={item.reason || "–"} /> },
              { title: "Judged by", isNumber: true, cell: (item) => `${item.done} of ${queue.annotators}` },
              { title: "Added", cell: (item) => <Time at={item.added} relative /> },
              {
                title: "Judge",
                isHidden: true,
                cell: (item) => (
                  <Link className="link" to={links.annotate(queue.id, item.id)}>
                    Judge
                  </Link>
                ),
              },
            ]}
          />
        )}
      </Async>
    </Panel>
  );
}
