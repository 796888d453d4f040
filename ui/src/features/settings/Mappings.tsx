import { IconPlus } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "react-router";
import { useGet, type Schemas } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { Tag, Time } from "@/design/Badges";
import { Panel } from "@/design/PageFrame";
import { links } from "@/lib/links";
import { AdminButton } from "@/design/AdminButton";
import { MappingPage } from "./MappingPage";
import { NEW, useActivate } from "./mapping";
import { Remaps } from "./Remaps";
import { Rows } from "@/design/Rows";
import css from "./Settings.module.css";

type Mapping = Schemas["MappingAnswer"];

/** Your own dialects: which there are, one of them, and reading history again with them. */
export default function Mappings() {
  const { item } = useParams();
  return item ? <MappingPage key={item} name={item === NEW ? null : item} /> : <List />;
}

function List() {
  const mappings = useGet("/api/v1/mappings", { query: { inactive: true } });
  const go = useNavigate();
  return (
    <>
      <p className={css.lead}>
        A mapping teaches Nervure a dialect it does not know: which attribute gives which field of a span. Built-in
        dialects need none. It holds for new telemetry within seconds; what is stored already is read with it when you
        re-apply it below.
      </p>
      <Panel
        title="Mappings"
        flush
        actions={
          <AdminButton
            leftSection={<IconPlus size={14} />}
            onClick={() => void go(`${links.settings("mappings")}/${NEW}`)}
          >
            New mapping
          </AdminButton>
        }
      >
        <Async
          of={mappings}
          isEmpty={({ items }) => items.length === 0}
          empty={
            <Empty title="No mappings of your own">
              If a span shows as “other” though it is a call of a model, write a mapping for its attributes and try it
              on that span.
            </Empty>
          }
        >
          {({ items }) => <Table items={items} />}
        </Async>
      </Panel>
      <Remaps />
    </>
  );
}

function Table({ items }: { items: Mapping[] }) {
  const activate = useActivate();
  return (
    <Rows
      label="Mappings"
      rows={items}
      keyOf={(mapping) => mapping.name}
      isDim={(mapping) => !mapping.active}
      columns={[
        {
          title: "Name",
          cell: (mapping) => (
            <Link className="link" to={`${links.settings("mappings")}/${encodeURIComponent(mapping.name)}`}>
              {mapping.name}
            </Link>
          ),
        },
        { title: "Version", isNumber: true, cell: (mapping) => mapping.version },
        {
          title: "State",
          cell: (mapping) => (
            <Tag tone={mapping.active ? "accent" : "plain"}>{mapping.active ? "in force" : "off"}</Tag>
          ),
        },
        { title: "By", cell: (mapping) => mapping.author },
        { title: "Written", cell: (mapping) => <Time at={mapping.created} relative /> },
        {
          title: "Actions",
          isHidden: true,
          cell: (mapping) => (
            <div className={css.actions}>
              <AdminButton
                variant="default"
                size="compact-xs"
                onClick={() =>
                  activate.mutate({ name: mapping.name, version: mapping.active ? null : mapping.version })
                }
              >
                {mapping.active ? "Turn off" : "Turn on"}
              </AdminButton>
            </div>
          ),
        },
      ]}
    />
  );
}
