import "uplot/dist/uPlot.min.css";
import { Tooltip } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { IconFlag3Filled } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import { useRange } from "@/lib/address";
import { inUnit } from "@/lib/format";
import { fullTime, millisOf, useZone, type Range } from "@/lib/time";
import { aligned, type ChartPoint, type ChartSeries } from "./chartData";
import { drawn, useInks, type ChartKind } from "./chartOptions";
import css from "./TimeChart.module.css";

/** Something that happened, shown as a flag on the time axis. */
export interface Marker {
  /** ms since the epoch. */
  at: number;
  label: string;
  onOpen?: () => void;
}

interface ChartProps {
  /** What is shown, for people who cannot see it: "Error rate by model". */
  label: string;
  series: ChartSeries[];
  unit?: string;
  kind?: ChartKind;
  height?: number;
  markers?: Marker[];
  legend?: boolean;
  /** Draws the 95 % interval of each point as a band (lines only). */
  intervals?: boolean;
  /** Limits of the time axis; by default the page's range. */
  range?: Range;
  /** Where dragging leads; by default the page's range changes. */
  onRange?: (range: Range) => void;
  /** A click on a point. */
  onPick?: (series: ChartSeries, point: ChartPoint) => void;
  /** Charts of the same key share the cursor. */
  sync?: string;
}

/** A chart over time on a canvas. Dragging chooses a time range; "as table" shows the numbers. */
export function TimeChart(props: ChartProps) {
  const {
    label,
    series,
    unit = "",
    kind = "line",
    height = 180,
    markers = [],
    legend,
    intervals = false,
    onPick,
    sync,
  } = props;
  const { ref, width } = useElementSize();
  const [pageRange, setPageRange] = useRange();
  const range = props.range ?? pageRange;
  const onRange = props.onRange ?? setPageRange;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState<{ index: number; left: number } | null>(null);
  const [scale, setScale] = useState<{ left: number; width: number; from: number; to: number } | null>(null);
  const zone = useZone();
  const inks = useInks(series.length);
  const plotted = useMemo(
    () => series.map((one, index) => ({ ...one, colour: one.colour ?? inks.series[index % inks.series.length]! })),
    [series, inks],
  );
  const visible = useMemo(() => plotted.filter((one) => !hidden.has(one.name)), [plotted, hidden]);
  const table = useMemo(() => aligned(visible), [visible]);
  const target = useRef<HTMLDivElement>(null);
  const latest = useRef({ onRange, onPick, table, visible });
  useEffect(() => {
    latest.current = { onRange, onPick, table, visible };
  });

  useEffect(() => {
    if (!target.current || width < 40) return;
    const now = new Date();
    const chart = new uPlot(
      {
        ...drawn({
          visible,
          table,
          unit,
          kind,
          intervals,
          inks,
          limits: [millisOf(range.from, now), millisOf(range.to, now)],
        }),
        width: Math.floor(width),
        height,
        cursor: {
          drag: { x: true, y: false, setScale: false },
          points: { size: 6 },
          ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
        },
        hooks: {
          setCursor: [
            (plot) => {
              const { idx, left } = plot.cursor;
              setCursor(
                idx === null || idx === undefined || (left ?? -1) < 0
                  ? null
                  : { index: idx, left: (left ?? 0) + plot.bbox.left / devicePixelRatio },
              );
            },
          ],
          setSelect: [
            (plot) => {
              const { left, width: wide } = plot.select;
              if (wide < 4) return;
              const at = (x: number) => new Date(plot.posToVal(x, "x") * 1000).toISOString();
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
              latest.current.onRange({ from: at(left), to: at(left + wide) });
            },
          ],
          draw: [
            (plot) =>
              setScale((before) => {
                const next = {
                  left: plot.bbox.left / devicePixelRatio,
                  width: plot.bbox.width / devicePixelRatio,
                  from: (plot.scales.x?.min ?? 0) * 1000,
                  to: (plot.scales.x?.max ?? 1) * 1000,
                };
                return before &&
                  before.left === next.left &&
                  before.width === next.width &&
                  before.from === next.from &&
                  before.to === next.to
                  ? before
                  : next;
              }),
          ],
        },
      },
      drawn.data({ visible, table, kind, intervals }),
      target.current,
    );
    const onClick = () => {
      const { idx } = chart.cursor;
      const now = latest.current;
      if (idx === null || idx === undefined || !now.onPick) return;
      const largest = now.visible
        .flatMap((one, index) => {
          const point = now.table.rows[index]?.[idx];
          return point ? [{ one, point }] : [];
        })
        .sort((a, b) => (b.point.value ?? 0) - (a.point.value ?? 0))[0];
      if (largest) now.onPick(largest.one, largest.point);
    };
    chart.over.addEventListener("click", onClick);
    return () => {
      chart.over.removeEventListener("click", onClick);
      chart.destroy();
    };
  }, [visible, table, width, height, unit, kind, intervals, inks, range.from, range.to, sync, zone]);

  const isBlank = !series.some((one) => one.points.some((point) => point.value !== null));
  return (
    <figure className={css.chart} ref={ref} style={{ margin: 0 }} aria-label={label}>
      <div ref={target} style={{ height }} aria-hidden onMouseLeave={() => setCursor(null)} />
      {isBlank && <div className={css.none}>No data in this range</div>}
      {scale && <Marks markers={markers} scale={scale} />}
      {cursor && !isBlank && (
        <Tip index={cursor.index} left={cursor.left} width={width} table={table} visible={visible} unit={unit} />
      )}
      {(legend ?? series.length > 1) && (
        <Legend
          series={plotted}
          hidden={hidden}
          onToggle={(name, isAlone) =>
            setHidden((before) => toggled(before, name, isAlone ? plotted.map((one) => one.name) : null))
          }
        />
      )}
      <NumbersForReaders label={label} table={table} visible={visible} unit={unit} />
    </figure>
  );
}

function toggled(hidden: ReadonlySet<string>, name: string, all: string[] | null): ReadonlySet<string> {
  if (all)
    return hidden.size === all.length - 1 && !hidden.has(name) ? new Set() : new Set(all.filter((one) => one !== name));
  const next = new Set(hidden);
  if (!next.delete(name)) next.add(name);
  return next;
}

type Table = ReturnType<typeof aligned>;

function Tip({
  index,
  left,
  width,
  table,
  visible,
  unit,
}: {
  index: number;
  left: number;
  width: number;
  table: Table;
  visible: ChartSeries[];
  unit: string;
}) {
  const rows = visible
    .map((series, at) => ({ series, point: table.rows[at]?.[index] }))
    .filter((row) => row.point && row.point.value !== null)
    .sort((a, b) => (b.point?.value ?? 0) - (a.point?.value ?? 0));
  const time = table.times[index];
  if (time === undefined) return null;
  const side = left > width / 2 ? { right: width - left + 12 } : { left: left + 12 };
  return (
    <div className={css.tip} style={{ ...side, top: 8 }}>
      <div className="dim num">{fullTime(time)}</div>
      {rows.slice(0, 12).map(({ series, point }) => (
        <div key={series.name} className={css.tipRow}>
          <span className={css.swatch} style={{ background: series.colour }} />
          <span className="cut">{series.name}</span>
          <span>
            {inUnit(point?.value, unit)}
            {point?.low !== null && point?.low !== undefined && point.high !== null && point.high !== undefined && (
              <span className="dim">
                {" "}
                {inUnit(point.low, unit)} – {inUnit(point.high, unit)}
              </span>
            )}
          </span>
        </div>
      ))}
      {rows.length > 12 && <div className="dim">and {rows.length - 12} more</div>}
      {rows.length === 0 && <div className="dim">not enough data</div>}
    </div>
  );
}

function Legend({
  series,
  hidden,
  onToggle,
}: {
  series: ChartSeries[];
  hidden: ReadonlySet<string>;
  onToggle: (name: string, isAlone: boolean) => void;
}) {
  return (
    <div className={css.legend}>
      {series.slice(0, 20).map((one) => (
        <button
          key={one.name}
          type="button"
          className={css.entry}
          aria-pressed={!hidden.has(one.name)}
          title={`${one.name}: click to hide, Alt-click to see it alone`}
          onClick={(event) => onToggle(one.name, event.altKey)}
        >
          <span className={css.swatch} style={{ background: one.colour }} />
          <span className="cut">{one.name}</span>
        </button>
      ))}
      {series.length > 20 && <span className="dim">and {series.length - 20} more</span>}
    </div>
  );
}

function Marks({
  markers,
  scale,
}: {
  markers: Marker[];
  scale: { left: number; width: number; from: number; to: number };
}) {
  return (
    <div className={css.marks}>
      {markers
        .filter((marker) => marker.at >= scale.from && marker.at <= scale.to)
        .slice(0, 40)
        .map((marker) => (
          <Tooltip key={`${marker.at}${marker.label}`} label={`${marker.label} · ${fullTime(marker.at)}`}>
            <button
              type="button"
              className={css.mark}
              aria-label={marker.label}
              style={{ left: scale.left + ((marker.at - scale.from) / (scale.to - scale.from)) * scale.width }}
              onClick={marker.onOpen}
            >
              <IconFlag3Filled size={13} />
            </button>
          </Tooltip>
        ))}
    </div>
  );
}

/** The same numbers as a table for those who cannot see the canvas: the last 50 points. */
function NumbersForReaders({
  label,
  table,
  visible,
  unit,
}: {
  label: string;
  table: Table;
  visible: ChartSeries[];
  unit: string;
}) {
  const from = Math.max(0, table.times.length - 50);
  return (
    // A table grows with its content whatever its width: what holds it hides it.
    <div className="visually-hidden">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {visible.slice(0, 10).map((one) => (
              <th key={one.name} scope="col">
                {one.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.times.slice(from).map((time, row) => (
            <tr key={time}>
              <th scope="row">{fullTime(time)}</th>
              {visible.slice(0, 10).map((one, column) => (
                <td key={one.name}>{inUnit(table.rows[column]?.[from + row]?.value, unit)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
