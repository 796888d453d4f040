import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Rows, type Column } from "@/design/Rows";
import { number } from "@/lib/format";
import { links } from "@/lib/links";
import { Scopes } from "./Tags";
import { aroundOf, expectedWithin, inFinding, ruleOf, timeOf, type Finding } from "./words";

const NONE = <span className="dim">–</span>;

/** Findings as a table. withIncident: also which incident each belongs to. isKept: whether they have pages of their own. */
export function FindingTable({
  findings,
  withIncident = false,
  isKept = true,
}: {
  findings: Finding[];
  withIncident?: boolean;
  isKept?: boolean;
}) {
  const columns: Column<Finding>[] = [
    {
      title: "Measure",
      cell: (one) =>
        isKept ? (
          <Link className="link" to={links.finding(one.id)}>
            <b>{one.measure}</b>
          </Link>
        ) : (
          <b>{one.measure}</b>
        ),
    },
    { title: "Where", cell: (one) => <Scopes of={[one.scope]} slice={aroundOf(timeOf(one))} /> },
    {
      title: "Observed",
      isNumber: true,
      cell: (one) => `${one.direction === "up" ? "▲" : "▼"} ${inFinding(one, one.observed)}`,
    },
    {
      title: "Expected",
      isNumber: true,
      cell: (one) => (
        <>
          {ruleOf(one) && <span className="dim">limit </span>}
          {inFinding(one, one.expected)}
        </>
      ),
    },
    {
      title: "95 % interval",
      isNumber: true,
      // A rule's limit is no estimate.
      cell: (one) => (ruleOf(one) ? NONE : expectedWithin(one)),
    },
    { title: "Effect, s.d.", isNumber: true, cell: (one) => (ruleOf(one) ? NONE : number(one.effect)) },
    { title: "First seen", cell: (one) => <Time at={one.onset} /> },
    { title: "Last seen", cell: (one) => <Time at={one.to} /> },
  ];
  if (withIncident)
    columns.push(
      {
        title: "Incident",
        cell: (one) =>
          one.incident ? (
            <Link className="link" to={links.incident(one.incident)}>
              {one.incident_title}
            </Link>
          ) : (
            <span className="dim">none</span>
          ),
      },
      { title: "State", cell: (one) => <Tag tone={one.state === "open" ? "bad" : "plain"}>{one.state}</Tag> },
    );
  return (
    <Rows
      label="Findings"
      rows={findings}
      keyOf={(one) => one.id}
      isDim={(one) => one.state === "closed" && withIncident}
      columns={columns}
    />
  );
}
