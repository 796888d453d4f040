import { number } from "@/lib/format";

/** Means by name of score in one cell; the whole list on hover. */
export function ScoreMeans({ of }: { of: ReadonlyMap<string, number> | undefined }) {
  if (!of) return <span className="dim">–</span>;
  const shown = [...of].map(([name, value]) => `${name} ${number(value)}`);
  return (
    <span className="cut num" title={shown.join("\n")}>
      {shown.join(", ")}
    </span>
  );
}
