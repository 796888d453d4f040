import { Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { links } from "@/lib/links";
import { changeName } from "./changeName";
import { aroundOf, scopeName, scopeWhere, type Incident } from "./words";
import css from "./incidents.module.css";

const SHORT = 12;

/** What else changed near the onset, and requests to look at from before and after. */
export function Nearby({ incident }: { incident: Incident }) {
  return (
    <div className={css.two}>
      <Panel title="Changes near the onset" about="likeliest first" flush={incident.changes.length > 0}>
        {incident.changes.length === 0 ? (
          <Empty title="Nothing changed near the onset">
            Neither was a change recorded nor did a new release, model, prompt, index or tool appear.
          </Empty>
        ) : (
          <Rows
            label="Changes near the onset"
            rows={incident.changes}
            keyOf={(one) => one.id}
            columns={[
              { title: "When", cell: (one) => <Time at={one.time} /> },
              {
                title: "What",
                cell: (one) => (
                  <Link
                    className="link"
                    to={links.traces({ where: scopeWhere(one.scope), level: "spans", ...aroundOf(incident) })}
                  >
                    {changeName(one)}
                  </Link>
                ),
              },
              { title: "Where", cell: (one) => scopeName(one.scope) },
              { title: "Known", cell: (one) => <Tag>{one.source}</Tag> },
            ]}
          />
        )}
      </Panel>
      <Panel title="Requests to look at">
        <Exemplars title="Before" ids={incident.exemplars.before ?? []} />
        <Exemplars title="After" ids={incident.exemplars.after ?? []} />
      </Panel>
    </div>
  );
}

function Exemplars({ title, ids }: { title: string; ids: string[] }) {
  return (
    <p>
      <b>{title}</b> {ids.length === 0 && <span className="dim">none was kept</span>}
      <span className={css.tags}>
        {ids.map((id) => (
          <Link key={id} className={`${css.scope} num`} to={links.trace(id)} title={id}>
            {id.slice(0, SHORT)}
          </Link>
        ))}
      </span>
    </p>
  );
}
