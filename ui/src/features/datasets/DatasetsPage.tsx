import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async, Empty, Failed } from "@/design/Async";
import { Time } from "@/design/Badges";
import { Link } from "@/design/Link";
import { Long } from "@/design/Long";
import { PageFrame, Panel } from "@/design/PageFrame";
import { Rows } from "@/design/Rows";
import { useParam } from "@/lib/address";
import { count } from "@/lib/format";
import { links } from "@/lib/links";

/** The project's datasets: cases to try prompts, models and agents on. */
export default function DatasetsPage() {
  const [text, setText] = useParam("search");
  const [isMaking, setMaking] = useState(false);
  const datasets = useGet("/api/v1/datasets");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <PageFrame
      title="Datasets"
      actions={
        <>
          <TextInput
            aria-label="Search datasets"
            placeholder="Search"
            leftSection={<IconSearch size={14} />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value, { replace: true })}
          />
          <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
            New dataset
          </AdminButton>
        </>
      }
    >
      <Async
        of={datasets}
        height={240}
        isEmpty={({ items }) => items.length === 0}
        empty={
          <Empty title="No datasets yet">
            Select traces in the <Link to={links.traces()}>list</Link> and add them, or begin an empty one.
            Langfuse&apos;s, LangSmith&apos;s and Opik&apos;s own calls make them, too.
          </Empty>
        }
      >
        {({ items }) => {
          const found = items.filter((one) =>
            words.every((word) => `${one.name} ${one.description}`.toLowerCase().includes(word)),
          );
          if (found.length === 0) return <Empty title={`No dataset is called “${text}”`} />;
          return (
            <Panel flush>
              <Rows
                label="Datasets"
                rows={found}
                keyOf={(dataset) => dataset.id}
                columns={[
                  {
                    title: "Name",
                    cell: (dataset) => (
                      <>
                        <Link to={links.dataset(dataset.id)}>
                          <b>{dataset.name}</b>
                        </Link>
                        {dataset.description && <Long text={dataset.description} className="dim" />}
                      </>
                    ),
                  },
                  { title: "Items", isNumber: true, cell: (dataset) => count(dataset.item_count) },
                  { title: "Version", isNumber: true, cell: (dataset) => dataset.version },
                  { title: "Changed", cell: (dataset) => <Time at={dataset.changed} relative /> },
                  { title: "Made by", cell: (dataset) => <Long text={dataset.author || "–"} /> },
                ]}
              />
            </Panel>
          );
        }}
      </Async>
      {isMaking && <Make onClose={() => setMaking(false)} />}
    </PageFrame>
  );
}

function Make({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const go = useNavigate();
  const make = useChange(
    async () =>
      (
        await api.POST("/api/v1/datasets", {
          body: { name: name.trim(), description, metadata: {}, external_id: "" },
        })
      ).data!,
    {
      touches: ["/api/v1/datasets"],
      done: `Dataset “${name.trim()}” made`,
      then: (made) => void go(links.dataset(made.id)),
    },
  );
  return (
    <Modal opened onClose={onClose} title="New dataset">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <TextInput
            label="Name"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-autofocus
          />
          <Textarea
            label="What it is for"
            autosize
            minRows={2}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {make.error && <Failed error={make.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending} disabled={!name.trim()}>
              Make dataset
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
