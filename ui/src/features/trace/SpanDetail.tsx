import { ActionIcon, Tabs, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconX } from "@tabler/icons-react";
import { useMemo } from "react";
import { keepPreviousData } from "@tanstack/react-query";
import { useGet } from "@/api/hooks";
import { Failed, Loading } from "@/design/Async";
import { KindBadge, StatusBadge, Tag } from "@/design/Badges";
import { Json } from "@/design/Code";
import { Copy } from "@/design/Copy";
import { Long } from "@/design/Long";
import { contentOf, type Content } from "./content";
import { Attributes } from "./Attributes";
import { Conversation } from "./Conversation";
import { Details } from "./Details";
import { Grounds } from "./Grounds";
import { Happenings } from "./Happenings";
import type { Outline } from "./outline";
import { isFailed, Scores, useSpanScores, useTraceScores } from "./Scores";
import { scoreWords } from "./words";
import css from "./detail.module.css";

const LOOK_MS = 5000;
const MOST_BADGES = 8;

interface Props {
  traceId: string;
  spanId: string;
  outline: Outline;
  part: string;
  onPart: (part: string) => void;
  onClose: () => void;
  onChoose: (place: number) => void;
  /** It covers what it came from. */
  isOver: boolean;
  /** Spans still arrive: this one may be completed. */
  isLive: boolean;
}

/** One span with everything. Its payload is read only now. */
export function SpanDetail(props: Props) {
  const { traceId, spanId, outline, onClose, isOver, isLive } = props;
  const asked = useGet(
    "/api/v1/spans/{trace_id}/{span_id}",
    { path: { trace_id: traceId, span_id: spanId } },
    { placeholderData: keepPreviousData, staleTime: 60_000, refetchInterval: isLive ? LOOK_MS : false },
  );
  const content = useMemo(() => (asked.data ? contentOf(asked.data) : undefined), [asked.data]);
  const place = outline.placeOf(spanId);
  const isStale = content !== undefined && content.span_id !== spanId;
  return (
    <section className={css.detail} aria-label="Span" aria-busy={asked.isFetching}>
      <header className={css.head}>
        {isOver && (
          <ActionIcon aria-label="Back to the trace" onClick={onClose}>
            <IconArrowLeft size={17} />
          </ActionIcon>
        )}
        <KindBadge kind={place >= 0 ? outline.kind(place) : (content?.kind ?? "other")} />
        <h2 className={css.title}>
          <Long text={place >= 0 ? outline.name(place) : (content?.name ?? spanId)} />
        </h2>
        <StatusBadge
          status={place >= 0 && outline.isError(place) ? "error" : (content?.status ?? "unset")}
          message={content?.status_message}
        />
        <span style={{ marginLeft: "auto", display: "inline-flex", alignItems: "center" }}>
          <Copy text={spanId} label="span id" />
          {!isOver && (
            <Tooltip label="Close (Esc)">
              <ActionIcon aria-label="Close the span" onClick={onClose}>
                <IconX size={16} />
              </ActionIcon>
            </Tooltip>
          )}
        </span>
      </header>
      {asked.error ? (
        <Failed error={asked.error} again={asked.refetch} />
      ) : content ? (
        <div className={css.fill} style={isStale ? { opacity: 0.5 } : undefined}>
          <Parts {...props} content={content} />
        </div>
      ) : (
        <Loading />
      )}
    </section>
  );
}

function Parts({ traceId, outline, part, onPart, onChoose, content }: Props & { content: Content }) {
  const scores = useSpanScores(traceId, content.span_id);
  const all = useTraceScores(traceId);
  const happened = content.events.length + content.links.length;
  const parts: [string, string, React.ReactNode][] = [
    [
      "content",
      "Content",
      <div key="c">
        <Grounds content={content} outline={outline} scores={all.data?.items ?? []} />
        <Conversation content={content} />
      </div>,
    ],
    ["details", "Details", <Details key="d" content={content} outline={outline} onChoose={onChoose} />],
    [
      "scores",
      scores.data?.items.length ? `Scores ${scores.data.items.length}` : "Scores",
      <Scores key="s" traceId={traceId} spanId={content.span_id} asked={scores} />,
    ],
    ["attributes", "Attributes", <Attributes key="a" content={content} />],
    [
      "events",
      happened ? `Events ${happened}` : "Events",
      <Happenings key="e" traceId={traceId} content={content} outline={outline} onChoose={onChoose} />,
    ],
    ["json", "JSON", <Json key="j" value={content} label="span" maxHeight={100_000} />],
  ];
  const shown = parts.some(([name]) => name === part) ? part : "content";
  const badges = (scores.data?.items ?? []).slice(0, MOST_BADGES);
  return (
    <Tabs
      value={shown}
      onChange={(value) => onPart(value === "content" ? "" : (value ?? ""))}
      className={css.tabs}
      keepMounted={false}
    >
      {badges.length > 0 && (
        <div className={css.badges} role="group" aria-label="Scores of this span">
          {badges.map((score) => (
            <Tooltip
              key={score.id}
              label={score.explanation || [score.source, score.author].filter(Boolean).join(" · ")}
            >
              <button type="button" onClick={() => onPart("scores")}>
                <Tag tone={isFailed(score) ? "bad" : "accent"}>
                  {score.name} <b className="num">{scoreWords(score)}</b>
                </Tag>
              </button>
            </Tooltip>
          ))}
        </div>
      )}
      <Tabs.List className={css.list}>
        {parts.map(([name, label]) => (
          <Tabs.Tab key={name} value={name}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {parts.map(([name, label, body]) => (
        // A region that scrolls is reached by keyboard.
        <Tabs.Panel key={name} value={name} className={css.panel} tabIndex={0} aria-label={label}>
          {body}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
