import { ActionIcon, Drawer, Tooltip } from "@mantine/core";
import { IconArrowsDiagonal } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link } from "react-router";
import { Loading } from "@/design/Async";
import { links } from "@/lib/links";

const TraceView = lazy(async () => ({ default: (await import("@/features/trace/TraceView")).TraceView }));

/** A trace beside the page; the page stays usable. "" shows nothing. */
export function Peek({ traceId, onClose }: { traceId: string; onClose: () => void }) {
  return (
    <Drawer
      opened={traceId !== ""}
      onClose={onClose}
      position="right"
      size="var(--peek)"
      withOverlay={false}
      lockScroll={false}
      trapFocus={false}
      padding={0}
      title={
        <span style={{ display: "flex", gap: 6, alignItems: "center", padding: "0 12px" }}>
          Trace
          <Tooltip label="Open as a page">
            <ActionIcon component={Link} to={links.trace(traceId)} size="sm" aria-label="Open as a page">
              <IconArrowsDiagonal size={15} />
            </ActionIcon>
          </Tooltip>
        </span>
      }
      closeButtonProps={{ "aria-label": "Close the trace" }}
      styles={{
        content: { display: "flex", flexDirection: "column" },
        body: { flex: 1, minHeight: 0, display: "flex", flexDirection: "column" },
        header: { minHeight: 44, paddingRight: 8 },
      }}
    >
      {traceId && (
        <Suspense fallback={<Loading />}>
          <TraceView key={traceId} traceId={traceId} compact />
        </Suspense>
      )}
    </Drawer>
  );
}
