import { Button, Group, Modal, NumberInput, Stack, TextInput, Textarea } from "@mantine/core";
import { IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Failed } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Long } from "@/design/Long";
import { Panel } from "@/design/PageFrame";
import { Confirm } from "@/design/Confirm";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { useMe } from "@/api/me";
import { switchProject } from "./ProjectSwitch";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Project = Schemas["ProjectAnswer"];

/** The projects there are; telemetry that names one makes it by itself. */
export default function Projects() {
  const projects = useGet("/api/v1/projects");
  const me = useMe();
  const [edited, setEdited] = useState<Project | "new" | null>(null);
  const [forgotten, setForgotten] = useState<Project | null>(null);
  return (
    <>
      <p className={css.lead}>
        Telemetry is kept apart by project. A project appears by itself with the first telemetry that names it: by the
        header <code>x-nervure-project</code>, the resource attribute <code>nervure.project</code>, or the key it is
        sent with.
      </p>
      <Panel
        title="Projects"
        flush
        actions={
          <AdminButton leftSection={<IconPlus size={14} />} onClick={() => setEdited("new")}>
            New project
          </AdminButton>
        }
      >
        <Async of={projects}>
          {({ items }) => (
            <Rows
              label="Projects"
              rows={items}
              keyOf={(project) => project.name}
              columns={[
                {
                  title: "Name",
                  cell: (project) => (
                    <Group gap={8} wrap="nowrap">
                      <b>
                        <Long text={project.name} />
                      </b>
                      {project.name === me.data?.project && <Tag tone="accent">looked at now</Tag>}
                    </Group>
                  ),
                },
                {
                  title: "Description",
                  cell: (project) => (
                    <Long text={project.description || "–"} className={project.description ? "" : "dim"} />
                  ),
                },
                {
                  title: "Kept for",
                  isNumber: true,
                  cell: (project) =>
                    project.retention_days ? (
                      `${project.retention_days} days`
                    ) : (
                      <span className="dim">as the server says</span>
                    ),
                },
                { title: "Since", cell: (project) => <Time at={project.created} relative /> },
                {
                  title: "Actions",
                  isHidden: true,
                  cell: (project) => (
                    <div className={css.actions}>
                      {project.name !== me.data?.project && (
                        <Button variant="default" size="compact-xs" onClick={() => switchProject(project.name)}>
                          Look at it
                        </Button>
                      )}
                      <AdminButton
                        variant="subtle"
                        color="gray"
                        size="compact-xs"
                        aria-label={`Edit ${project.name}`}
                        onClick={() => setEdited(project)}
                      >
                        <IconPencil size={15} />
                      </AdminButton>
                      <AdminButton
                        variant="subtle"
                        color="gray"
                        size="compact-xs"
                        aria-label={`Forget ${project.name}`}
                        onClick={() => setForgotten(project)}
                      >
                        <IconTrash size={15} />
                      </AdminButton>
                    </div>
                  ),
                },
              ]}
            />
          )}
        </Async>
      </Panel>
      {edited && <Editor project={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      <Forget project={forgotten} onClose={() => setForgotten(null)} />
    </>
  );
}

function Editor({ project, onClose }: { project: Project | null; onClose: () => void }) {
  const [name, setName] = useState(project?.name ?? "");
  const [description, setDescription] = useState(project?.description ?? "");
  const [days, setDays] = useState<number | string>(project?.retention_days ?? "");
  const save = useChange(
    async () => {
      const retention = typeof days === "number" ? days : null;
      if (project)
        // 0 tells the server that its own setting holds.
        await api.PATCH("/api/v1/projects/{name}", {
          params: { path: { name: project.name } },
          body: { description, retention_days: retention ?? 0 },
        });
      else await api.POST("/api/v1/projects", { body: { name: name.trim(), description, retention_days: retention } });
    },
    {
      touches: ["/api/v1/projects", "/api/v1/retention", "/api/v1/audit"],
      done: project ? "Project saved" : `Project “${name.trim()}” made`,
      then: onClose,
    },
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={project ? `Project ${project.name}` : "New project"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          {!project && (
            <TextInput
              label="Name"
              required
              value={name}
              maxLength={200}
              onChange={(event) => setName(event.currentTarget.value)}
              data-autofocus
            />
          )}
          <Textarea
            label="Description"
            size="xs"
            autosize
            minRows={2}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <NumberInput
            label="Keep telemetry for"
            description="Days; empty: as the server's setting says."
            suffix=" days"
            min={1}
            max={36_500}
            allowDecimal={false}
            value={days}
            onChange={setDays}
          />
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={!project && !name.trim()}>
              {project ? "Save" : "Make project"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Forget({ project, onClose }: { project: Project | null; onClose: () => void }) {
  const forget = useChange(
    async (name: string) => api.DELETE("/api/v1/projects/{name}", { params: { path: { name } } }),
    {
      touches: ["/api/v1/projects", "/api/v1/retention", "/api/v1/audit"],
      done: (_, name) => `The entry of “${name}” is forgotten`,
      then: onClose,
    },
  );
  return (
    <Confirm
      opened={project !== null}
      onClose={onClose}
      title={`Forget the entry of ${project?.name ?? ""}?`}
      verb="Forget"
      isBusy={forget.isPending}
      error={forget.error}
      onConfirm={() => project && forget.mutate(project.name)}
    >
      Its description and retention policies go. Its telemetry is not touched: it expires as the server&apos;s setting
      says, and the next span of this project makes the entry anew.
    </Confirm>
  );
}
