import { Tooltip } from "@mantine/core";
import { Tag } from "@/design/Badges";
import { Link } from "@/design/Link";
import { percent } from "@/lib/format";
import { links, type Slice } from "@/lib/links";
import { causeName, NATURES, scopeName, scopeWhere, SEVERITY_TONES, STATUS_TONES, type Incident } from "./words";
import css from "./incidents.module.css";

export function Severity({ of }: { of: Incident["severity"] }) {
  return <Tag tone={SEVERITY_TONES[of]}>{of}</Tag>;
}

export function Status({ of }: { of: Incident["status"] }) {
  return <Tag tone={STATUS_TONES[of]}>{of}</Tag>;
}

export function Nature({ of }: { of: Incident["nature"] }) {
  return (
    <Tooltip label={NATURES[of]}>
      <span>
        <Tag>{of === "unknown" ? "nature unknown" : of}</Tag>
      </span>
    </Tooltip>
  );
}

/** The cause, and how sure that is. */
export function Cause({ of }: { of: Pick<Incident, "cause" | "confidence"> }) {
  return (
    <span>
      {causeName(of.cause)}{" "}
      <Tooltip label="Confidence: over all causes and “none of these” together it is 100%">
        <span className="dim num">{percent(of.confidence)}</span>
      </Tooltip>
    </span>
  );
}

/** The scopes as tags that lead to what lies in them. */
export function Scopes({ of, slice = {} }: { of: Record<string, string>[]; slice?: Slice }) {
  return (
    <span className={css.tags}>
      {of.map((scope) => (
        <Link
          key={scopeName(scope)}
          className={css.scope}
          to={links.traces({ ...slice, where: scopeWhere(scope), level: "spans" })}
        >
          {scopeName(scope)}
        </Link>
      ))}
    </span>
  );
}
