import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useParams } from "react-router";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Link } from "@/design/Link";
import { Markdown } from "@/design/Markdown";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useParam, useSetParams } from "@/lib/address";
import { links } from "@/lib/links";
import { useAnnotator, type Annotator } from "./annotator";
import { ItemContent } from "./ItemContent";
import { Done } from "./QueuesPage";
import { Rubric } from "./Rubric";
import css from "./annotate.module.css";

type Work = Schemas["AnnotationWork"];

/** One item after the other, by keyboard. */
export default function WorkPage() {
  const { queueId = "" } = useParams();
  const annotator = useAnnotator();
  const queue = useGet("/api/v1/annotations/queues/{queue_id}", { path: { queue_id: queueId } });
  return (
    <PageFrame
      title={queue.data?.name ?? "Annotate"}
      about={queue.data && <Done queue={queue.data} />}
      actions={
        <Button component={Link} to={links.annotation(queueId)} variant="default">
          Queue
        </Button>
      }
    >
      <Async of={queue} height={300}>
        {(data) =>
          annotator.isKnown ? <Working queue={data} annotator={annotator} /> : <Introduce annotator={annotator} />
        }
      </Async>
    </PageFrame>
  );
}

/** Without keys nobody knows who judges; answers of nobody cannot be compared. */
function Introduce({ annotator }: { annotator: Annotator }) {
  const [name, setName] = useState("");
  if (!annotator.asks) return null;
  return (
    <Panel title="Who judges?">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          annotator.setName(name.trim());
        }}
      >
        <Group align="end">
          <TextInput
            label="Your name"
            description="Kept in this browser and written beside your answers"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" disabled={!name.trim()}>
            Begin
          </Button>
        </Group>
      </form>
    </Panel>
  );
}

function Working({ queue, annotator }: { queue: Schemas["AnnotationQueue"]; annotator: Annotator }) {
  const client = useQueryClient();
  const [itemId] = useParam("item");
  const [final] = useParam("final");
  const setParams = useSetParams();
  const [round, setRound] = useState(0);
  const [before, setBefore] = useState<string[]>([]);
  const query = { annotator: annotator.name };
  const asked = useQuery<Work, Error>({
    queryKey: ["annotation-work", queue.id, itemId, annotator.name, round],
    queryFn: async () => {
      const path = { item_id: itemId };
      if (final) return (await api.GET("/api/v1/annotations/items/{item_id}", { params: { path, query } })).data!;
      if (itemId)
        return (await api.POST("/api/v1/annotations/items/{item_id}/open", { params: { path, query } })).data!;
      const next = { queue_id: queue.id };
      return (await api.POST("/api/v1/annotations/queues/{queue_id}/next", { params: { path: next, query } })).data!;
    },
    // What is in hand stays in hand: asking again would reserve another.
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const item = asked.data?.item ?? null;
  useLock(queue, item?.id, annotator.name, Boolean(final));
  const go = (to: string | null) => {
    setParams({ item: to, final: null });
    setRound((one) => one + 1);
    void client.invalidateQueries({
      predicate: ({ queryKey: [path] }) => String(path).startsWith("/api/v1/annotations"),
    });
  };
  const onward = () => {
    if (item) setBefore((list) => [...list.filter((one) => one !== item.id), item.id]);
    go(null);
  };
  const back = () => {
    const last = before.at(-1);
    if (!last) return;
    setBefore(before.slice(0, -1));
    go(last);
  };
  return (
    <Async
      of={asked}
      height={300}
      isEmpty={(work) => work.item === null}
      empty={
        <Empty
          title="Nothing is left for you"
          action={
            <Group gap="xs">
              {before.length > 0 && (
                <Button variant="default" onClick={back}>
                  Back to the last one
                </Button>
              )}
              <Button component={Link} to={links.annotation(queue.id)}>
                How far we agree
              </Button>
            </Group>
          }
        >
          Every item is judged, skipped by you, or in somebody&apos;s hands.
        </Empty>
      }
    >
      {(work) => (
        <div className={css.work}>
          <Panel
            title="What is judged"
            actions={
              <Link className="link" to={links.trace(work.item!.trace_id, work.item!.span_id)}>
                Open the trace
              </Link>
            }
          >
            {work.item!.reason && (
              <p className={css.reason}>
                <b>Here because</b> {work.item!.reason}
              </p>
            )}
            <ItemContent content={work.content} />
          </Panel>
          <Stack gap="md">
            <Rubric
              key={`${work.item!.id}-${round}`}
              queue={queue}
              work={work}
              annotator={annotator.name}
              isFinal={Boolean(final)}
              onDone={onward}
              onBack={before.length ? back : undefined}
            />
            {queue.instructions && (
              <Panel title="Instructions">
                <Markdown text={queue.instructions} />
              </Panel>
            )}
            {annotator.asks && (
              <Text size="xs" c="dimmed">
                You judge as {annotator.name}.{" "}
                <Button variant="transparent" size="compact-xs" onClick={() => annotator.setName("")}>
                  Somebody else?
                </Button>
              </Text>
            )}
          </Stack>
        </div>
      )}
    </Async>
  );
}

/** Keeps the item reserved while its page is open, and says so again in time. */
function useLock(queue: Schemas["AnnotationQueue"], itemId: string | undefined, annotator: string, isFinal: boolean) {
  useEffect(() => {
    if (!itemId || isFinal) return;
    const timer = setInterval(
      () => {
        // Taken by others meanwhile: the answer will be told so.
        void api
          .POST("/api/v1/annotations/items/{item_id}/open", {
            params: { path: { item_id: itemId }, query: { annotator } },
          })
          .catch(() => clearInterval(timer));
      },
      Math.max(10, queue.lock_s / 2) * 1000,
    );
    return () => clearInterval(timer);
  }, [queue.lock_s, itemId, annotator, isFinal]);
}
