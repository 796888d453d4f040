import { Tooltip } from "@mantine/core";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import type { Schemas } from "@/api/hooks";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { number } from "@/lib/format";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import { Cause } from "./Tags";
import type { Incident } from "./words";
import css from "./incidents.module.css";

type Evidence = Schemas["EvidenceAnswer"];

/** The cause with what speaks for and against it, what else it could be, and what it is not. */
export function Why({ incident }: { incident: Incident }) {
  return (
    <Panel title="Why" about={<Cause of={incident} />}>
      <div className={css.why}>
        <Pieces of={incident.evidence} />
        {incident.rivals.map((rival) => (
          <details key={rival.cause}>
            <summary>
              It could also be: <Cause of={rival} />
            </summary>
            <Pieces of={rival.evidence} />
          </details>
        ))}
        {incident.ruled_out.length > 0 && (
          <details>
            <summary>Ruled out ({incident.ruled_out.length})</summary>
            <ul>
              {incident.ruled_out.map((one) => (
                <li key={one}>{one}</li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </Panel>
  );
}

function Pieces({ of }: { of: Evidence[] }) {
  const sides = [
    { title: "Speaks for it", pieces: of.filter((one) => one.supports) },
    { title: "Speaks against it", pieces: of.filter((one) => !one.supports) },
  ].filter((side) => side.pieces.length > 0);
  return sides.map((side) => (
    <section key={side.title} aria-label={side.title}>
      <h3>{side.title}</h3>
      <ul className={css.list}>
        {side.pieces.map((one) => (
          <li key={one.text} className={css.evidence}>
            {one.supports ? (
              <IconPlus size={14} color="var(--ok)" aria-hidden />
            ) : (
              <IconMinus size={14} color="var(--bad)" aria-hidden />
            )}
            <span>{one.text}</span>
            <span className={css.weight}>
              {one.query && (
                <Link className="link" to={links.explore(one.query as unknown as Query)}>
                  Query
                </Link>
              )}{" "}
              <Tooltip
                label={`${number(10 ** one.weight)} times likelier ${one.supports ? "if it is this" : "if it is not"}`}
              >
                <span className="dim num">×{number(10 ** one.weight)}</span>
              </Tooltip>
            </span>
          </li>
        ))}
      </ul>
    </section>
  ));
}
