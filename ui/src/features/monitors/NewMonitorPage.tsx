import { MonitorForm } from "./MonitorForm";

export default function NewMonitorPage() {
  return <MonitorForm />;
}
