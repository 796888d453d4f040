import { Async } from "@/design/Async";
import { Panel } from "@/design/PageFrame";
import { useGet } from "@/api/hooks";
import { money } from "@/lib/format";

/** What an API of embeddings has cost; nothing is shown for a model on the server's machine. */
export function EmbeddingsSpent() {
  const told = useGet("/api/v1/embeddings");
  return (
    <Async of={told} height={60}>
      {({ name, spent }) =>
        spent && (
          <Panel title="Embeddings">
            <b>{name}</b>{" "}
            {spent.usd_per_million === null
              ? "has no known price, so nothing is booked: set embeddings_usd_per_million."
              : `has cost ${money(spent.day_usd)} today (UTC)${spent.usd_per_day === null ? "" : ` of ${money(spent.usd_per_day)}`}, ${money(spent.in_all_usd)} in all.`}
          </Panel>
        )
      }
    </Async>
  );
}
