import { Progress } from "@mantine/core";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { Tag } from "@/design/Badges";
import { percent } from "@/lib/format";
import type { Backtest } from "./words";

const TONES: Record<Backtest["state"], "plain" | "bad" | "accent"> = {
  waiting: "plain",
  running: "accent",
  done: "plain",
  failed: "bad",
  cancelled: "plain",
};

export function State({ of }: { of: Backtest["state"] }) {
  return <Tag tone={TONES[of]}>{of}</Tag>;
}

/** How far a backtest is. */
export function Progressing({ of }: { of: Backtest }) {
  return (
    <>
      <Progress value={of.progress * 100} aria-label="Progress of the backtest" />
      <span className="dim num">
        {of.state === "waiting"
          ? "It waits for its turn"
          : of.progress === 0
            ? "It reads what lies before"
            : percent(of.progress)}
      </span>
    </>
  );
}

/** Stops a backtest. */
export function useCancel() {
  return useChange(
    async (id: string) => (await api.DELETE("/api/v1/backtests/{job_id}", { params: { path: { job_id: id } } })).data!,
    { touches: ["/api/v1/backtests"], done: (after) => `It is ${after.state}` },
  );
}
