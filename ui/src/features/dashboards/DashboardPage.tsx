import { ActionIcon, Button, Menu, Select, Tooltip } from "@mantine/core";
import {
  IconCopy,
  IconDeviceTv,
  IconDots,
  IconDownload,
  IconPencil,
  IconRefresh,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useLayoutEffect, useMemo, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useShortcuts } from "@/app/shortcuts";
import { useGet } from "@/api/hooks";
import { Async, Empty, Failed, Loading } from "@/design/Async";
import { Tag } from "@/design/Badges";
import { PageFrame } from "@/design/PageFrame";
import { RangePicker } from "@/design/RangePicker";
import type { Marker } from "@/design/TimeChart";
import { useParam, useRange } from "@/lib/address";
import { links } from "@/lib/links";
import { millis, spanMs, type Range } from "@/lib/time";
import { download } from "../explore/answer";
import { Board } from "./Board";
import { exported, useDuplicate, useRemove, type Dashboard } from "./change";
import { Confirm } from "./Confirm";
import { filledSpec, type Spec, type Widget } from "./spec";
import type { Values } from "./template";
import { useValues, Variables } from "./Variables";
import { WidgetCard } from "./WidgetCard";
import css from "./dashboards.module.css";

const Editor = lazy(() => import("./DashboardEditor"));
const REFRESHES = [
  { value: "", label: "No refresh" },
  ...["10s", "30s", "1m", "5m", "15m"].map((every) => ({ value: every, label: `Every ${every}` })),
];

/** One dashboard: looked at, on a wall, or changed. */
export default function DashboardPage() {
  const { dashboardId = "" } = useParams();
  const found = useGet("/api/v1/dashboards/{dashboard_id}", { path: { dashboard_id: dashboardId } }, { staleTime: 0 });
  const [edit, setEdit] = useParam("edit");
  if (!found.data || found.error) {
    return (
      <PageFrame title={<Link to={links.dashboards()}>Dashboards</Link>}>
        <Async of={found} height={300}>
          {() => null}
        </Async>
      </PageFrame>
    );
  }
  const dashboard = found.data;
  if (edit && !dashboard.shipped) {
    return (
      <Suspense fallback={<Loading height={300} />}>
        <Editor key={dashboard.id} dashboard={dashboard} onDone={() => setEdit(null, { replace: true })} />
      </Suspense>
    );
  }
  return <Looking dashboard={dashboard} onEdit={() => setEdit("1")} />;
}

function Looking({ dashboard, onEdit }: { dashboard: Dashboard; onEdit: () => void }) {
  const [range] = useRange();
  const [every, setEvery] = useParam("refresh");
  const [tv, setTv] = useParam("tv");
  const spec = useMemo(() => filledSpec(dashboard.spec), [dashboard]);
  const values = useValues(spec.variables);
  const markers = useMarkers(range);
  const client = useQueryClient();
  const refresh = spanMs(every) || false;
  const again = () => void client.invalidateQueries({ queryKey: ["ask"] });
  useShortcuts(
    useMemo(
      () => [
        { keys: "f", does: "Full screen, for a wall", where: "Dashboard", run: () => setTv(tv ? null : "1") },
        { keys: "e", does: "Edit", where: "Dashboard", run: () => !dashboard.shipped && onEdit() },
      ],
      // The setters are new at each drawing; what they do is not.
      // eslint-disable-next-line react-hooks/exhaustive-deps
      [tv, dashboard.shipped],
    ),
  );
  const cards = (
    <Cards dashboard={dashboard} spec={spec} values={values} range={range} markers={markers} refresh={refresh} />
  );
  if (tv) {
    return (
      <Wall name={dashboard.name} onClose={() => setTv(null)}>
        <Variables variables={spec.variables} values={values} range={range} />
        {cards}
      </Wall>
    );
  }
  return (
    <PageFrame
      title={
        <>
          <Link to={links.dashboards()} className="plain-link dim">
            Dashboards
          </Link>
          <span className="dim">/</span>
          {dashboard.name}
        </>
      }
      about={dashboard.shipped && <Tag>comes with Nervure</Tag>}
      range
      actions={
        <>
          <Tooltip label="Ask again now">
            <ActionIcon aria-label="Refresh now" onClick={again}>
              <IconRefresh size={16} />
            </ActionIcon>
          </Tooltip>
          <Select
            aria-label="Refresh by itself"
            data={REFRESHES}
            value={REFRESHES.some((one) => one.value === every) ? every : ""}
            onChange={(next) => setEvery(next ?? "")}
            allowDeselect={false}
            w={118}
          />
          <Tooltip label="Full screen, for a wall (F)">
            <ActionIcon aria-label="Full screen" onClick={() => setTv("1")}>
              <IconDeviceTv size={16} />
            </ActionIcon>
          </Tooltip>
          <Actions dashboard={dashboard} onEdit={onEdit} />
        </>
      }
    >
      {dashboard.description && <p className={`dim ${css.about}`}>{dashboard.description}</p>}
      <Variables variables={spec.variables} values={values} range={range} />
      {spec.widgets.length === 0 ? (
        <Empty title="Nothing on it yet" action={<Button onClick={onEdit}>Add widgets</Button>}>
          A widget is a question: it is drawn as a chart, bars, a number, a table or a heatmap.
        </Empty>
      ) : (
        cards
      )}
    </PageFrame>
  );
}

interface CardsProps {
  dashboard: Dashboard;
  spec: Spec;
  values: Values;
  range: Range;
  markers: Marker[];
  refresh: number | false;
}

function Cards({ dashboard, spec, values, range, markers, refresh }: CardsProps) {
  return (
    <Board widgets={spec.widgets}>
      {(widget: Widget) => (
        <WidgetCard
          widget={widget}
          spec={spec}
          values={values}
          range={range}
          markers={markers}
          refresh={refresh}
          name={`dashboard.${dashboard.id}.${widget.id}`}
        />
      )}
    </Board>
  );
}

function Actions({ dashboard, onEdit }: { dashboard: Dashboard; onEdit: () => void }) {
  const duplicate = useDuplicate();
  const remove = useRemove();
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  const copy = () =>
    duplicate.mutate({ id: dashboard.id }, { onSuccess: ({ id }) => void navigate(`${links.dashboard(id)}?edit=1`) });
  const content = { name: dashboard.name, description: dashboard.description, spec: filledSpec(dashboard.spec) };
  return (
    <>
      {dashboard.shipped ? (
        <Button variant="default" leftSection={<IconCopy size={15} />} onClick={copy} loading={duplicate.isPending}>
          Duplicate to edit
        </Button>
      ) : (
        <Button variant="default" leftSection={<IconPencil size={15} />} onClick={onEdit}>
          Edit
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label="More of this dashboard">
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconDownload size={15} />}
            onClick={() =>
              download(
                `${dashboard.name.replace(/[^\w-]+/g, "-").toLowerCase()}.dashboard.json`,
                exported(content),
                "application/json",
              )
            }
          >
            Export as JSON
          </Menu.Item>
          <Menu.Item leftSection={<IconCopy size={15} />} onClick={copy}>
            Duplicate
          </Menu.Item>
          {!dashboard.shipped && (
            <Menu.Item leftSection={<IconTrash size={15} />} color="red" onClick={() => setAsking(true)}>
              Delete
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {isAsking && (
        <Confirm
          title={`Delete ${dashboard.name}?`}
          act="Delete"
          onClose={() => setAsking(false)}
          onAct={() => remove.mutate(dashboard.id, { onSuccess: () => void navigate(links.dashboards()) })}
        >
          It is gone for everybody in this project. The audit log keeps what it was.
        </Confirm>
      )}
      {(duplicate.error ?? remove.error) && <Failed error={(duplicate.error ?? remove.error)!} />}
    </>
  );
}

/** The dashboard alone, filling the window; Escape leaves it. */
function Wall({ name, onClose, children }: { name: string; onClose: () => void; children: React.ReactNode }) {
  // With the first drawing, not after it: who presses Escape at once is heard.
  useLayoutEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (
        event.key === "Escape" &&
        !event.defaultPrevented &&
        !document.querySelector('[aria-modal="true"], [aria-expanded="true"]')
      )
        onClose();
    };
    // Before a menu that is open hears of it and closes: that Escape was meant for the menu.
    document.addEventListener("keydown", leave, true);
    return () => document.removeEventListener("keydown", leave, true);
  }, [onClose]);
  return (
    <div className={css.tv}>
      <div className={css.tvHead}>
        <h1>{name}</h1>
        <div className={css.cardTools}>
          <RangePicker />
          <Tooltip label="Leave full screen (Esc)">
            <ActionIcon aria-label="Leave full screen" onClick={onClose}>
              <IconX size={18} />
            </ActionIcon>
          </Tooltip>
        </div>
      </div>
      {children}
    </div>
  );
}

const NO_MARKERS: Marker[] = [];
const MARKED = 30;

/** Recorded and found changes of the range. Without them the charts are still right: a failure here is not told. */
export function useMarkers(range: Range): Marker[] {
  const changes = useGet(
    "/api/v1/changes",
    { query: { from: range.from, to: range.to, limit: MARKED } },
    { keep: true },
  );
  return useMemo(
    () =>
      changes.data?.items.map((one) => ({
        at: millis(one.time),
        label: [one.kind, one.name, one.after && (one.before ? `${one.before} → ${one.after}` : one.after)]
          .filter(Boolean)
          .join(" "),
      })) ?? NO_MARKERS,
    [changes.data],
  );
}
