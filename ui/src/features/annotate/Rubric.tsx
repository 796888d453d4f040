import { Button, Group, Kbd, Modal, NumberInput, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMemo, useRef, useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { shownKeys, useShortcuts, type Shortcut } from "@/app/shortcuts";
import { Failed } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Markdown } from "@/design/Markdown";
import { answerWords, isAnswered, missing, optionAt, optionsOf, type Criterion, type Values } from "./answers";
import css from "./annotate.module.css";

interface Props {
  queue: Schemas["AnnotationQueue"];
  work: Schemas["AnnotationWork"];
  annotator: string;
  /** The answer settles what others disagree on. */
  isFinal: boolean;
  onDone: () => void;
  onBack?: () => void;
}

const DIGITS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The questions, their answers by button and by digit, and what is done with them. */
export function Rubric({ queue, work, annotator, isFinal, onDone, onBack }: Props) {
  const item = work.item!;
  const { criteria } = queue;
  const [values, setValues] = useState<Values>(work.mine?.values ?? {});
  const [comments, setComments] = useState<Record<string, string>>(work.mine?.comments ?? {});
  const [current, setCurrent] = useState(0);
  const [isSkipping, setSkipping] = useState(false);
  const fields = useRef<(HTMLElement | null)[]>([]);
  const notes = useRef<(HTMLTextAreaElement | null)[]>([]);
  const left = missing(criteria, values);
  const path = { item_id: item.id };
  const keep = useChange(
    async () =>
      api.POST("/api/v1/annotations/items/{item_id}/answer", {
        params: { path },
        body: { values, comments, annotator, is_final: isFinal },
      }),
    { touches: ["/api/v1/scores", "/api/v1/annotations"], then: onDone },
  );
  const choose = (at: number) => {
    const next = Math.max(0, Math.min(criteria.length - 1, at));
    setCurrent(next);
    fields.current[next]?.focus();
  };
  const put = (at: number, value: unknown) => {
    const name = criteria[at]!.name;
    setValues((held) => ({ ...held, [name]: value }));
  };
  const { mutate, isPending } = keep;
  const canSubmit = left.length === 0 && !isPending;
  const shortcuts = useMemo<Shortcut[]>(() => {
    const where = "Annotation";
    const criterion = criteria[current]!;
    const answer = (digit: number) => {
      const option = optionAt(criterion, digit);
      if (!option) return;
      setValues((held) => ({ ...held, [criterion.name]: option.value }));
      setCurrent((at) => Math.min(criteria.length - 1, at + 1));
    };
    return [
      ...DIGITS.map((digit) => ({
        keys: String(digit),
        does: `Answer ${digit}`,
        where,
        run: () => answer(digit),
      })),
      { keys: "j", does: "Next question", where, run: () => setCurrent((at) => Math.min(criteria.length - 1, at + 1)) },
      { keys: "k", does: "Question before", where, run: () => setCurrent((at) => Math.max(0, at - 1)) },
      { keys: "c", does: "Say why", where, run: () => notes.current[current]?.focus() },
      { keys: "mod+enter", does: "Give the answers", where, inFields: true, run: () => canSubmit && mutate(undefined) },
      { keys: "enter", does: "Give the answers", where, run: () => canSubmit && mutate(undefined) },
      { keys: "s", does: "Skip, with a reason", where, run: () => setSkipping(true) },
      ...(onBack ? [{ keys: "b", does: "Back to the item before", where, run: onBack }] : []),
    ];
  }, [criteria, current, canSubmit, mutate, onBack]);
  useShortcuts(shortcuts);
  return (
    <form
      className={css.rubric}
      aria-label="Rubric"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSubmit) mutate(undefined);
      }}
    >
      {isFinal && <Text size="sm">Your answer settles what the others disagree on.</Text>}
      {work.mine?.state === "done" && !isFinal && (
        <Text size="sm">You answered this before: a change is kept as a correction.</Text>
      )}
      {criteria.map((criterion, at) => (
        <Question
          key={criterion.name}
          criterion={criterion}
          value={values[criterion.name]}
          comment={comments[criterion.name] ?? ""}
          isCurrent={at === current}
          others={work.others}
          fieldRef={(element) => (fields.current[at] = element)}
          noteRef={(element) => (notes.current[at] = element)}
          onValue={(value) => put(at, value)}
          onComment={(text) => setComments((held) => ({ ...held, [criterion.name]: text }))}
          onFocus={() => setCurrent(at)}
          onLeave={() => choose(at)}
        />
      ))}
      {keep.error && <Failed error={keep.error} />}
      <Group gap="xs">
        <Button type="submit" loading={isPending} disabled={left.length > 0}>
          {work.mine?.state === "done" ? "Correct" : "Submit"}
        </Button>
        {!isFinal && work.mine?.state !== "done" && (
          <Button variant="default" onClick={() => setSkipping(true)}>
            Skip
          </Button>
        )}
        {onBack && (
          <Button variant="default" onClick={onBack}>
            Back
          </Button>
        )}
      </Group>
      <Text size="xs" c="dimmed" role="status">
        {left.length > 0 ? `Still to be answered: ${left.join(", ")}` : "All answered"} · <Kbd size="xs">1</Kbd>–
        <Kbd size="xs">9</Kbd> answer, <Kbd size="xs">j</Kbd> <Kbd size="xs">k</Kbd> move, <Kbd size="xs">c</Kbd> say
        why, <Kbd size="xs">{shownKeys("mod+enter")}</Kbd> submit, <Kbd size="xs">s</Kbd> skip
      </Text>
      {isSkipping && (
        <SkipDialog itemId={item.id} annotator={annotator} onClose={() => setSkipping(false)} onDone={onDone} />
      )}
    </form>
  );
}

interface QuestionProps {
  criterion: Criterion;
  value: unknown;
  comment: string;
  isCurrent: boolean;
  others: Schemas["GivenAnswer"][];
  fieldRef: (element: HTMLElement | null) => void;
  noteRef: (element: HTMLTextAreaElement | null) => void;
  onValue: (value: unknown) => void;
  onComment: (text: string) => void;
  onFocus: () => void;
  onLeave: () => void;
}

function Question(props: QuestionProps) {
  const { criterion, value, comment, isCurrent, others, fieldRef, noteRef, onValue, onComment, onFocus, onLeave } =
    props;
  const options = optionsOf(criterion);
  const said = others.filter((one) => one.state === "done" && isAnswered(criterion, one.values));
  const isText = criterion.type === "text";
  return (
    <div
      className={`${css.criterion} ${isCurrent ? css.current : ""}`}
      role="group"
      aria-label={criterion.name}
      aria-current={isCurrent || undefined}
      onFocusCapture={onFocus}
    >
      <Group justify="space-between" gap={6}>
        <b>{criterion.name}</b>
        {criterion.is_required === false && <span className="dim">if you like</span>}
      </Group>
      {criterion.description && <Markdown text={criterion.description} />}
      {options.length > 0 ? (
        <div className={css.options} role="radiogroup" aria-label={`Answer to ${criterion.name}`}>
          {options.map((option, at) => (
            <Button
              key={option.label}
              ref={at === 0 ? fieldRef : undefined}
              role="radio"
              aria-checked={value === option.value}
              variant={value === option.value ? "filled" : "default"}
              title={option.about || undefined}
              onClick={() => onValue(option.value)}
            >
              {criterion.type !== "numeric" && (
                <span className={css.digit} aria-hidden>
                  {at + 1}
                </span>
              )}
              {option.label}
            </Button>
          ))}
        </div>
      ) : isText ? (
        <Textarea
          ref={fieldRef as never}
          aria-label={`Answer to ${criterion.name}`}
          autosize
          minRows={2}
          mt={8}
          value={typeof value === "string" ? value : ""}
          onChange={(event) => onValue(event.currentTarget.value)}
        />
      ) : (
        <NumberInput
          ref={fieldRef as never}
          aria-label={`Answer to ${criterion.name}`}
          mt={8}
          min={criterion.least ?? undefined}
          max={criterion.most ?? undefined}
          value={typeof value === "number" ? value : ""}
          onChange={(next) => onValue(next === "" ? null : Number(next))}
        />
      )}
      {!isText && (
        <Textarea
          ref={noteRef}
          aria-label={`Why, ${criterion.name}`}
          placeholder="Why (if you like)"
          autosize
          minRows={1}
          mt={8}
          size="xs"
          value={comment}
          onChange={(event) => onComment(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") {
              event.currentTarget.blur();
              onLeave();
            }
          }}
        />
      )}
      {said.length > 0 && (
        <Group gap={6} mt={8}>
          {said.map((one) => (
            <Tag key={one.annotator}>
              {one.annotator}: {answerWords(one.values[criterion.name])}
              {one.comments[criterion.name] ? ` (${one.comments[criterion.name]})` : ""}
            </Tag>
          ))}
        </Group>
      )}
    </div>
  );
}

function SkipDialog({
  itemId,
  annotator,
  onClose,
  onDone,
}: {
  itemId: string;
  annotator: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const [reason, setReason] = useState("");
  const skip = useChange(
    async () =>
      api.POST("/api/v1/annotations/items/{item_id}/skip", {
        params: { path: { item_id: itemId } },
        body: { reason, annotator },
      }),
    {
      touches: ["/api/v1/annotations"],
      then: () => {
        onClose();
        onDone();
      },
    },
  );
  return (
    <Modal opened onClose={onClose} title="Skip this item">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          // React passes events through portals: the form around the dialog is another one.
          event.stopPropagation();
          skip.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Why"
            required
            data-autofocus
            placeholder="not my language"
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed">
            You do not get it again; others still do.
          </Text>
          {skip.error && <Failed error={skip.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={skip.isPending} disabled={!reason.trim()}>
              Skip
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
