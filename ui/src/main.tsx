import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/app.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";

// The app lives below /app, because other paths of the root belong to protocols (/metrics, /v1/traces, ...).
if (!location.pathname.startsWith("/app")) history.replaceState(null, "", `/app/${location.search}${location.hash}`);

createRoot(document.getElementById("root")!).render(<App />);
