import { useGet } from "@/api/hooks";
import { Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { links } from "@/lib/links";
import { Cause, Severity, Status } from "./Tags";
import { byUrgency, LASTING } from "./words";
import css from "./incidents.module.css";

const REFRESH_MS = 30_000;
const SHOWN = 5;
const ASKED = 100;

/** For other pages: the incidents that last; nothing while there is none. */
export function OpenIncidents() {
  const asked = useGet(
    "/api/v1/incidents",
    { query: { status: LASTING, limit: ASKED } },
    { refetchInterval: REFRESH_MS },
  );
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />;
  const items = [...(asked.data?.items ?? [])].sort(byUrgency);
  if (items.length === 0) return null;
  const more = items.length - SHOWN;
  return (
    <section aria-label="Open incidents">
      <ul className={css.open}>
        {items.slice(0, SHOWN).map((one) => (
          <li key={one.id}>
            <Severity of={one.severity} />
            <Link className="link" to={links.incident(one.id)}>
              <b>{one.title}</b>
            </Link>
            <span className="dim">
              <Cause of={one} />, since <Time at={one.onset_at} />
            </span>
            {one.status !== "open" && <Status of={one.status} />}
          </li>
        ))}
        {more > 0 && (
          <li>
            <Link className="link" to={links.incidents()}>
              {more} more open
            </Link>
          </li>
        )}
      </ul>
    </section>
  );
}
