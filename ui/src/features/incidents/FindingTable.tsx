import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Rows, type Column } from "@/design/Rows";
import { inUnit, number } from "@/lib/format";
import { links } from "@/lib/links";
import { Scopes } from "./Tags";
import { aroundOf, timeOf, type Finding } from "./words";

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
      cell: (one) => `${one.direction === "up" ? "▲" : "▼"} ${inUnit(one.observed, one.unit)}`,
    },
    { title: "Expected", isNumber: true, cell: (one) => inUnit(one.expected, one.unit) },
    {
      title: "95 % interval",
      isNumber: true,
      cell: (one) => `${inUnit(one.low, one.unit)} – ${inUnit(one.high, one.unit)}`,
    },
    { title: "Effect, s.d.", isNumber: true, cell: (one) => number(one.effect) },
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
