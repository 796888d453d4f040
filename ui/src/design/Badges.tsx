import { Tooltip } from "@mantine/core";
import {
  IconArrowsSort,
  IconBinaryTree,
  IconCircleDot,
  IconGavel,
  IconMessage,
  IconRobot,
  IconSearch,
  IconShield,
  IconSitemap,
  IconTool,
  IconTrendingUp,
  type Icon,
} from "@tabler/icons-react";
import { useZone, ago, clock, fullTime } from "@/lib/time";
import css from "./Badges.module.css";

const KINDS: Record<string, { icon: Icon; colour: string; word: string }> = {
  agent: { icon: IconRobot, colour: "var(--kind-agent)", word: "agent" },
  workflow: { icon: IconSitemap, colour: "var(--kind-workflow)", word: "workflow" },
  llm: { icon: IconMessage, colour: "var(--kind-llm)", word: "LLM call" },
  embedding: { icon: IconBinaryTree, colour: "var(--kind-embedding)", word: "embedding" },
  retriever: { icon: IconSearch, colour: "var(--kind-retriever)", word: "retriever" },
  reranker: { icon: IconArrowsSort, colour: "var(--kind-retriever)", word: "reranker" },
  tool: { icon: IconTool, colour: "var(--kind-tool)", word: "tool" },
  guardrail: { icon: IconShield, colour: "var(--kind-guardrail)", word: "guardrail" },
  evaluator: { icon: IconGavel, colour: "var(--kind-guardrail)", word: "evaluator" },
  prediction: { icon: IconTrendingUp, colour: "var(--kind-llm)", word: "prediction" },
  other: { icon: IconCircleDot, colour: "var(--kind-other)", word: "span" },
};

/** The colour of a kind of span, for bars and borders. */
export function kindColour(kind: string): string {
  return (KINDS[kind] ?? KINDS.other!).colour;
}

/** A kind of span as its icon, with its word when asked for. */
export function KindBadge({ kind, withWord = false, size = 15 }: { kind: string; withWord?: boolean; size?: number }) {
  const shown = KINDS[kind] ?? KINDS.other!;
  const icon = <shown.icon size={size} stroke={1.8} color={shown.colour} aria-hidden />;
  if (withWord)
    return (
      <span className={css.kind}>
        {icon} {shown.word}
      </span>
    );
  return (
    <Tooltip label={shown.word}>
      <span className={css.kind} role="img" aria-label={shown.word}>
        {icon}
      </span>
    </Tooltip>
  );
}

/** ok, error or unset; the message on hover. Colour is never the only sign. */
export function StatusBadge({ status, message = "" }: { status: string; message?: string }) {
  const isError = status === "error";
  // Most senders set a status only when something fails: unset is no news, so it is quiet.
  const isUnset = status !== "ok" && !isError;
  return (
    <Tooltip label={message || "No status was sent; that is not an error."} disabled={!message && !isUnset}>
      <span className={isError ? css.error : css.ok}>
        <span className={`${css.dot} ${isUnset ? css.unset : ""}`} aria-hidden />
        {isError ? "error" : isUnset ? <span className="visually-hidden">unset</span> : "ok"}
      </span>
    </Tooltip>
  );
}

/** A small word on a soft ground. */
export function Tag({
  children,
  tone = "plain",
}: {
  children: React.ReactNode;
  tone?: "plain" | "bad" | "warn" | "accent";
}) {
  return <span className={`${css.tag} ${tone === "plain" ? "" : css[tone]}`}>{children}</span>;
}

/** A time: clock by default, "3 min ago" when asked; the whole truth on hover. */
export function Time({
  at,
  relative = false,
  withMs = false,
}: {
  at: string | number | null | undefined;
  relative?: boolean;
  withMs?: boolean;
}) {
  useZone();
  return (
    <Tooltip label={`${fullTime(at)} · ${ago(at)}`}>
      <time className="num" dateTime={typeof at === "string" ? at : undefined}>
        {relative ? ago(at) : clock(at, withMs)}
      </time>
    </Tooltip>
  );
}
