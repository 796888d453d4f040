import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Figure } from "@/design/Figure";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { useRange } from "@/lib/address";
import { count, number } from "@/lib/format";
import { links } from "@/lib/links";
import { both } from "@/lib/query";
import { within } from "./scores";

/** Where the score is worse than elsewhere, corrected for how many places were looked at. */
export function Slices({ score, where, better }: { score: string; where: string; better: "high" | "low" }) {
  const [range] = useRange();
  const asked = useGet(
    "/api/v1/quality/slices",
    { query: { name: score, from: range.from, to: range.to, where, better, limit: 10 } },
    { keep: true },
  );
  const say = (value: number) => number(value);
  return (
    <Panel
      title="Where it is worst"
      flush
      about={asked.data ? `of ${count(asked.data.compared)} slices with at least 20 scores` : undefined}
    >
      <Async
        of={asked}
        height={180}
        isEmpty={(data) => data.slices.length === 0}
        empty={<Empty title="No slice is worse than the rest" />}
      >
        {(data) => (
          <Rows
            label="Worst slices"
            rows={data.slices}
            keyOf={(slice) => slice.where}
            isDim={(slice) => !slice.is_significant}
            columns={[
              {
                title: "Slice",
                cell: (slice) => (
                  <Link
                    className="link"
                    to={links.traces({
                      ...range,
                      level: "spans",
                      where: both(where, slice.where, `score["${score}"] exists`),
                    })}
                  >
                    {Object.entries(slice.by).map(([field, value]) => (
                      <Tag key={field}>
                        {field} <b>{value}</b>
                      </Tag>
                    ))}
                  </Link>
                ),
              },
              {
                title: "Mean",
                cell: (slice) => (
                  <Figure
                    value={slice.mean.value}
                    low={slice.mean.low}
                    high={slice.mean.high}
                    n={slice.mean.n}
                    query={{ measure: `score:${score}.mean`, where: both(where, slice.where), ...range }}
                  >
                    <span className="num">{within(slice.mean, say, count)}</span>
                  </Figure>
                ),
              },
              {
                title: "Against the rest",
                cell: (slice) => (
                  <span className="num">
                    {slice.difference.value > 0 ? "+" : ""}
                    {number(slice.difference.value)}
                    {slice.difference.low !== null && slice.difference.high !== null && (
                      <span className="dim">
                        {" "}
                        [{number(slice.difference.low)}, {number(slice.difference.high)}]
                      </span>
                    )}
                  </span>
                ),
              },
              {
                title: "Certain",
                cell: (slice) =>
                  slice.is_significant ? (
                    <Tag tone="bad">worse</Tag>
                  ) : (
                    <span className="dim">may be chance (q = {number(slice.q_value)})</span>
                  ),
              },
            ]}
          />
        )}
      </Async>
    </Panel>
  );
}
