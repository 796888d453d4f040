import { ActionIcon, Button, Group, NumberInput, Stack, Textarea, TextInput, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconThumbDown, IconThumbUp } from "@tabler/icons-react";
import { useMutation, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api } from "@/api/client";
import { useGet, type Answer, type Schemas } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { money } from "@/lib/format";
import { Section } from "./Value";
import { scoreWords } from "./words";

type List = Answer<"/api/v1/scores">;
type Score = Schemas["Score"];
/** What the form says of a score; the rest of the API's body is the same for all. */
interface Said {
  name: string;
  value?: number | boolean;
  label?: string;
  data_type?: "text";
  explanation?: string;
}

export function useSpanScores(traceId: string, spanId: string): UseQueryResult<List, Error> {
  return useGet("/api/v1/scores", { query: { trace_id: traceId, target_id: spanId } });
}

/** All scores of a trace, its spans' too: asked once for the tree, the badges and the marks. */
export function useTraceScores(traceId: string): UseQueryResult<List, Error> {
  return useGet("/api/v1/scores", { query: { trace_id: traceId, limit: 1000 } });
}

/** Whether a judgement between 0 and 1 did not pass. What is measured on other scales passes nothing. */
export function isFailed(score: Score): boolean {
  const told = (score.metadata as Record<string, unknown> | null | undefined)?.passed;
  if (typeof told === "boolean") return !told;
  return typeof score.value === "number" && score.value >= 0 && score.value < 0.5;
}

/** Judgements of a span, and a way to add one. */
export function Scores({
  traceId,
  spanId,
  asked,
}: {
  traceId: string;
  spanId: string;
  asked: UseQueryResult<List, Error>;
}) {
  return (
    <>
      <Section title="Scores">
        <Async
          of={asked}
          isEmpty={(data) => !data.items.length}
          empty={<p className="dim">Nobody has judged this span yet.</p>}
          height={40}
        >
          {(data) => (
            <Stack gap={8}>
              {data.items.map((score) => (
                <ScoreLine key={score.id} score={score} />
              ))}
            </Stack>
          )}
        </Async>
      </Section>
      <Section title="Your judgement">
        <AddScore traceId={traceId} spanId={spanId} />
      </Section>
    </>
  );
}

function ScoreLine({ score }: { score: Score }) {
  const by = [
    score.source,
    score.evaluator && `${score.evaluator}${score.evaluator_version ? ` ${score.evaluator_version}` : ""}`,
    score.author,
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <div role="group" aria-label={score.name}>
      <Group gap={8}>
        <b>{score.name}</b>
        <Tag tone={isFailed(score) ? "bad" : "accent"}>{scoreWords(score)}</Tag>
        <span className="dim">
          {by} · <Time at={score.time} relative />
          {score.cost_usd ? ` · ${money(score.cost_usd)}` : ""}
        </span>
      </Group>
      {score.explanation && (
        <div style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere", marginTop: 2 }}>{score.explanation}</div>
      )}
      <History score={score} />
    </div>
  );
}

/** What the score said before, for those that were corrected. */
function History({ score }: { score: Score }) {
  const [isOpen, setOpen] = useState(false);
  const asked = useGet(
    "/api/v1/scores/{score_id}/history",
    { path: { score_id: score.id } },
    { enabled: isOpen, staleTime: 10_000 },
  );
  // Without a revision nothing came before; with one something may have.
  if (!score.revision) return null;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="dim">History</summary>
      <Async of={asked} height={30}>
        {({ items }) => (
          <ul style={{ margin: "4px 0", paddingLeft: 20 }}>
            {items.map((one) => (
              <li key={one.revision}>
                <b>{scoreWords(one)}</b>{" "}
                <span className="dim">
                  {[one.author, one.evaluator_version && `version ${one.evaluator_version}`].filter(Boolean).join(", ")}{" "}
                  <Time at={one.time} />
                </span>{" "}
                {one.explanation}
              </li>
            ))}
          </ul>
        )}
      </Async>
    </details>
  );
}

/** Thumbs for what one thinks of it, a number with a name for the rest; a comment with either; what should have been said. */
function AddScore({ traceId, spanId }: { traceId: string; spanId: string }) {
  const client = useQueryClient();
  const [comment, setComment] = useState("");
  const [name, setName] = useState("quality");
  const [value, setValue] = useState<number | string>("");
  const [correction, setCorrection] = useState("");
  const add = useMutation({
    mutationFn: async (score: Said) => {
      await api.POST("/api/v1/scores", {
        body: { trace_id: traceId, span_id: spanId, source: "human", explanation: comment, ...score } as never,
      });
    },
    onSuccess: async () => {
      setComment("");
      setValue("");
      setCorrection("");
      await client.invalidateQueries({ queryKey: ["/api/v1/scores"] });
      notifications.show({ message: "Score stored" });
    },
    onError: (error) => notifications.show({ color: "red", title: "The score was not stored", message: error.message }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (correction.trim())
      add.mutate({ name: "correction", label: "corrected", data_type: "text", explanation: correction.trim() });
    else if (value !== "" && name.trim()) add.mutate({ name: name.trim(), value: Number(value) });
    else if (comment.trim()) add.mutate({ name: "comment", label: "comment", data_type: "text" });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap={8} maw={420}>
        <Group gap={6}>
          {[true, false].map((isGood) => (
            <Tooltip key={String(isGood)} label={isGood ? "Good" : "Bad"}>
              <ActionIcon
                size="lg"
                variant="default"
                aria-label={isGood ? "Thumbs up" : "Thumbs down"}
                disabled={add.isPending}
                onClick={() => add.mutate({ name: "thumbs", value: isGood, label: isGood ? "up" : "down" })}
              >
                {isGood ? <IconThumbUp size={17} /> : <IconThumbDown size={17} />}
              </ActionIcon>
            </Tooltip>
          ))}
        </Group>
        <Textarea
          size="xs"
          autosize
          minRows={2}
          label="Comment"
          placeholder="Why (goes with the thumb or the number)"
          value={comment}
          onChange={(event) => setComment(event.currentTarget.value)}
        />
        <Group gap={8} grow>
          <TextInput label="Name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <NumberInput label="Value" placeholder="e.g. 0.8" value={value} onChange={setValue} step={0.1} />
        </Group>
        <Textarea
          size="xs"
          autosize
          minRows={1}
          label="Correction"
          placeholder="What should have been said"
          value={correction}
          onChange={(event) => setCorrection(event.currentTarget.value)}
        />
        <Button
          type="submit"
          loading={add.isPending}
          disabled={value === "" && !comment.trim() && !correction.trim()}
          style={{ alignSelf: "flex-start" }}
        >
          Add
        </Button>
      </Stack>
    </form>
  );
}
