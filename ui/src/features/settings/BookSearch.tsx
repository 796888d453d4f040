import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { count, money } from "@/lib/format";
import { day } from "@/lib/time";
import type { PriceDraft } from "./price";
import { Rows } from "@/design/Rows";

type Entry = Schemas["BookEntry"];

/** The maintained price book, searched by words. */
export function BookSearch({ search: begin, onUse }: { search: string; onUse: (draft: PriceDraft) => void }) {
  const [search, setSearch] = useState(begin);
  const [asked] = useDebouncedValue(search, 250);
  const found = useGet(
    "/api/v1/prices/book",
    { query: { search: asked, limit: 50 } },
    { enabled: Boolean(asked.trim()), keep: true },
  );
  const about = found.data ? `${found.data.book.replace(/^book:/, "")}, prices of ${day(found.data.day)}` : undefined;
  return (
    <Panel
      title="Price book"
      about={about}
      flush
      actions={
        <TextInput
          aria-label="Search the price book"
          placeholder="provider or model"
          leftSection={<IconSearch size={14} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          w={220}
        />
      }
    >
      {!asked.trim() ? (
        <div className="dim" style={{ padding: "4px 14px 14px" }}>
          Search for a model or a provider to see what the book says.
        </div>
      ) : (
        <Async
          of={found}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="The book does not know it">
              Calls of such a model stay unpriced until you write a price.
            </Empty>
          }
        >
          {({ items, total }) => (
            <>
              <Rows
                label="Price book"
                rows={items}
                keyOf={(entry) => `${entry.provider}:${entry.model}`}
                columns={[
                  { title: "Provider", cell: (entry) => entry.provider_name },
                  {
                    title: "Model",
                    cell: (entry) => (
                      <span className="mono">
                        <Long text={entry.model} />
                      </span>
                    ),
                  },
                  { title: "Input", isNumber: true, cell: (entry) => money(entry.input, true) },
                  { title: "Cached", isNumber: true, cell: (entry) => money(entry.cached_input, true) },
                  { title: "Cache write", isNumber: true, cell: (entry) => money(entry.cache_write, true) },
                  { title: "Output", isNumber: true, cell: (entry) => money(entry.output, true) },
                  { title: "Remarks", cell: (entry) => <Long text={remarks(entry)} className="dim" /> },
                  {
                    title: "Actions",
                    isHidden: true,
                    cell: (entry) => (
                      <Button variant="default" size="compact-xs" onClick={() => onUse(draftOf(entry))}>
                        Make my own
                      </Button>
                    ),
                  },
                ]}
              />
              <div className="dim" style={{ padding: "8px 14px" }}>
                USD per million tokens.{" "}
                {total > items.length
                  ? `${count(items.length)} of ${count(total)} models: search more closely to see the others.`
                  : `${count(total)} models.`}
              </div>
            </>
          )}
        </Async>
      )}
    </Panel>
  );
}

function remarks(entry: Entry): string {
  const said = [];
  if (!entry.priced) said.push("known without a price");
  if (entry.per_request) said.push(`${money(entry.per_request, true)} per call`);
  if (entry.steps.length)
    said.push(`dearer above ${entry.steps.map((tokens) => count(tokens)).join(", ")} prompt tokens`);
  if (entry.varies_by_time) said.push("varies by time of day; shown: midnight UTC");
  if (entry.comment) said.push(entry.comment);
  return said.join("; ");
}

function draftOf(entry: Entry): PriceDraft {
  const {
    model,
    provider,
    input,
    cached_input,
    cache_write,
    audio_input,
    output,
    reasoning,
    audio_output,
    per_request,
  } = entry;
  return {
    model,
    provider,
    match: "exact",
    input,
    cached_input,
    cache_write,
    audio_input,
    output,
    reasoning,
    audio_output,
    per_request,
  };
}
