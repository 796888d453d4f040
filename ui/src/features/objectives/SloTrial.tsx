import { useQuery } from "@tanstack/react-query";
import { api, projectName } from "@/api/client";
import type { Schemas } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Time } from "@/design/Badges";
import { count, percent } from "@/lib/format";
import { promise, SLO_STATES } from "./words";
import css from "./objectives.module.css";

type NewSlo = Schemas["NewSlo"];
const MOST = 10;

/** What an SLO would have shown, and when its alerts would have fired, before it is kept. */
export function SloTrial({ slo }: { slo: NewSlo }) {
  const asked = useQuery<Schemas["SloPreview"], Error>({
    queryKey: ["slo preview", slo, projectName()],
    queryFn: async ({ signal }) => (await api.POST("/api/v1/slos/preview", { body: slo, signal })).data!,
    retry: false,
  });
  return (
    <section className={css.preview} aria-label="On the last 8 days">
      <Async of={asked} height={80}>
        {(told) => (
          <>
            <div>
              {told.status.good_ratio === null ? (
                <>No event matched, so nothing can be said: look at the filter.</>
              ) : (
                <>
                  <b>{percent(told.status.good_ratio)}</b> of {count(told.status.valid)} were good{" "}
                  <span className="dim">
                    (95 % between {percent(told.status.low)} and {percent(told.status.high)})
                  </span>
                  ; promised: {promise(slo)}. It would be <b>{SLO_STATES[told.status.state].word}</b>.
                </>
              )}
            </div>
            {told.fired.length === 0 ? (
              <div>No alert would have fired.</div>
            ) : (
              <>
                <div>
                  {told.fired.length} alert{told.fired.length === 1 ? "" : "s"} would have fired:
                </div>
                <ul className={css.list}>
                  {told.fired.slice(0, MOST).map((one) => (
                    <li key={`${one.start} ${one.long_s}`}>
                      {one.severity}: <Time at={one.start} /> to {one.end ? <Time at={one.end} /> : "now"}
                    </li>
                  ))}
                </ul>
                {told.fired.length > MOST && <div className="dim">and {told.fired.length - MOST} more</div>}
              </>
            )}
          </>
        )}
      </Async>
    </section>
  );
}
