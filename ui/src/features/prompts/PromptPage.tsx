import { Button, Select } from "@mantine/core";
import { IconArrowsDiff, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { useGet, type Schemas } from "@/api/hooks";
import { AdminButton } from "@/design/AdminButton";
import { Async } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Json } from "@/design/Code";
import { Confirm } from "@/design/Confirm";
import { Copy } from "@/design/Copy";
import { Link } from "@/design/Link";
import { PageFrame, Panel } from "@/design/PageFrame";
import { useKeepRange, useParam } from "@/lib/address";
import { links } from "@/lib/links";
import { DiffView } from "./DiffView";
import { Labels } from "./Labels";
import { MoveLabel } from "./MoveLabel";
import { NewVersion } from "./NewVersion";
import { TemplateView } from "./TemplateView";
import css from "./prompts.module.css";

type Version = Schemas["VersionAnswer"];

/** One prompt: its versions, what each says, where the labels stand, and what changed between two of them. */
export default function PromptPage() {
  const { name = "" } = useParams();
  const prompt = useGet("/api/v1/prompts/{name}/about", { path: { name } });
  const versions = useGet("/api/v1/prompts/{name}/versions", { path: { name }, query: { limit: 500 } });
  const [shown, setShown] = useParam("version");
  const [against, setAgainst] = useParam("against");
  const [isMaking, setMaking] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const go = useNavigate();
  const keep = useKeepRange();
  const remove = useChange(async () => api.DELETE("/api/v1/prompts/{name}", { params: { path: { name } } }), {
    touches: ["/api/v1/prompts"],
    done: `Prompt “${name}” deleted`,
    then: () => void go(links.prompts()),
  });
  return (
    <PageFrame
      title={name}
      about={prompt.data?.description}
      actions={
        <>
          <Button
            component={Link}
            variant="default"
            to={links.traces({ ...keep, level: "spans", where: `prompt_name = ${JSON.stringify(name)}` })}
          >
            Calls
          </Button>
          <AdminButton variant="default" onClick={() => setRemoving(true)}>
            Delete
          </AdminButton>
          <AdminButton leftSection={<IconPlus size={15} />} onClick={() => setMaking(true)}>
            New version
          </AdminButton>
        </>
      }
    >
      <Async of={prompt} height={300}>
        {(about) => (
          <Async of={versions} height={300}>
            {({ items }) => {
              const version = items.find((one) => String(one.version) === shown) ?? items[0];
              if (!version) return null;
              return (
                <div className={css.split}>
                  <VersionList
                    about={about}
                    items={items}
                    current={version.version}
                    onPick={(one) => setShown(String(one))}
                  />
                  <div className={css.column}>
                    <Shown
                      version={version}
                      about={about}
                      others={items}
                      against={against}
                      onAgainst={setAgainst}
                      key={version.version}
                    />
                  </div>
                  {isMaking && (
                    <NewVersion
                      from={version}
                      onClose={() => setMaking(false)}
                      onMade={(made) => setShown(String(made.version))}
                    />
                  )}
                </div>
              );
            }}
          </Async>
        )}
      </Async>
      <Confirm
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Delete ${name}?`}
        verb="Delete"
        isBusy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined)}
      >
        Applications that fetch it will use their fallback or fail. What its calls did stays.
      </Confirm>
    </PageFrame>
  );
}

interface ListProps {
  about: Schemas["PromptAnswer"];
  items: Version[];
  current: number;
  onPick: (version: number) => void;
}

function VersionList({ about, items, current, onPick }: ListProps) {
  return (
    <Panel title="Versions" flush>
      <ul className={css.versions} aria-label="Versions">
        {items.map((one) => (
          <li key={one.version}>
            <a
              href={links.prompt(one.name, one.version)}
              className={css.version}
              aria-current={one.version === current}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                onPick(one.version);
              }}
            >
              <span className={css.head}>
                <b>v{one.version}</b>
                <Labels of={about} version={one.version} />
              </span>
              {one.message && <div>{one.message}</div>}
              <div className={css.why}>
                <Time at={one.created} relative /> {one.author && `by ${one.author}`}
              </div>
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

interface ShownProps {
  version: Version;
  about: Schemas["PromptAnswer"];
  others: Version[];
  against: string;
  onAgainst: (version: string | null) => void;
}

function Shown({ version, about, others, against, onAgainst }: ShownProps) {
  const call = `nervure.prompt(${JSON.stringify(version.name)}, version=${version.version})`;
  const choices = others.filter((one) => one.version !== version.version);
  const other = choices.find((one) => String(one.version) === against);
  return (
    <>
      <Panel
        title={`Version ${version.version}`}
        actions={
          <>
            <Copy text={call} label="the call that fetches it" />
            {choices.length > 0 && (
              <Select
                aria-label="Compare with"
                placeholder="Compare with"
                leftSection={<IconArrowsDiff size={14} />}
                clearable
                w={170}
                value={other ? against : null}
                onChange={onAgainst}
                data={choices.map((one) => ({ value: String(one.version), label: `v${one.version}` }))}
              />
            )}
            <MoveLabel about={about} version={version.version} />
          </>
        }
      >
        {other ? (
          <DiffView name={version.name} before={other.version} after={version.version} />
        ) : (
          <TemplateView template={version.template} />
        )}
      </Panel>
      {version.variables.length > 0 && (
        <Panel title="Variables">
          <span className={css.labels}>
            {version.variables.map((one) => (
              <Tag key={one}>{one}</Tag>
            ))}
          </span>
        </Panel>
      )}
      {Object.keys(version.config).length > 0 && (
        <Panel title="Config">
          <Json value={version.config} label="config" />
        </Panel>
      )}
    </>
  );
}
