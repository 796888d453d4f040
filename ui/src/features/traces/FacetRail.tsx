/** The rail of facets beside the list; on a phone it is drawn in a drawer. */

import { Autocomplete } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useGet } from "@/api/hooks";
import { fieldName } from "@/lib/query";
import { Facet, type Asking } from "./Facet";
import { useFacets, type Facets } from "./facetState";
import css from "./facets.module.css";

export function FacetRail({ asking }: { asking: Asking }) {
  const facets = useFacets();
  return (
    <div className={css.rail}>
      {facets.facets.map((facet) => (
        <Facet key={facet.field} facet={facet} facets={facets} asking={asking} />
      ))}
      <Adding facets={facets} asking={asking} />
    </div>
  );
}

interface Known {
  name: string;
  type: string;
  takes_key: boolean;
}

/** Any field or attribute as a facet. */
function Adding({ facets, asking }: { facets: Facets; asking: Asking }) {
  const [typed, setTyped] = useState("");
  const [isWanted, setWanted] = useState(false);
  const fields = useGet("/api/v1/fields", {}, { enabled: isWanted, staleTime: 600_000 });
  const keys = useGet(
    "/api/v1/values",
    { query: { field: "attr", from: asking.range.from, to: asking.range.to, limit: 200 } },
    { enabled: isWanted, staleTime: 60_000 },
  );
  const known = ((fields.data as { spans?: Known[] } | undefined)?.spans ?? [])
    .filter((field) => !field.takes_key && (field.type === "text" || field.type === "list" || field.type === "bool"))
    .map((field) => field.name);
  const attributes = (keys.data?.items ?? []).map((item) => item.value).filter((key) => !known.includes(key));
  const add = (written: string) => {
    const name = written.trim();
    if (!name) return;
    // A name no field has is an attribute's key.
    facets.add(
      known.includes(name) || name.includes("[") ? fieldName(name) : `attr["${name.replace(/["\\]/g, "\\$&")}"]`,
    );
    setTyped("");
  };
  return (
    <form
      className={css.adding}
      onSubmit={(event) => {
        event.preventDefault();
        add(typed);
      }}
    >
      <Autocomplete
        size="xs"
        placeholder="Add any attribute"
        aria-label="Add a facet"
        leftSection={<IconPlus size={12} />}
        value={typed}
        onChange={setTyped}
        onFocus={() => setWanted(true)}
        onOptionSubmit={add}
        limit={40}
        data={[
          { group: "Fields", items: known },
          { group: "Attributes", items: attributes },
        ]}
      />
    </form>
  );
}
