import { Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { day } from "@/lib/time";
import { BookSearch } from "./BookSearch";
import { useChange } from "@/api/change";
import { Confirm } from "@/design/Confirm";
import { AdminButton } from "@/design/AdminButton";
import { PriceEditor } from "./PriceEditor";
import { pricesInWords, type Price, type PriceDraft } from "./price";
import { Repricing } from "./Repricing";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";
import { TryPrice } from "./TryPrice";

/** What calls cost: the book, your own prices over it, trying one, pricing history again. */
export default function Prices() {
  const prices = useGet("/api/v1/prices");
  const [model] = useParam("model");
  const [edited, setEdited] = useState<PriceDraft | null>(model ? { model, match: "exact" } : null);
  const [deleted, setDeleted] = useState<Price | null>(null);
  return (
    <>
      <p className={css.lead}>
        A call is priced when it is received: by your own prices first, then by the maintained price book
        {prices.data ? ` (${bookName(prices.data.book)})` : ""}, as of the day of the call. A call of a model that
        neither knows stays <b>unpriced</b>; it is never counted as $0.
      </p>
      <Panel
        title="Your prices"
        flush
        actions={
          <AdminButton leftSection={<IconPlus size={14} />} onClick={() => setEdited({ match: "exact" })}>
            New price
          </AdminButton>
        }
      >
        <Async
          of={prices}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="No prices of your own">
              The price book is used for everything. Write a price for models of your own, or for a negotiated discount.
            </Empty>
          }
        >
          {({ items }) => <Table items={items} onEdit={setEdited} onDelete={setDeleted} />}
        </Async>
      </Panel>
      <TryPrice model={model} />
      <BookSearch search={model} onUse={setEdited} />
      <Repricing model={model} />
      {edited && <PriceEditor draft={edited} onClose={() => setEdited(null)} />}
      <Delete price={deleted} onClose={() => setDeleted(null)} />
    </>
  );
}

export function bookName(source: string): string {
  return source.replace(/^book:/, "");
}

function Table({
  items,
  onEdit,
  onDelete,
}: {
  items: Price[];
  onEdit: (price: Price) => void;
  onDelete: (price: Price) => void;
}) {
  return (
    <Rows
      label="Your prices"
      rows={items}
      keyOf={(price) => price.id || price.name}
      columns={[
        {
          title: "Name",
          cell: (price) => (
            <b>
              <Long text={price.name} />
            </b>
          ),
        },
        {
          title: "For",
          cell: (price) => (
            <Group gap={6} wrap="nowrap">
              <span className="mono cut">{price.model}</span>
              {price.match !== "exact" && <Tag>{price.match}</Tag>}
            </Group>
          ),
        },
        { title: "Provider", cell: (price) => price.provider || <span className="dim">any</span> },
        { title: "Project", cell: (price) => price.project || <span className="dim">all</span> },
        { title: "Price", cell: (price) => <Long text={pricesInWords(price)} className="num" /> },
        { title: "Holds", cell: (price) => <Holds of={price} /> },
        {
          title: "Actions",
          isHidden: true,
          cell: (price) =>
            price.origin === "file" ? (
              <span className="dim">from the price file</span>
            ) : (
              <div className={css.actions}>
                <AdminButton variant="default" size="compact-xs" onClick={() => onEdit(price)}>
                  Edit
                </AdminButton>
                <AdminButton variant="default" size="compact-xs" onClick={() => onDelete(price)}>
                  Delete
                </AdminButton>
              </div>
            ),
        },
      ]}
    />
  );
}

function Holds({ of: price }: { of: Schemas["PriceAnswer"] }) {
  if (!price.valid_from && !price.valid_to) return <span className="dim">always</span>;
  return (
    <>
      {price.valid_from ? day(price.valid_from) : "…"} – {price.valid_to ? day(price.valid_to) : "…"}
    </>
  );
}

function Delete({ price, onClose }: { price: Price | null; onClose: () => void }) {
  const remove = useChange(
    async (name: string) => api.DELETE("/api/v1/prices/{name}", { params: { path: { name } } }),
    {
      touches: ["/api/v1/prices", "/api/v1/audit"],
      done: (_, name) => `The price “${name}” is gone`,
      then: onClose,
    },
  );
  return (
    <Confirm
      opened={price !== null}
      onClose={onClose}
      title={`Delete the price ${price?.name ?? ""}?`}
      verb="Delete"
      isBusy={remove.isPending}
      error={remove.error}
      onConfirm={() => price && remove.mutate(price.name)}
    >
      New calls are priced by the book again. Stored calls keep their cost until history is priced again.
    </Confirm>
  );
}
