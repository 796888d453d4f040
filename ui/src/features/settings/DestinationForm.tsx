import { Button, Checkbox, Group, Modal, Select, Stack, Switch, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { api } from "@/api/client";
import { useGet, type Schemas } from "@/api/hooks";
import { useChange } from "@/api/change";
import { Failed } from "@/design/Async";
import { listed, pairs, written } from "./pairs";
import css from "./Settings.module.css";

type Destination = Schemas["DestinationAnswer"];
type Signal = "spans" | "logs" | "metrics";
const SIGNALS: Signal[] = ["spans", "logs", "metrics"];
const SIGNERS = [
  { value: "", label: "nothing but the headers" },
  { value: "aws", label: "AWS credentials (SigV4)" },
  { value: "google", label: "Google credentials (OAuth)" },
  { value: "entra", label: "Microsoft Entra" },
];

/** A new destination, or another state of one there is. */
export function DestinationForm({ before, onClose }: { before: Destination | null; onClose: () => void }) {
  const presets = useGet("/api/v1/destinations/presets");
  const projects = useGet("/api/v1/projects");
  const [preset, setPreset] = useState(before?.preset ?? "");
  const [name, setName] = useState(before?.name ?? "");
  const [project, setProject] = useState(before?.project ?? "");
  const [endpoint, setEndpoint] = useState(before?.endpoint ?? "");
  const [protocol, setProtocol] = useState(before?.protocol ?? "http");
  const [headers, setHeaders] = useState(written(before?.headers ?? {}));
  const [auth, setAuth] = useState(before?.auth ?? "");
  const [authSettings, setAuthSettings] = useState(written(before?.auth_settings ?? {}));
  const [endpoints, setEndpoints] = useState(written(before?.endpoints ?? {}));
  const [signals, setSignals] = useState<string[]>(before?.signals ?? SIGNALS);
  const [where, setWhere] = useState<Record<string, string>>(before?.where ?? {});
  const [share, setShare] = useState(String(Math.round((before?.sample_ratio ?? 1) * 100_000) / 1000));
  const [errors, setErrors] = useState(before?.keep_errors ?? true);
  const [content, setContent] = useState(before?.content ?? true);
  const [remove, setRemove] = useState((before?.remove ?? []).join(", "));
  const [redact, setRedact] = useState((before?.redact ?? []).join(", "));
  const [added, setAdded] = useState(written(before?.set_attributes ?? {}));
  const known = presets.data?.items.find((one) => one.name === preset);
  const percent = Number(share);
  const save = useChange(
    async () => {
      const body = {
        name: name.trim(),
        project,
        endpoint: endpoint.trim(),
        protocol: protocol as "http" | "grpc",
        headers: pairs(headers),
        auth,
        auth_settings: auth ? pairs(authSettings) : {},
        endpoints: pairs(endpoints),
        signals: signals as Signal[],
        where: Object.fromEntries(Object.entries(where).filter(([, text]) => text.trim())),
        sample_ratio: percent / 100,
        keep_errors: errors,
        content,
        remove: listed(remove),
        redact: listed(redact),
        set_attributes: pairs(added),
        preset,
      };
      if (before)
        await api.PATCH("/api/v1/destinations/{destination_id}", {
          params: { path: { destination_id: before.id } },
          body,
        });
      else await api.POST("/api/v1/destinations", { body });
    },
    {
      touches: ["/api/v1/destinations", "/api/v1/audit"],
      done: before ? `“${before.name}” is changed` : "It is passed on from now on",
      then: onClose,
    },
  );
  const isShare = share.trim() !== "" && percent >= 0 && percent <= 100;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={before ? `Destination ${before.name}` : "New destination"}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <Stack gap="sm">
          <Select
            label="Backend"
            placeholder="any that takes OTLP"
            data={(presets.data?.items ?? []).map((one) => ({ value: one.name, label: one.title }))}
            value={preset || null}
            onChange={(chosen) => {
              const one = presets.data?.items.find((each) => each.name === chosen);
              setPreset(chosen ?? "");
              if (!one) return;
              if (!name) setName(one.title);
              setEndpoint(one.endpoint);
              setHeaders(one.headers.map((header) => `${header}: `).join("\n"));
              setAuth(one.auth);
              setEndpoints(written(one.endpoints));
            }}
            clearable
          />
          {known && (
            <p className={css.lead}>
              {known.note}{" "}
              {known.docs.startsWith("https://") && (
                <a href={known.docs} target="_blank" rel="noreferrer">
                  Its documentation
                </a>
              )}
            </p>
          )}
          <div className={css.form}>
            <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Select
              label="Telemetry of"
              data={[
                { value: "", label: "all projects" },
                ...(projects.data?.items.map((one) => ({ value: one.name, label: one.name })) ?? []),
              ]}
              value={project}
              onChange={(value) => setProject(value ?? "")}
              allowDeselect={false}
              searchable
            />
            <TextInput
              className={css.wide!}
              label="Endpoint"
              description="The base URL; /v1/traces and so on are added."
              placeholder="https://collector.example.com:4318"
              required
              value={endpoint}
              onChange={(event) => setEndpoint(event.currentTarget.value)}
            />
            <Select
              label="Protocol"
              data={[
                { value: "http", label: "OTLP over HTTP" },
                { value: "grpc", label: "OTLP over gRPC" },
              ]}
              value={protocol}
              onChange={(value) => setProtocol(value ?? "http")}
              allowDeselect={false}
            />
            <TextInput
              label="Share of traces, %"
              description="Chosen by trace id."
              value={share}
              error={isShare ? undefined : "From 0 to 100"}
              onChange={(event) => setShare(event.currentTarget.value)}
            />
            <Textarea
              className={css.wide!}
              label="Headers"
              description="One a line, as “name: value”. Values are not shown again; *** keeps the one there is."
              classNames={{ input: "mono" }}
              autosize
              minRows={2}
              value={headers}
              onChange={(event) => setHeaders(event.currentTarget.value)}
            />
          </div>
          <div className={css.form}>
            <Select
              label="Signed by"
              description="Credentials of the machine; none are kept here."
              data={SIGNERS}
              value={auth}
              onChange={(value) => setAuth(value ?? "")}
              allowDeselect={false}
            />
            {auth && (
              <Textarea
                label="Settings of the signature"
                description="One a line, as “name: value”, e.g. “region: eu-west-1”."
                classNames={{ input: "mono" }}
                autosize
                minRows={1}
                value={authSettings}
                onChange={(event) => setAuthSettings(event.currentTarget.value)}
              />
            )}
            {protocol === "http" && (
              <Textarea
                className={css.wide!}
                label="Addresses of single signals"
                description="Where they differ from the endpoint: one a line, as “logs: https://…/v1/logs”."
                classNames={{ input: "mono" }}
                autosize
                minRows={1}
                value={endpoints}
                onChange={(event) => setEndpoints(event.currentTarget.value)}
              />
            )}
          </div>
          <Checkbox.Group label="Signals" value={signals} onChange={setSignals}>
            <Group gap="md" mt={4}>
              {SIGNALS.map((signal) => (
                <Checkbox key={signal} value={signal} label={signal} />
              ))}
            </Group>
          </Checkbox.Group>
          {SIGNALS.filter((signal) => signals.includes(signal)).map((signal) => (
            <TextInput
              key={signal}
              label={`Only ${signal} that pass`}
              placeholder={`all ${signal}`}
              classNames={{ input: "mono" }}
              value={where[signal] ?? ""}
              onChange={(event) => setWhere({ ...where, [signal]: event.currentTarget.value })}
            />
          ))}
          <Switch
            label="Failed spans in any case"
            checked={errors}
            onChange={(event) => setErrors(event.currentTarget.checked)}
          />
          <Switch
            label="With content: prompts, answers, arguments, documents"
            checked={content}
            onChange={(event) => setContent(event.currentTarget.checked)}
          />
          <div className={css.form}>
            <TextInput
              label="Leave out attributes"
              placeholder="http.*, secret"
              value={remove}
              onChange={(event) => setRemove(event.currentTarget.value)}
            />
            <TextInput
              label="Redact attributes"
              placeholder="user.*"
              value={redact}
              onChange={(event) => setRedact(event.currentTarget.value)}
            />
            <Textarea
              className={css.wide!}
              label="Add attributes"
              description="One a line, as “name: value”."
              classNames={{ input: "mono" }}
              autosize
              minRows={1}
              value={added}
              onChange={(event) => setAdded(event.currentTarget.value)}
            />
          </div>
          {save.error && <Failed error={save.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              loading={save.isPending}
              disabled={!name.trim() || !endpoint.trim() || signals.length === 0 || !isShare}
            >
              {before ? "Save" : "Pass on"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
