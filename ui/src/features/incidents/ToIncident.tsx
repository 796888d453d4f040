import { Link } from "@/design/Link";
import { links } from "@/lib/links";

/** The way from an alert to the incident it is part of. id: "" or null while it is part of none. */
export function ToIncident({ id }: { id?: string | null }) {
  if (!id) return <span className="dim">none</span>;
  return (
    <Link className="link" to={links.incident(id)}>
      its incident
    </Link>
  );
}
