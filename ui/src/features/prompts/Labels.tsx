import type { Schemas } from "@/api/hooks";
import { Tag } from "@/design/Badges";
import css from "./prompts.module.css";

/** Labels with the version each points at; `latest` says nothing that the newest version does not say. */
export function Labels({ of, version }: { of: Pick<Schemas["PromptAnswer"], "labels">; version?: number }) {
  const shown = Object.entries(of.labels).filter(
    ([label, at]) => label !== "latest" && (version === undefined || at === version),
  );
  if (shown.length === 0) return <span className="dim">–</span>;
  return (
    <span className={css.labels}>
      {shown.map(([label, at]) => (
        <Tag key={label} tone={label === "production" ? "accent" : "plain"}>
          {label}
          {version === undefined && ` v${at}`}
        </Tag>
      ))}
    </span>
  );
}
