import { Button, Checkbox, Chip, Group, Select } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty, Failed } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { useParam, useRange } from "@/lib/address";
import { count } from "@/lib/format";
import { links } from "@/lib/links";

type Proposal = Schemas["ProposalAnswer"];
type Kind = Proposal["kind"];

const KINDS: { kind: Kind; about: string }[] = [
  { kind: "uncertain", about: "a score near its threshold" },
  { kind: "disagreeing", about: "two judges, or a judge and a user, differ" },
  { kind: "novel", about: "unlike all other questions" },
  { kind: "costly", about: "a failure that was dear" },
];

/** What nobody has judged yet and teaches most, each with its reason. */
export function Proposals({ queues }: { queues: Schemas["AnnotationQueue"][] }) {
  const [range] = useRange();
  const [chosen, setChosen] = useParam("kinds", KINDS.map((one) => one.kind).join(" "));
  const kinds = chosen.split(" ").filter(Boolean) as Kind[];
  const asked = useGet(
    "/api/v1/annotations/proposals",
    { query: { from: range.from, to: range.to, kind: kinds, limit: 30 } },
    { enabled: kinds.length > 0, staleTime: 60_000 },
  );
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [queueId, setQueueId] = useState<string | null>(null);
  const target = queueId ?? queues[0]?.id ?? "";
  const items = asked.data?.items ?? [];
  const wanted = items.filter((one) => picked.has(one.trace_id));
  const add = useChange(
    async () =>
      (
        await api.POST("/api/v1/annotations/queues/{queue_id}/items", {
          params: { path: { queue_id: target } },
          body: {
            origin: "proposal",
            items: wanted.map(({ trace_id, span_id, reason, priority }) => ({ trace_id, span_id, reason, priority })),
          },
        })
      ).data!,
    {
      touches: ["/api/v1/annotations"],
      done: (answer) =>
        `${count(answer.items.length)} added${answer.already ? `, ${count(answer.already)} were there already` : ""}`,
      then: () => setPicked(new Set()),
    },
  );
  const toggle = (id: string) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    setPicked(next);
  };
  return (
    <Panel
      title="Worth a minute"
      about="what nobody has judged yet and teaches most"
      actions={
        <Chip.Group
          multiple
          value={kinds}
          onChange={(next) =>
            setChosen(
              KINDS.map((one) => one.kind)
                .filter((one) => next.includes(one))
                .join(" ") || " ",
            )
          }
        >
          <Group gap={4}>
            {KINDS.map(({ kind, about }) => (
              <Chip key={kind} value={kind} size="xs" title={about}>
                {kind}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      }
    >
      {kinds.length === 0 ? (
        <Empty title="No reason chosen">Choose above why a trace may be worth a look.</Empty>
      ) : (
        <Async
          of={asked}
          height={200}
          isEmpty={(data) => data.items.length === 0}
          empty={<Empty title="Nothing stands out">In this time no trace is uncertain, disputed, new or dear.</Empty>}
        >
          {(data) => (
            <>
              <Rows
                label="Proposals"
                rows={data.items}
                keyOf={(one) => one.trace_id}
                columns={[
                  {
                    title: "Choose",
                    isHidden: true,
                    width: "36px",
                    cell: (one) => (
                      <Checkbox
                        size="xs"
                        aria-label={`Choose trace ${one.trace_id.slice(0, 8)}`}
                        checked={picked.has(one.trace_id)}
                        onChange={() => toggle(one.trace_id)}
                      />
                    ),
                  },
                  {
                    title: "Trace",
                    width: "110px",
                    cell: (one) => (
                      <Link to={links.trace(one.trace_id, one.span_id)} className="link mono">
                        {one.trace_id.slice(0, 8)}
                      </Link>
                    ),
                  },
                  { title: "Why", width: "110px", cell: (one) => <Tag>{one.kind}</Tag> },
                  { title: "Reason", cell: (one) => one.reason },
                ]}
              />
              <Group mt="sm" gap="xs">
                <Button
                  variant="default"
                  onClick={() =>
                    setPicked(new Set(picked.size === data.items.length ? [] : data.items.map((one) => one.trace_id)))
                  }
                >
                  {picked.size === data.items.length ? "Choose none" : "Choose all"}
                </Button>
                <Select
                  aria-label="Queue"
                  placeholder="No queue yet"
                  allowDeselect={false}
                  disabled={queues.length === 0}
                  value={target || null}
                  onChange={setQueueId}
                  data={queues.map((one) => ({ value: one.id, label: one.name }))}
                />
                <Button
                  loading={add.isPending}
                  disabled={wanted.length === 0 || !target}
                  onClick={() => add.mutate(undefined)}
                >
                  {wanted.length ? `Add ${count(wanted.length)} to queue` : "Add to queue"}
                </Button>
              </Group>
              {add.error && <Failed error={add.error} />}
            </>
          )}
        </Async>
      )}
    </Panel>
  );
}
