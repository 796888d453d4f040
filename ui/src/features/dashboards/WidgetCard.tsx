import { ActionIcon, Menu, Modal, Tooltip } from "@mantine/core";
import { useClipboard, useIntersection } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import {
  IconBraces,
  IconChartDots,
  IconDots,
  IconDownload,
  IconInfoCircle,
  IconMaximize,
  IconTable,
  IconTerminal2,
} from "@tabler/icons-react";
import { useMemo, useState, type ReactNode } from "react";
import { Link } from "react-router";
import type { QueryAnswer } from "@/api/hooks";
import { useAsk } from "@/api/hooks";
import { Async, Failed } from "@/design/Async";
import type { Marker } from "@/design/TimeChart";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import type { Range } from "@/lib/time";
import { csvOf, download } from "../explore/answer";
import { AnswerTable } from "../explore/AnswerTable";
import { asCurl } from "../explore/draft";
import { spansBehind } from "../explore/Result";
import { askedBy, askedByStat } from "./asking";
import { GAP_PX, ROW_PX, type Spec, type Widget } from "./spec";
import type { Values } from "./template";
import { WidgetBody } from "./WidgetBody";
import css from "./dashboards.module.css";

interface CardProps {
  widget: Widget;
  spec: Spec;
  values: Values;
  range: Range;
  markers: Marker[];
  /** ms between two questions; false asks once. */
  refresh: number | false;
  /** Under this name the browser remembers the columns of tables. */
  name: string;
  /** Buttons of the edit mode. */
  tools?: ReactNode;
  /** In edit mode: what is taken hold of to drag. */
  handle?: string;
}

const HEAD_PX = 34;
const PAD_PX = 12;

/** A widget: its title, what can be done with it, and its answer once it has been scrolled to. */
export function WidgetCard({ widget, spec, values, range, markers, refresh, name, tools, handle = "" }: CardProps) {
  const { ref, entry } = useIntersection({ rootMargin: "200px" });
  const [wasSeen, setWasSeen] = useState(false);
  const isSeen = Boolean(entry?.isIntersecting);
  if (isSeen && !wasSeen) setWasSeen(true);
  // What does not change the question (its place, its title) does not ask it again.
  const { kind, queries: held, layout } = widget;
  const { variables } = spec;
  const { queries, error } = useMemo(
    () => tried(() => askedBy({ kind, queries: held, width: layout.w }, variables, values, range)),
    [kind, held, layout.w, variables, values, range],
  );
  const asked = useMemo(
    () => (widget.kind === "stat" && queries[0] ? askedByStat(queries[0], widget.compare) : queries),
    [widget.kind, widget.compare, queries],
  );
  // A relative range has moved on each time: the same question has another answer.
  const answer = useAsk(wasSeen && asked.length > 0 ? asked : null, { refetchInterval: isSeen ? refresh : false });
  const [isTable, setTable] = useState(false);
  const [isLarge, setLarge] = useState(false);
  const height = widget.layout.h * (ROW_PX + GAP_PX) - GAP_PX - HEAD_PX - PAD_PX;
  const title = widget.title || (widget.kind === "text" ? "" : "Untitled");
  const body = (tall: number) => {
    if (error) return <Failed error={error} />;
    if (widget.kind === "text") {
      return <WidgetBody widget={widget} queries={[]} answers={[]} height={tall} markers={[]} name={name} />;
    }
    return (
      <Async of={answer} height={Math.max(40, tall - 10)}>
        {(answers) => (
          <WidgetBody widget={widget} queries={queries} answers={answers} height={tall} markers={markers} name={name} />
        )}
      </Async>
    );
  };
  return (
    <section className={css.card} ref={ref} aria-label={title || "Text"} data-widget={widget.id}>
      {(title || tools) && (
        <header className={`${css.cardHead} ${handle}`}>
          <h2 className={css.cardTitle} title={title}>
            {title}
          </h2>
          {widget.description && (
            <Tooltip label={widget.description}>
              <button type="button" className={css.info} aria-label={`What it means: ${widget.description}`}>
                <IconInfoCircle size={14} aria-hidden />
              </button>
            </Tooltip>
          )}
          <div className={css.cardTools}>
            {tools}
            {widget.kind !== "text" && !tools && (
              <WidgetMenu
                title={title}
                queries={queries}
                answers={answer.data}
                onTable={() => setTable(true)}
                onLarge={() => setLarge(true)}
              />
            )}
          </div>
        </header>
      )}
      <div className={widget.kind === "text" ? css.text : css.cardBody}>{body(height)}</div>
      <Modal opened={isTable} onClose={() => setTable(false)} title={`${title}: numbers`} size="80%">
        <div className={css.modalTable}>
          {(answer.data ?? []).slice(0, queries.length).map((one, index) => (
            <AnswerTable
              key={index}
              answer={one}
              name={`${name}.numbers`}
              label={title}
              intervals
              unit={widget.unit}
              to={(row) => (queries[index] ? spansBehind(queries[index], row) : undefined)}
            />
          ))}
        </div>
      </Modal>
      <Modal opened={isLarge} onClose={() => setLarge(false)} title={title} size="92%">
        <div className={css.modalBody}>{isLarge && body(Math.max(240, window.innerHeight * 0.62))}</div>
      </Modal>
    </section>
  );
}

interface MenuProps {
  title: string;
  queries: Query[];
  answers: QueryAnswer[] | undefined;
  onTable: () => void;
  onLarge: () => void;
}

function WidgetMenu({ title, queries, answers, onTable, onLarge }: MenuProps) {
  const clipboard = useClipboard();
  const copy = (text: string, what: string) => {
    clipboard.copy(text);
    notifications.show({ message: `Copied ${what}` });
  };
  const first = queries[0];
  const file = title.replace(/[^\w-]+/g, "-").toLowerCase();
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon size="sm" aria-label={`What can be done with ${title}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {queries.map((query, index) => (
          <Menu.Item key={index} component={Link} to={links.explore(query)} leftSection={<IconChartDots size={15} />}>
            {queries.length > 1 ? `Explore query ${index + 1}` : "Open in explorer"}
          </Menu.Item>
        ))}
        <Menu.Item leftSection={<IconMaximize size={15} />} onClick={onLarge}>
          Enlarge
        </Menu.Item>
        <Menu.Item leftSection={<IconTable size={15} />} onClick={onTable} disabled={!answers}>
          Numbers as table
        </Menu.Item>
        <Menu.Item
          leftSection={<IconDownload size={15} />}
          disabled={!answers}
          onClick={() =>
            answers && download(`${file}.csv`, answers.slice(0, queries.length).map(csvOf).join("\r\n"), "text/csv")
          }
        >
          Numbers as CSV
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconTerminal2 size={15} />}
          disabled={!first}
          onClick={() => copy(queries.map((query) => asCurl(query, location.origin)).join("\n\n"), "as curl")}
        >
          Copy as curl
        </Menu.Item>
        <Menu.Item
          leftSection={<IconBraces size={15} />}
          disabled={!first}
          onClick={() => copy(JSON.stringify(queries.length === 1 ? first : queries, null, 2), "the query as JSON")}
        >
          Copy query as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

const NONE: Query[] = [];

function tried(make: () => Query[]): { queries: Query[]; error: Error | null } {
  try {
    return { queries: make(), error: null };
  } catch (error) {
    return { queries: NONE, error: error as Error };
  }
}
