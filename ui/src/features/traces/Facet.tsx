/** One facet: the values of a field with how many spans have each; asked for only while it is open. */

import { ActionIcon, Button, Loader, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  IconChevronDown,
  IconChevronRight,
  IconEyeOff,
  IconPin,
  IconPinFilled,
  IconSearch,
  IconX,
} from "@tabler/icons-react";
import { useState } from "react";
import { useGet } from "@/api/hooks";
import { count } from "@/lib/format";
import type { Range } from "@/lib/time";
import { marksOf, only, toggled, without, type Mark } from "./conditions";
import { FacetFailed } from "./FacetFailed";
import type { FacetField, Facets } from "./facetState";
import { askedWhere, type Level } from "./state";
import css from "./facets.module.css";

export interface Asking {
  where: string;
  words: string;
  level: Level;
  range: Range;
  /** Facets wait for the list: what people look at first comes first. */
  isReady: boolean;
  onWhere: (change: (where: string) => string) => void;
}

const FEW = 8;
const MANY = 50;

export function Facet({ facet, facets, asking }: { facet: FacetField; facets: Facets; asking: Asking }) {
  const { field, title } = facet;
  const isOpen = facets.isOpen(field);
  const marks = marksOf(asking.where, field);
  const isPinned = facets.isPinned(field);
  return (
    <section className={css.facet} aria-label={title}>
      <div className={css.head}>
        <button type="button" className={css.title} aria-expanded={isOpen} onClick={() => facets.toggleOpen(field)}>
          {isOpen ? <IconChevronDown size={14} aria-hidden /> : <IconChevronRight size={14} aria-hidden />}
          <span className="cut">{title}</span>
          {marks.size > 0 && <span className={css.used}>{marks.size}</span>}
        </button>
        {marks.size > 0 && (
          <Tooltip label={`No condition on ${title.toLowerCase()}`}>
            <ActionIcon
              size="xs"
              aria-label={`Clear ${title}`}
              onClick={() => asking.onWhere((where) => without(where, field))}
            >
              <IconX size={12} />
            </ActionIcon>
          </Tooltip>
        )}
        {facets.isAdded(field) && (
          <Tooltip label="Take this facet away">
            <ActionIcon
              size="xs"
              className={css.quiet}
              aria-label={`Remove facet ${title}`}
              onClick={() => facets.remove(field)}
            >
              <IconEyeOff size={12} />
            </ActionIcon>
          </Tooltip>
        )}
        <Tooltip label={isPinned ? "Unpin" : "Pin to the top"}>
          <ActionIcon
            size="xs"
            className={isPinned ? "" : css.quiet}
            aria-label={`${isPinned ? "Unpin" : "Pin"} ${title}`}
            aria-pressed={isPinned}
            onClick={() => facets.togglePin(field)}
          >
            {isPinned ? <IconPinFilled size={12} /> : <IconPin size={12} />}
          </ActionIcon>
        </Tooltip>
      </div>
      {isOpen && <Values facet={facet} asking={asking} marks={marks} />}
    </section>
  );
}

function Values({
  facet: { field, title },
  asking,
  marks,
}: {
  facet: FacetField;
  asking: Asking;
  marks: Map<string, Mark>;
}) {
  const [limit, setLimit] = useState(FEW);
  const [typed, setTyped] = useState("");
  const [prefix] = useDebouncedValue(typed, 250);
  const answer = useGet(
    "/api/v1/values",
    {
      query: {
        field,
        prefix,
        // Of a facet's own values all are offered, whichever are chosen.
        where: askedWhere(without(asking.where, field), asking.words, asking.level),
        from: asking.range.from,
        to: asking.range.to,
        limit: limit + 1,
      },
    },
    { keep: true, enabled: asking.isReady, staleTime: 30_000 },
  );
  if (answer.error && !answer.data) return <FacetFailed error={answer.error} />;
  if (!answer.data) return <div className={css.note}>{<Loader size={14} color="gray" type="dots" />}</div>;
  const listed = answer.data.items.slice(0, limit);
  const has = new Set(listed.map((item) => item.value));
  const missing = prefix
    ? []
    : [...marks.keys()].filter((value) => !has.has(value)).map((value) => ({ value, count: null }));
  const shown: { value: string; count: number | null }[] = [...missing, ...listed];
  const hasMore = answer.data.items.length > limit;
  const most = Math.max(1, ...listed.map((item) => item.count));
  const { sample } = answer.data;
  return (
    <div className={css.values} style={answer.isPlaceholderData ? { opacity: 0.6 } : undefined}>
      {limit > FEW && (
        <TextInput
          size="xs"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          placeholder="Begins with"
          aria-label={`Search in ${title}`}
          leftSection={<IconSearch size={12} />}
          className={css.search}
        />
      )}
      {shown.map((item) => (
        <One
          key={item.value}
          field={field}
          item={item}
          share={(item.count ?? 0) / most}
          mark={marks.get(item.value)}
          asking={asking}
        />
      ))}
      {shown.length === 0 && <p className={css.note}>{typed ? `Nothing begins with “${typed}”` : "No values"}</p>}
      {hasMore && limit < MANY && (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setLimit(MANY)}>
          More
        </Button>
      )}
      {!sample.is_complete && (
        <Tooltip label="Counted over the newest matching spans, so that it stays quick. Values may be missing here, none in the list.">
          <p className={css.note}>of the newest {count(sample.spans)} spans</p>
        </Tooltip>
      )}
    </div>
  );
}

function One({
  field,
  item,
  share,
  mark,
  asking,
}: {
  field: string;
  item: { value: string; count: number | null };
  share: number;
  mark: Mark | undefined;
  asking: Asking;
}) {
  const change = (next: Mark) => asking.onWhere((where) => toggled(where, field, item.value, next));
  return (
    <div className={`${css.one} ${mark === "exclude" ? css.excluded : ""} ${mark === "include" ? css.included : ""}`}>
      <button
        type="button"
        className={css.pick}
        aria-pressed={mark === "include"}
        title={item.value}
        onClick={() => change("include")}
      >
        <span className={css.share} style={{ width: `calc((100% - 29px) * ${share})` }} aria-hidden />
        <span className={css.box} aria-hidden />
        <span className={`cut ${css.word}`}>{item.value}</span>
        <span className={`${css.count} num`}>{item.count === null ? "" : count(item.count)}</span>
      </button>
      <span className={css.tools}>
        <button
          type="button"
          className={css.tool}
          onClick={() => asking.onWhere((where) => only(where, field, item.value))}
          aria-label={`Only ${item.value}`}
        >
          only
        </button>
        <button
          type="button"
          className={css.tool}
          aria-pressed={mark === "exclude"}
          onClick={() => change("exclude")}
          aria-label={`Exclude ${item.value}`}
        >
          not
        </button>
      </span>
    </div>
  );
}
