/** What can be done with the selected rows. */

import { Button, CloseButton, Menu } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconChecklist, IconCopy, IconDatabasePlus, IconDownload, IconPencilStar } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { count } from "@/lib/format";
import { download, MOST_SELECTED, rangeOf, whereOf, type Format } from "./exporting";
import { isSpan, type Row } from "./rows";
import type { Level } from "./state";
import css from "./traces.module.css";

const AddToDataset = lazy(() => import("@/features/datasets/AddToDataset"));
const AddToQueue = lazy(() => import("@/features/annotate/AddToQueue"));
const Annotate = lazy(() => import("./Annotate"));

interface BulkProps {
  rows: Row[];
  level: Level;
  onClear: () => void;
}

/** "3 traces", "1 span". */
export function nouns(number: number, level: Level): string {
  const noun = { traces: "trace", calls: "call", spans: "span" }[level];
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function BulkBar({ rows, level, onClear }: BulkProps) {
  const [dialog, setDialog] = useState<"dataset" | "annotate" | "queue" | null>(null);
  const { copied, copy } = useClipboard({ timeout: 1500 });
  const take = (format: Format) =>
    download(whereOf(rows), rangeOf(rows), format).catch((error: Error) =>
      notifications.show({ color: "red", title: "Nothing was exported", message: error.message, autoClose: false }),
    );
  const tooMany = rows.length > MOST_SELECTED;
  const close = () => setDialog(null);
  return (
    <div className={css.bulk} role="region" aria-label="Selected rows">
      <span className={css.bulkCount} aria-live="polite">
        {nouns(rows.length, level)} selected
      </span>
      <Button variant="default" leftSection={<IconDatabasePlus size={15} />} onClick={() => setDialog("dataset")}>
        Add to dataset
      </Button>
      <Button variant="default" leftSection={<IconPencilStar size={15} />} onClick={() => setDialog("annotate")}>
        Annotate
      </Button>
      <Button variant="default" leftSection={<IconChecklist size={15} />} onClick={() => setDialog("queue")}>
        To queue
      </Button>
      <Menu>
        <Menu.Target>
          <Button variant="default" leftSection={<IconDownload size={15} />}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {tooMany && (
            <Menu.Label maw={240}>
              At most {MOST_SELECTED} selected rows at a time. “Export all that match” above the list has no limit.
            </Menu.Label>
          )}
          <Menu.Item disabled={tooMany} onClick={() => void take("otlp")}>
            OTLP (JSON lines)
          </Menu.Item>
          <Menu.Item disabled={tooMany} onClick={() => void take("parquet")}>
            Parquet
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button
        variant="default"
        leftSection={<IconCopy size={15} />}
        onClick={() => copy(rows.map((row) => ("span_id" in row ? row.span_id : row.trace_id)).join("\n"))}
      >
        {copied ? "Copied" : "Copy ids"}
      </Button>
      <CloseButton aria-label="Select nothing" onClick={onClear} />
      <Suspense fallback={null}>
        {dialog === "dataset" && (
          <AddToDataset
            what={nouns(rows.length, level)}
            targets={rows.map((row) => ({ trace_id: row.trace_id, span_id: isSpan(row) ? row.span_id : "" }))}
            onClose={close}
            onDone={onClear}
          />
        )}
        {dialog === "queue" && (
          <AddToQueue
            what={nouns(rows.length, level)}
            targets={rows.map((row) => ({ trace_id: row.trace_id, span_id: isSpan(row) ? row.span_id : "" }))}
            onClose={close}
            onDone={onClear}
          />
        )}
        {dialog === "annotate" && <Annotate rows={rows} level={level} onClose={close} onDone={onClear} />}
      </Suspense>
    </div>
  );
}
