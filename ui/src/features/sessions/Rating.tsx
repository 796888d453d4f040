import { ActionIcon, Button, Group, Popover, Stack, Text, Textarea, Tooltip } from "@mantine/core";
import {
  IconMessagePlus,
  IconThumbDown,
  IconThumbDownFilled,
  IconThumbUp,
  IconThumbUpFilled,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/api/client";
import { Tag } from "@/design/Badges";
import { number } from "@/lib/format";
import { COMMENT, ratingOf, thumbOf, type Score, type Target } from "./turns";

/** Thumbs and a comment, stored as scores of a person; a second thumb replaces the first. */
export function Rating({ target, scores, what }: { target: Target; scores: Score[]; what: string }) {
  const client = useQueryClient();
  const thumb = thumbOf(scores);
  const comments = scores.filter((score) => score.name === COMMENT && score.target_type !== "span").length;
  const store = useMutation({
    mutationFn: (body: object) => api.POST("/api/v1/scores", { body: body as never }),
    onSuccess: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ["turns"] }),
        client.invalidateQueries({ queryKey: ["/api/v1/scores"] }),
      ]),
  });
  const rate = (value: boolean) => {
    if (thumb?.value !== Number(value)) store.mutate(ratingOf(target, value, thumb?.explanation ?? "", thumb));
  };
  const isUp = thumb?.value === 1;
  const isDown = thumb?.value === 0;
  return (
    <Group gap={0} wrap="nowrap" role="group" aria-label={`Judge ${what}`}>
      <Tooltip label="Good">
        <ActionIcon
          size="sm"
          aria-label={`Good: ${what}`}
          aria-pressed={isUp}
          loading={store.isPending}
          onClick={() => rate(true)}
        >
          {isUp ? <IconThumbUpFilled size={15} color="var(--ok)" /> : <IconThumbUp size={15} />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Bad">
        <ActionIcon
          size="sm"
          aria-label={`Bad: ${what}`}
          aria-pressed={isDown}
          disabled={store.isPending}
          onClick={() => rate(false)}
        >
          {isDown ? <IconThumbDownFilled size={15} color="var(--bad)" /> : <IconThumbDown size={15} />}
        </ActionIcon>
      </Tooltip>
      <Commenting
        what={what}
        count={comments}
        error={store.error}
        onSay={(text) =>
          store.mutateAsync({ ...target, name: COMMENT, label: text, data_type: "text", source: "human" })
        }
      />
      {store.isError && (
        <Text size="xs" className="bad" role="alert">
          {store.error.message}
        </Text>
      )}
    </Group>
  );
}

function Commenting({
  what,
  count,
  error,
  onSay,
}: {
  what: string;
  count: number;
  error: Error | null;
  onSay: (text: string) => Promise<unknown>;
}) {
  const [isOpen, setOpen] = useState(false);
  const [text, setText] = useState("");
  const say = () => {
    if (!text.trim()) return;
    // What went wrong is told beside the thumbs; the text stays to be sent again.
    void onSay(text.trim()).then(
      () => {
        setText("");
        setOpen(false);
      },
      () => undefined,
    );
  };
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus shadow="md" withinPortal>
      <Popover.Target>
        <Tooltip label={count ? `${count} comments; add one` : "Comment"}>
          <ActionIcon size="sm" aria-label={`Comment on ${what}`} onClick={() => setOpen(!isOpen)}>
            <IconMessagePlus size={15} color={count ? "var(--accent)" : undefined} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="xs" w={280}>
          <Textarea
            data-autofocus
            label={`Comment on ${what}`}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={4000}
            value={text}
            error={error?.message}
            onChange={(event) => setText(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) say();
            }}
          />
          <Button onClick={say} disabled={!text.trim()}>
            Add comment
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

/** What judges said: name and value, the reason on hover. Thumbs stand as icons already, so only others' are told here. */
export function ScoreTags({ scores }: { scores: Score[] }) {
  const mine = thumbOf(scores);
  return scores
    .filter((score) => score !== mine && score.name !== COMMENT)
    .map((score) => <ScoreTag key={score.id} score={score} />);
}

function ScoreTag({ score }: { score: Score }) {
  const isBoolean = score.data_type === "boolean";
  const value = isBoolean
    ? score.value
      ? "yes"
      : "no"
    : typeof score.value === "number"
      ? number(score.value)
      : score.label;
  const by = [score.source, score.evaluator, score.author].filter(Boolean).join(" · ");
  return (
    <Tooltip
      label={[score.label !== value && score.label, score.explanation, by].filter(Boolean).join("\n")}
      style={{ whiteSpace: "pre-wrap" }}
    >
      <span>
        <Tag tone={isBoolean && !score.value ? "bad" : "plain"}>
          {score.name} <b className="num">{value}</b>
        </Tag>
      </span>
    </Tooltip>
  );
}
