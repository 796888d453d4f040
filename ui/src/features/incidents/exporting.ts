/** An incident as a file to keep or to send. */

import { api } from "@/api/client";

const MEDIA = { md: "text/markdown", json: "application/json" };

/** Asks the server for the document and hands it to the browser as a download. */
export async function save(id: string, format: "md" | "json"): Promise<void> {
  const answer = await api.GET("/api/v1/incidents/{incident_id}/export", {
    params: { path: { incident_id: id }, query: { format } },
    parseAs: "text",
  });
  const address = URL.createObjectURL(new Blob([answer.data as unknown as string], { type: MEDIA[format] }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${id}.${format}`;
  link.click();
  URL.revokeObjectURL(address);
}
