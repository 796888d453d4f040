import { Button, Group, Modal, Stack, TagsInput, Textarea } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import type { Schemas } from "@/api/hooks";
import { useIsAdmin } from "@/api/me";
import { Failed } from "@/design/Async";
import { Json } from "@/design/Code";
import { Copy } from "@/design/Copy";
import { Link } from "@/design/Link";
import { links } from "@/lib/links";
import { read, written } from "./item";

const FIELDS = [
  { name: "input", title: "Input" },
  { name: "output", title: "Output" },
  { name: "expected", title: "Expected", about: "What should have been answered." },
] as const;

interface Props {
  dataset: Schemas["DatasetAnswer"];
  /** The item that is looked at; without one, one is written. */
  item?: Schemas["ItemAnswer"];
  isOld: boolean;
  onClose: () => void;
}

/** One item: what went in, came out, and should have come out. Saving makes a new version of the dataset. */
export function ItemDialog({ dataset, item, isOld, onClose }: Props) {
  const isAdmin = useIsAdmin();
  const [texts, setTexts] = useState<Record<string, string>>(() =>
    Object.fromEntries(FIELDS.map(({ name }) => [name, written(item?.[name])])),
  );
  const [splits, setSplits] = useState(item?.splits ?? []);
  const isChanged =
    FIELDS.some(({ name }) => (texts[name] ?? "") !== written(item?.[name])) ||
    splits.join("\n") !== (item?.splits ?? []).join("\n");
  const save = useChange(
    async () => {
      const path = { dataset_id: dataset.id };
      const said = Object.fromEntries(FIELDS.map(({ name }) => [name, read(texts[name] ?? "")]));
      await api.POST("/api/v1/datasets/{dataset_id}/items", {
        params: { path },
        body: {
          spans: [],
          items: [
            {
              ...said,
              documents: item?.documents ?? null,
              metadata: item?.metadata ?? null,
              splits,
              status: item?.status ?? "active",
              trace_id: item?.trace_id ?? "",
              span_id: item?.span_id ?? "",
              // The same outside id takes the place of the item that has it.
              external_id: item?.external_id ?? "",
            },
          ],
        },
      });
    },
    { touches: ["/api/v1/datasets"], done: "Item saved", then: onClose },
  );
  const canWrite = isAdmin && !isOld;
  return (
    <Modal opened onClose={onClose} size="xl" title={item ? `Item of ${dataset.name}` : `New item of ${dataset.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          {FIELDS.map(({ name, title, ...more }) => (
            <Textarea
              key={name}
              label={
                <Group gap={4} component="span">
                  {title}
                  {texts[name] && <Copy text={texts[name]} label={`the ${name}`} />}
                </Group>
              }
              aria-label={title}
              description={"about" in more ? more.about : undefined}
              autosize
              minRows={2}
              maxRows={16}
              readOnly={!canWrite}
              value={texts[name] ?? ""}
              onChange={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
            />
          ))}
          <TagsInput
            label="Splits"
            placeholder={splits.length ? "" : "test"}
            value={splits}
            onChange={setSplits}
            readOnly={!canWrite}
            data={["train", "validation", "test"]}
          />
          {item?.documents && item.documents.length > 0 && <Json value={item.documents} label="documents" />}
          {item?.metadata && Object.keys(item.metadata).length > 0 && <Json value={item.metadata} label="metadata" />}
          {item?.trace_id && (
            <p>
              Made from <Link to={links.trace(item.trace_id, item.span_id || undefined)}>its trace</Link>.
            </p>
          )}
          {isOld && <p className="dim">This is how it was in an earlier version: it cannot be changed here.</p>}
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {canWrite ? "Cancel" : "Close"}
            </Button>
            {canWrite && (
              <Button
                type="submit"
                loading={save.isPending}
                disabled={!isChanged || FIELDS.every(({ name }) => !texts[name]?.trim())}
              >
                Save
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
