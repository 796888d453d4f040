import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useState } from "react";
import { useGet } from "@/api/hooks";
import { Loading } from "@/design/Async";
import { marksOf, only, toggled, without, type Mark } from "@/features/traces/conditions";
import { FacetFailed } from "@/features/traces/FacetFailed";
import { count } from "@/lib/format";
import { literal } from "@/lib/query";
import css from "@/features/traces/facets.module.css";
import { askedWhere } from "./lines";
import type { LogsState } from "./state";

const FIELDS = [
  { field: "level", title: "Level", isOpen: true },
  { field: "service", title: "Service", isOpen: true },
  { field: "event_name", title: "Event", isOpen: true },
  { field: "environment", title: "Environment", isOpen: false },
  { field: "release", title: "Release", isOpen: false },
];
const KEYS = 12;
const FEW = 8;
const MANY = 50;

/** Fields and the most frequent attributes of the lines, with their values and how often each occurs. */
export function LogFacets({ state }: { state: LogsState }) {
  const { range } = state;
  const keys = useGet(
    "/api/v1/values",
    { query: { field: "attr", signal: "logs", where: state.asked, from: range.from, to: range.to, limit: KEYS } },
    { keep: true, staleTime: 30_000 },
  );
  const attributes = (keys.data?.items ?? []).map(({ value }) => ({
    field: `attr[${literal(value)}]`,
    title: value,
    isOpen: false,
  }));
  return (
    <nav className={css.rail} aria-label="Facets">
      {[...FIELDS, ...attributes].map((facet) => (
        <Facet key={facet.field} {...facet} state={state} />
      ))}
    </nav>
  );
}

function Facet({
  field,
  title,
  isOpen: isOpenFirst,
  state,
}: {
  field: string;
  title: string;
  isOpen: boolean;
  state: LogsState;
}) {
  const [isOpen, setOpen] = useState(isOpenFirst);
  const marks = marksOf(state.where, field);
  const isShown = isOpen || marks.size > 0;
  return (
    <section className={css.facet} aria-label={title}>
      <div className={css.head}>
        <button type="button" className={css.title} aria-expanded={isShown} onClick={() => setOpen(!isShown)}>
          {isShown ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
          <span className="cut">{title}</span>
          {marks.size > 0 && <span className={css.used}>{marks.size}</span>}
        </button>
      </div>
      {isShown && <Values field={field} marks={marks} state={state} />}
    </section>
  );
}

function Values({ field, marks, state }: { field: string; marks: Map<string, Mark>; state: LogsState }) {
  const [limit, setLimit] = useState(FEW);
  const { range } = state;
  // Of a facet's own values all are offered, whichever are chosen.
  const where = askedWhere(without(state.where, field), state.words, state.trace);
  const answer = useGet(
    "/api/v1/values",
    { query: { field, signal: "logs", where, from: range.from, to: range.to, limit: limit + 1 } },
    { keep: true, staleTime: 30_000 },
  );
  if (answer.error && !answer.data) return <FacetFailed error={answer.error} />;
  if (!answer.data) return <Loading height={28} />;
  const listed = answer.data.items.slice(0, limit);
  const most = Math.max(1, ...listed.map((item) => item.count));
  const missing = [...marks.keys()]
    .filter((value) => !listed.some((item) => item.value === value))
    .map((value) => ({ value, count: 0 }));
  return (
    <div className={css.values} style={answer.isPlaceholderData ? { opacity: 0.6 } : undefined}>
      {[...missing, ...listed].map((item) => {
        const mark = marks.get(item.value);
        return (
          <div
            key={item.value}
            className={`${css.one} ${mark === "exclude" ? css.excluded : ""} ${mark === "include" ? css.included : ""}`}
          >
            <button
              type="button"
              className={css.pick}
              aria-pressed={mark === "include"}
              title={item.value}
              onClick={() => state.setWhere((where) => toggled(where, field, item.value, "include"))}
            >
              <span className={css.share} style={{ width: `${(item.count / most) * 100}%` }} aria-hidden />
              <span className={css.box} aria-hidden />
              <span className={`cut ${css.word}`}>{item.value}</span>
              <span className={`${css.count} num`}>{count(item.count)}</span>
            </button>
            <span className={css.tools}>
              <button
                type="button"
                className={css.tool}
                aria-label={`Only ${item.value}`}
                onClick={() => state.setWhere((where) => only(where, field, item.value))}
              >
                only
              </button>
              <button
                type="button"
                className={css.tool}
                aria-label={`Exclude ${item.value}`}
                aria-pressed={mark === "exclude"}
                onClick={() => state.setWhere((where) => toggled(where, field, item.value, "exclude"))}
              >
                not
              </button>
            </span>
          </div>
        );
      })}
      {listed.length === 0 && missing.length === 0 && <p className={css.note}>No values</p>}
      {answer.data.items.length > limit && limit < MANY && (
        <button type="button" className={css.tool} onClick={() => setLimit(MANY)}>
          More
        </button>
      )}
      {!answer.data.sample.is_complete && (
        <p className={css.note}>of the newest {count(answer.data.sample.spans)} lines</p>
      )}
    </div>
  );
}
