import { Button } from "@mantine/core";
import { IconLink } from "@tabler/icons-react";
import { useParams } from "react-router";
import { Copy } from "@/design/Copy";
import { Neighbours } from "./Neighbours";
import { TraceAtAddress } from "./TraceView";

/** One trace on its own page. */
export default function TracePage() {
  const { traceId = "" } = useParams();
  return (
    <TraceAtAddress
      traceId={traceId}
      actions={
        <>
          <Neighbours traceId={traceId} />
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
