import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { Link } from "@/design/Link";
import { useRange } from "@/lib/address";
import { count, number, percent } from "@/lib/format";
import { links } from "@/lib/links";
import { within, type Name } from "./scores";

/** Every score of the time, with its mean and pass rate. */
export function Names({ names, chosen }: { names: Name[]; chosen: string }) {
  const [range] = useRange();
  return (
    <Panel title="All scores" flush about="by when they were made">
      <Rows
        label="Scores of this time"
        rows={names}
        keyOf={(one) => one.name}
        columns={[
          {
            title: "Score",
            cell: (one) => (
              <Link
                className="link"
                to={links.quality({ ...range, score: one.name })}
                aria-current={one.name === chosen || undefined}
              >
                {one.name === chosen ? <b>{one.name}</b> : one.name}
              </Link>
            ),
          },
          { title: "By", cell: (one) => <span className="dim">{one.sources.join(", ")}</span> },
          {
            title: "Mean",
            isNumber: true,
            cell: (one) => (one.mean ? within(one.mean, (value) => number(value), count) : `${count(one.n)} given`),
          },
          { title: "Passed", isNumber: true, cell: (one) => percent(one.rate?.value) },
        ]}
      />
    </Panel>
  );
}
