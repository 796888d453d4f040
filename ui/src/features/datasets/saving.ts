/** A dataset as a file of JSON lines, page by page. */

import { get } from "@/api/hooks";

const PAGE = 500;

/** Saves all items of a version ("" now) under the dataset's name. Throws Problem. */
export async function save(datasetId: string, name: string, version: string): Promise<void> {
  const lines: string[] = [];
  let cursor = "";
  do {
    const page = await get("/api/v1/datasets/{dataset_id}/items", {
      path: { dataset_id: datasetId },
      query: { limit: PAGE, cursor, version: version ? Number(version) : null, split: "", status: "" },
    });
    for (const { id, input, output, expected, documents, metadata, splits } of page.items)
      lines.push(JSON.stringify({ id, input, output, expected, documents, metadata, splits }));
    cursor = page.next_cursor ?? "";
  } while (cursor);
  const file = new Blob([lines.map((line) => `${line}\n`).join("")], { type: "application/jsonl" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${name.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.jsonl`;
  link.click();
  URL.revokeObjectURL(link.href);
}
