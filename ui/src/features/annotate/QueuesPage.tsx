import { Progress } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { Proposals } from "./Proposals";
import css from "./annotate.module.css";

const QueueForm = lazy(() => import("./QueueForm"));

type Queue = Schemas["AnnotationQueue"];

/** The queues of work for people, and what is worth their minute. */
export default function QueuesPage() {
  const queues = useGet("/api/v1/annotations/queues");
  const [isMaking, setMaking] = useState(false);
  return (
    <PageFrame
      title="Annotation"
      range
      actions={
        <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
          New queue
        </AdminButton>
      }
    >
      <Panel title="Queues" flush>
        <Async
          of={queues}
          height={160}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="No queue yet">
              A queue holds traces that people judge by a rubric you write. It fills by a filter, or by hand from the
              list of traces.
            </Empty>
          }
        >
          {({ items }) => (
            <Rows
              label="Annotation queues"
              rows={items}
              keyOf={(queue) => queue.id}
              columns={[
                {
                  title: "Queue",
                  cell: (queue) => (
                    <>
                      <Link className="link" to={links.annotation(queue.id)}>
                        <b>{queue.name}</b>
                      </Link>
                      <div className="dim">
                        <Long text={(queue.criteria ?? []).map((one) => one.name).join(", ")} />
                      </div>
                    </>
                  ),
                },
                { title: "Done", cell: (queue) => <Done queue={queue} />, width: "220px" },
                { title: "Fills", cell: (queue) => <Fills queue={queue} /> },
                { title: "People an item", isNumber: true, cell: (queue) => queue.annotators },
                { title: "Changed", cell: (queue) => <Time at={queue.changed} relative /> },
                {
                  title: "Work",
                  isHidden: true,
                  cell: (queue) =>
                    queue.progress.done < queue.progress.total && (
                      <Link className="link" to={links.annotate(queue.id)}>
                        Annotate
                      </Link>
                    ),
                },
              ]}
            />
          )}
        </Async>
      </Panel>
      <Proposals queues={queues.data?.items ?? []} />
      {isMaking && (
        <Suspense fallback={null}>
          <QueueForm onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </PageFrame>
  );
}

export function Done({ queue }: { queue: Queue }) {
  const { done, total, begun } = queue.progress;
  const share = (number: number) => (total ? (number / total) * 100 : 0);
  return (
    <div className={css.bar}>
      <Progress.Root className={css.progress} aria-hidden>
        <Progress.Section value={share(done)} color="teal" />
        <Progress.Section value={share(begun)} color="yellow" />
      </Progress.Root>
      <span className="num">
        {count(done)} of {count(total)}
      </span>
    </div>
  );
}

function Fills({ queue }: { queue: Queue }) {
  if (!queue.rule) return <span className="dim">by hand</span>;
  if (!queue.rule.is_active) return <Tag>paused</Tag>;
  return <Long text={queue.rule.where || "all traces"} className="mono" />;
}
