import { Tooltip } from "@mantine/core";
import { percent } from "@/lib/format";

/** Wilson's 95 % interval of a share (Wilson 1927). */
export function wilson(passed: number, n: number): [number, number] {
  const z = 1.959964;
  const rate = passed / n;
  const centre = (rate + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** A share of scores that passed, with its interval and n beside it. */
export function PassRate({ passed, scored }: { passed: number; scored: number }) {
  if (scored === 0) return <span className="dim">–</span>;
  const [low, high] = wilson(passed, scored);
  return (
    <Tooltip label={`${passed} of ${scored} passed; 95 % interval ${percent(low)} to ${percent(high)}`}>
      <span>
        {percent(passed / scored)}{" "}
        <span className="dim">
          {percent(low)}–{percent(high)}
        </span>
      </span>
    </Tooltip>
  );
}
