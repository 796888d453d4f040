import { Button, Group, HoverCard, Stack, Text } from "@mantine/core";
import { IconChartDots, IconTerminal2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { inUnit } from "@/lib/format";
import { links } from "@/lib/links";
import type { Query } from "@/lib/query";
import { Copy } from "./Copy";
import css from "./Figure.module.css";
import { Link } from "./Link";

/** A Query as a call of the API. */
export function curlOf(query: Query): string {
  return `curl -s ${location.origin}/api/v1/query -H 'content-type: application/json' -d '${JSON.stringify(query).replace(/'/g, "'\\''")}'`;
}

interface FigureProps {
  value: number | null | undefined;
  unit?: string;
  /** The Query behind the number. */
  query: Query;
  low?: number | null;
  high?: number | null;
  /** Observations behind it. */
  n?: number;
  /** In words, when the Query alone does not say it. */
  how?: ReactNode;
  /** Shown instead of the formatted value. */
  children?: ReactNode;
}

/** A number that tells how it was computed: hover or focus shows its Query, which opens as an explorer or is copied as an API call. */
export function Figure({ value, unit = "", query, low, high, n, how, children }: FigureProps) {
  return (
    <HoverCard width={360} shadow="md" openDelay={350} closeDelay={120} position="bottom-start" withinPortal>
      <HoverCard.Target>
        <Link to={links.explore(query)} className={css.figure} aria-description="Opens how this number was computed">
          {children ?? inUnit(value, unit)}
        </Link>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <How value={value} unit={unit} query={query} low={low} high={high} n={n} how={how} />
      </HoverCard.Dropdown>
    </HoverCard>
  );
}

function How({ value, unit = "", query, low, high, n, how }: FigureProps) {
  const hasInterval = low !== null && low !== undefined && high !== null && high !== undefined;
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        {value === null || value === undefined ? "Not enough data to say" : inUnit(value, unit)}
        {hasInterval && (
          <Text span c="dimmed" fw={400}>
            {" "}
            95 % interval {inUnit(low, unit)} – {inUnit(high, unit)}
          </Text>
        )}
      </Text>
      {how && <Text size="sm">{how}</Text>}
      <dl className={css.list}>
        <dt>measure</dt>
        <dd>{Array.isArray(query.measure) ? query.measure.join(", ") : query.measure}</dd>
        <dt>where</dt>
        <dd>{query.where || "everything"}</dd>
        {query.by && query.by.length > 0 && (
          <>
            <dt>by</dt>
            <dd>{query.by.join(", ")}</dd>
          </>
        )}
        <dt>time</dt>
        <dd>
          {query.from} to {query.to}
          {query.every ? `, every ${query.every}` : ""}
        </dd>
        {n !== undefined && (
          <>
            <dt>from</dt>
            <dd>{inUnit(n, "count")} observations</dd>
          </>
        )}
      </dl>
      <Group gap={6}>
        <Button
          component={Link}
          to={links.explore(query)}
          variant="light"
          size="compact-xs"
          leftSection={<IconChartDots size={14} />}
        >
          Open in explorer
        </Button>
        <Group gap={0}>
          <IconTerminal2 size={14} aria-hidden /> <Copy text={curlOf(query)} label="as API call" />
        </Group>
      </Group>
    </Stack>
  );
}
