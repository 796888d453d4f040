import { Button } from "@mantine/core";
import { IconChecklist, IconDatabasePlus, IconLink } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useParams } from "react-router";
import { AdminButton } from "@/design/AdminButton";
import { Copy } from "@/design/Copy";
import { useParam } from "@/lib/address";
import { Neighbours } from "./Neighbours";
import { TraceAtAddress } from "./TraceView";

const AddToQueue = lazy(() => import("@/features/annotate/AddToQueue"));
const AddToDataset = lazy(() => import("@/features/datasets/AddToDataset"));

/** One trace on its own page. */
export default function TracePage() {
  const { traceId = "" } = useParams();
  return (
    <TraceAtAddress
      traceId={traceId}
      actions={
        <>
          <Neighbours traceId={traceId} />
          <ToQueue traceId={traceId} />
          <ToDataset traceId={traceId} />
          <CopyLink />
        </>
      }
    />
  );
}

function CopyLink() {
  return (
    <Button
      component="span"
      variant="default"
      px={8}
      leftSection={<IconLink size={14} />}
      rightSection={<Copy text={location.href} label="a link to what is shown" />}
    >
      Link
    </Button>
  );
}

/** Has people judge the span that is looked at, or the trace. */
function ToQueue({ traceId }: { traceId: string }) {
  const [span] = useParam("span");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<IconChecklist size={14} />} onClick={() => setOpen(true)}>
        To queue
      </Button>
      {isOpen && (
        <Suspense fallback={null}>
          <AddToQueue
            what={span ? "this span" : "this trace"}
            targets={[{ trace_id: traceId, span_id: span }]}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}

/** Adds the span that is looked at, or the trace, to a dataset. */
function ToDataset({ traceId }: { traceId: string }) {
  const [span] = useParam("span");
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <AdminButton variant="default" leftSection={<IconDatabasePlus size={14} />} onClick={() => setOpen(true)}>
        To dataset
      </AdminButton>
      {isOpen && (
        <Suspense fallback={null}>
          <AddToDataset
            what={span ? "this span" : "this trace"}
            targets={[{ trace_id: traceId, span_id: span }]}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      )}
    </>
  );
}
