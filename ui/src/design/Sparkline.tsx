import { useMemo } from "react";

/** A small line without axes; the number beside it says the value. Missing points are gaps. */
export function Sparkline({
  values,
  width = 96,
  height = 24,
  colour = "var(--accent)",
}: {
  values: (number | null)[];
  width?: number;
  height?: number;
  colour?: string;
}) {
  const path = useMemo(() => {
    const known = values.filter((value): value is number => value !== null);
    if (known.length < 2) return "";
    const low = Math.min(0, ...known);
    const high = Math.max(...known, low + 1e-12);
    let isPenUp = true;
    return values
      .map((value, index) => {
        if (value === null) {
          isPenUp = true;
          return "";
        }
        const x = (index / (values.length - 1)) * (width - 2) + 1;
        const y = height - 2 - ((value - low) / (high - low)) * (height - 4);
        const move = isPenUp ? "M" : "L";
        isPenUp = false;
        return `${move}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join("");
  }, [values, width, height]);
  return (
    <svg width={width} height={height} aria-hidden style={{ display: "block", maxWidth: "100%" }}>
      <path d={path} fill="none" stroke={colour} strokeWidth={1.4} strokeLinejoin="round" />
    </svg>
  );
}
