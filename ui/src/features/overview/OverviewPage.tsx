import { Button } from "@mantine/core";
import { useCallback, useState } from "react";
import { Link } from "react-router";
import { useChanges, useMarkers, type Change } from "@/api/changes";
import { useAsk } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { PageFrame } from "@/design/PageFrame";
import { links } from "@/lib/links";
import { OpenIncidents } from "../incidents/OpenIncidents";
import { ChangesPanel } from "./ChangesPanel";
import { Charts } from "./Charts";
import { Headline } from "./Headline";
import { Health } from "./Health";
import { inRange, useFrame, type Frame } from "./questions";
import { Tops } from "./Tops";

/** The health of everything that sends here, on one screen. */
export default function OverviewPage() {
  const frame = useFrame();
  const any = useAsk(inRange(frame.range, { measure: "count" }));
  return (
    <PageFrame title="Overview" range>
      <OpenIncidents />
      <Async of={any} height={300} isEmpty={(answer) => !answer.series[0]?.points[0]?.value} empty={<NoData />}>
        {() => <Estate frame={frame} />}
      </Async>
    </PageFrame>
  );
}

function Estate({ frame }: { frame: Frame }) {
  const changes = useChanges(frame.range);
  const [chosen, choose] = useState("");
  const onOpen = useCallback((change: Change) => {
    choose(change.id);
    document.getElementById(`change-${change.id}`)?.scrollIntoView({ block: "center", behavior: "smooth" });
  }, []);
  const markers = useMarkers(changes.data?.items, frame.lengthMs, onOpen);
  return (
    <div style={{ display: "flex", flexDirection: "column", gap: 18, minWidth: 0 }}>
      <Headline frame={frame} />
      <Health frame={frame} />
      <Charts frame={frame} markers={markers} />
      <Tops frame={frame} />
      <ChangesPanel changes={changes} chosen={chosen} />
    </div>
  );
}

function NoData() {
  return (
    <Empty
      title="Nothing arrived in this time"
      action={
        <Button component={Link} to={links.start()}>
          Connect an application
        </Button>
      }
    >
      Choose a longer range at the top right, or send something: one line in an application that speaks OpenTelemetry is
      enough.
    </Empty>
  );
}
