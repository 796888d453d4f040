import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { Long } from "@/design/Long";
import { Rows } from "@/design/Rows";
import css from "./prompts.module.css";

/** What changed from one version to another: lines of the template, members of the config. */
export function DiffView({ name, before, after }: { name: string; before: number; after: number }) {
  const diff = useGet("/api/v1/prompts/{name}/diff", {
    path: { name },
    query: { before: String(before), after: String(after) },
  });
  return (
    <Async of={diff}>
      {({ same, lines, config }) => {
        if (same)
          return (
            <p>
              v{before} and v{after} say the same.
            </p>
          );
        return (
          <>
            <div className={css.diff} role="group" aria-label={`From v${before} to v${after}`}>
              {lines.map(({ op, text }, at) => (
                <div key={at} className={op === "+" ? css.added : op === "-" ? css.removed : undefined}>
                  <span aria-hidden>{op === "=" ? "  " : `${op} `}</span>
                  <span className="visually-hidden">{op === "+" ? "added: " : op === "-" ? "removed: " : ""}</span>
                  {text}
                </div>
              ))}
            </div>
            {Object.keys(config).length > 0 && (
              <Rows
                label="Config"
                rows={Object.entries(config)}
                keyOf={([member]) => member}
                columns={[
                  { title: "Config", cell: ([member]) => member },
                  { title: `v${before}`, cell: ([, values]) => <Long text={said(values[0])} /> },
                  { title: `v${after}`, cell: ([, values]) => <Long text={said(values[1])} /> },
                ]}
              />
            )}
          </>
        );
      }}
    </Async>
  );
}

function said(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
