import { Button, Drawer } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { IconList } from "@tabler/icons-react";
import { useGet } from "@/api/hooks";
import { Empty, Failed, Loading } from "@/design/Async";
import { FilterField } from "@/design/FilterField";
import { PageFrame } from "@/design/PageFrame";
import { Beside } from "@/features/sessions/Beside";
import { useParam, useRange, useSetParams, useWhere } from "@/lib/address";
import { Correlated } from "./Correlated";
import { MetricList } from "./MetricList";
import { MetricPanel, Missing } from "./MetricPanel";
import { picksOf, textOf, type Metric, type Pick } from "./picks";
import css from "./metrics.module.css";

/** What a newcomer most likely wants to see, where it is measured. */
const FIRST = "gen_ai.client.operation.duration";
const KNOWN = 1000;

/** Metrics: pick some, split and filter them, and see what requests and logs did at the same time. */
export default function MetricsPage() {
  const [range] = useRange();
  const [where, setWhere] = useWhere();
  const [text] = useParam("metric");
  const [peek, setPeek] = useParam("peek");
  const set = useSetParams();
  const isNarrow = useMediaQuery("(max-width: 1000px)");
  const [isListOpen, drawer] = useDisclosure(false);
  const known = useGet(
    "/api/v1/metrics",
    { query: { limit: KNOWN, from: range.from, to: range.to } },
    { keep: true, staleTime: 60_000 },
  );
  const byName = new Map(known.data?.items.map((metric) => [metric.name, metric]) ?? []);
  const first = byName.has(FIRST) ? FIRST : known.data?.items[0]?.name;
  const picks = text ? picksOf(text) : first ? [{ name: first, how: "", by: "" }] : [];
  const write = (next: Pick[]) => set({ metric: textOf(next) || null });
  const without = (name: string) => write(picks.filter((pick) => pick.name !== name));
  const list = (
    <MetricList
      picked={new Set(picks.map((pick) => pick.name))}
      onOnly={(metric) => {
        write([{ name: metric.name, how: "", by: "" }]);
        drawer.close();
      }}
      onAdd={(metric) => write([...picks, { name: metric.name, how: "", by: "" }])}
      onRemove={(metric) => without(metric.name)}
    />
  );
  const services = [...new Set(picks.flatMap((pick) => byName.get(pick.name)?.services ?? []))];
  return (
    <PageFrame title="Metrics" range fills>
      <Beside traceId={peek} onClose={() => setPeek(null)}>
        <div className={css.page}>
          {isNarrow ? (
            <Drawer
              opened={isListOpen}
              onClose={drawer.close}
              title="Metrics"
              closeButtonProps={{ "aria-label": "Close" }}
            >
              {list}
            </Drawer>
          ) : (
            <div className={css.rail}>{list}</div>
          )}
          <div className={css.main}>
            <div className={css.tools}>
              <FilterField
                table="metrics"
                value={where}
                onApply={(next) => setWhere(next)}
                from={range.from}
                to={range.to}
                placeholder='service = "support-chat" and attr["error.type"] exists'
                label="Filter points of all metrics shown"
              />
              {isNarrow && (
                <Button variant="default" leftSection={<IconList size={14} />} onClick={drawer.open}>
                  All metrics
                </Button>
              )}
            </div>
            {known.error ? (
              <Failed error={known.error} again={known.refetch} />
            ) : !known.data ? (
              <Loading height={240} />
            ) : picks.length === 0 ? (
              <Empty title="No metrics in this range">
                Send metrics over OTLP to /v1/metrics: with an OpenTelemetry SDK their exemplars lead to traces.
              </Empty>
            ) : (
              <>
                {picks.map((pick) => {
                  const metric: Metric | undefined = byName.get(pick.name);
                  if (!metric) return <Missing key={pick.name} name={pick.name} onClose={() => without(pick.name)} />;
                  return (
                    <MetricPanel
                      key={pick.name}
                      metric={metric}
                      pick={pick}
                      where={where}
                      onChange={(next) => write(picks.map((one) => (one.name === next.name ? next : one)))}
                      onClose={picks.length > 1 ? () => without(pick.name) : undefined}
                      onTrace={setPeek}
                    />
                  );
                })}
                <Correlated services={services} />
              </>
            )}
          </div>
        </div>
      </Beside>
    </PageFrame>
  );
}
