import { Button, Group } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { projectName } from "@/api/client";
import { get } from "@/api/hooks";
import { Failed, Loading } from "@/design/Async";
import { Json } from "@/design/Code";
import { Copy } from "@/design/Copy";
import { count } from "@/lib/format";
import type { Trace } from "./useOutline";
import css from "./trace.module.css";

const PAGE = 50;

/** The trace as the API answers it, some spans at a time. */
export function Raw({ traceId, trace }: { traceId: string; trace: Trace }) {
  const asked = useInfiniteQuery({
    queryKey: ["raw", projectName(), traceId],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      get(
        "/api/v1/traces/{trace_id}",
        { path: { trace_id: traceId }, query: { limit: PAGE, cursor: pageParam, content: true } },
        signal,
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const whole = useMemo(() => {
    const first = asked.data?.pages[0];
    return first && { ...first, spans: asked.data?.pages.flatMap((page) => page.spans), next_cursor: undefined };
  }, [asked.data]);
  if (asked.error) return <Failed error={asked.error} again={asked.refetch} />;
  if (!whole) return <Loading />;
  const call = `curl -s '${location.origin}/api/v1/traces/${encodeURIComponent(traceId)}?limit=${PAGE}&content=true'`;
  return (
    <div className={css.scroll} style={{ padding: "10px 20px 24px" }}>
      <Group justify="space-between" mb={8} gap={8}>
        <span className="dim">
          {count(whole.spans?.length)} of {count(trace.span_count)} spans, as the API answers them
        </span>
        <Group gap={6}>
          <span className="dim">Copy as a call</span>
          <Copy text={call} label="the API call" />
        </Group>
      </Group>
      <Json value={whole} label="trace" maxHeight={100_000} />
      {asked.hasNextPage && (
        <Button mt={10} variant="default" loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
          {`${PAGE} more spans`}
        </Button>
      )}
    </div>
  );
}
