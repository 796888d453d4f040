import { Button, Select } from "@mantine/core";
import { IconDownload, IconPlus, IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { get, useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Confirm } from "@/design/Confirm";
import { DataTable, type Column } from "@/design/DataTable";
import { Long } from "@/design/Long";
import { PageFrame } from "@/design/PageFrame";
import { useParam } from "@/lib/address";
import { count } from "@/lib/format";
import { links } from "@/lib/links";
import { ItemDialog } from "./ItemDialog";
import { shown } from "./item";
import { save } from "./saving";

type Item = Schemas["ItemAnswer"];
const PAGE = 100;

/** One dataset: its items at any version, one by one, taken out, written by hand. */
export default function DatasetPage() {
  const { datasetId = "" } = useParams();
  const path = { dataset_id: datasetId };
  const dataset = useGet("/api/v1/datasets/{dataset_id}", { path });
  const [version, setVersion] = useParam("version");
  const [openId, setOpenId] = useParam("item");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [dialog, setDialog] = useState<"new" | "remove" | "delete" | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  const query = { limit: PAGE, version: version ? Number(version) : null, split: "", status: "" as const };
  const items = useInfiniteQuery({
    queryKey: ["/api/v1/datasets/{dataset_id}/items", datasetId, version],
    queryFn: ({ pageParam, signal }) =>
      get("/api/v1/datasets/{dataset_id}/items", { path, query: { ...query, cursor: pageParam } }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
  });
  const rows = useMemo(() => items.data?.pages.flatMap((page) => page.items) ?? [], [items.data]);
  const go = useNavigate();
  const touches = ["/api/v1/datasets"];
  const remove = useChange(
    async () =>
      api.POST("/api/v1/datasets/{dataset_id}/items/remove", { params: { path }, body: { ids: [...selected] } }),
    {
      touches,
      done: `${count(selected.size)} taken out; earlier versions keep them`,
      then: () => {
        setSelected(new Set());
        setDialog(null);
      },
    },
  );
  const erase = useChange(async () => api.DELETE("/api/v1/datasets/{dataset_id}", { params: { path } }), {
    touches,
    done: "Dataset deleted",
    then: () => void go(links.datasets()),
  });
  const download = async () => {
    setSaving(true);
    setProblem(null);
    try {
      await save(datasetId, dataset.data?.name ?? "dataset", version);
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setSaving(false);
    }
  };
  const open = rows.find((row) => row.id === openId);
  const isOld = Boolean(version) && dataset.data && Number(version) !== dataset.data.version;
  return (
    <PageFrame
      title={dataset.data?.name ?? "Dataset"}
      about={dataset.data?.description}
      fills
      actions={
        <>
          {selected.size > 0 && !isOld && (
            <AdminButton variant="default" leftSection={<IconTrash size={14} />} onClick={() => setDialog("remove")}>
              {`Take out ${count(selected.size)}`}
            </AdminButton>
          )}
          {dataset.data && dataset.data.version > 0 && (
            <Select
              aria-label="Version"
              w={130}
              searchable
              allowDeselect={false}
              value={version || String(dataset.data.version)}
              onChange={(value) => setVersion(value === String(dataset.data?.version) ? null : value)}
              data={Array.from({ length: Math.min(dataset.data.version, 500) }, (_, at) => {
                const one = String(dataset.data.version - at);
                return { value: one, label: at === 0 ? `v${one}, now` : `v${one}` };
              })}
            />
          )}
          <Button
            variant="default"
            leftSection={<IconDownload size={14} />}
            onClick={() => void download()}
            loading={isSaving}
          >
            JSON lines
          </Button>
          <AdminButton variant="default" onClick={() => setDialog("delete")}>
            Delete
          </AdminButton>
          <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setDialog("new")} disabled={Boolean(isOld)}>
            New item
          </AdminButton>
        </>
      }
    >
      {problem && <Failed error={problem} />}
      <Async
        of={{ ...items, data: items.data ? rows : undefined }}
        fills
        isEmpty={(all) => all.length === 0}
        empty={
          <Empty title={isOld ? `Version ${version} had no items` : "No items yet"}>
            Add traces from their list or page, or write an item by hand.
          </Empty>
        }
      >
        {(all) => (
          <DataTable
            name="dataset-items"
            label="Items"
            columns={COLUMNS}
            rows={all}
            rowKey={(row) => row.id}
            onOpen={(row) => setOpenId(row.id)}
            activeKey={openId}
            selected={selected}
            onSelect={setSelected}
            onEnd={() => items.hasNextPage && void items.fetchNextPage()}
            isLoadingMore={items.isFetchingNextPage}
            foot={items.hasNextPage ? null : `all ${count(all.length)} items`}
          />
        )}
      </Async>
      {(open || dialog === "new") && dataset.data && (
        <ItemDialog
          dataset={dataset.data}
          item={dialog === "new" ? undefined : open}
          isOld={Boolean(isOld)}
          onClose={() => {
            setDialog(null);
            setOpenId(null);
          }}
        />
      )}
      <Confirm
        opened={dialog === "remove"}
        onClose={() => setDialog(null)}
        title={`Take out ${count(selected.size)} items?`}
        verb="Take out"
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined)}
      >
        A new version without them is made. Earlier versions keep them.
      </Confirm>
      <Confirm
        opened={dialog === "delete"}
        onClose={() => setDialog(null)}
        title={`Delete ${dataset.data?.name ?? ""}?`}
        verb="Delete"
        isBusy={erase.isPending}
        error={erase.error}
        onConfirm={() => erase.mutate(undefined)}
      >
        All its versions go. The traces its items were made from stay.
      </Confirm>
    </PageFrame>
  );
}

const COLUMNS: Column<Item>[] = [
  { id: "input", title: "Input", width: 340, grow: true, cell: (row) => <Long text={shown(row.input)} /> },
  { id: "output", title: "Output", width: 300, cell: (row) => <Long text={shown(row.output)} /> },
  { id: "expected", title: "Expected", width: 240, cell: (row) => <Long text={shown(row.expected)} /> },
  { id: "splits", title: "Splits", width: 110, cell: (row) => row.splits.join(", ") },
  {
    id: "status",
    title: "Status",
    width: 90,
    cell: (row) => (row.status === "active" ? "" : row.status),
    hidden: true,
  },
  { id: "created", title: "Added", width: 130, cell: (row) => <Time at={row.created} relative /> },
];
