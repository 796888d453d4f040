import { useParams } from "react-router";
import { useGet } from "@/api/hooks";
import { Async } from "@/design/Async";
import { PageFrame } from "@/design/PageFrame";
import { MonitorForm } from "./MonitorForm";

export default function EditMonitorPage() {
  const { id = "" } = useParams();
  const asked = useGet("/api/v1/monitors/{monitor_id}", { path: { monitor_id: id } });
  if (asked.data) return <MonitorForm before={asked.data} />;
  return (
    <PageFrame title="Change a monitor">
      <Async of={asked}>{() => null}</Async>
    </PageFrame>
  );
}
