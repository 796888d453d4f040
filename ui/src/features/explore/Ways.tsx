import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import { Code, Json } from "@/design/Code";
import type { Query } from "@/lib/query";
import { asCommand, asCurl, asPython } from "./draft";

const WAYS = [
  { value: "curl", label: "curl" },
  { value: "python", label: "Python" },
  { value: "cli", label: "Command" },
  { value: "json", label: "JSON" },
];

/** The same Query for programs. */
export function Ways({ query }: { query: Query }) {
  const [way, setWay] = useState("curl");
  const origin = location.origin;
  return (
    <Stack gap="xs" align="stretch">
      <SegmentedControl data={WAYS} value={way} onChange={setWay} aria-label="Language" w="fit-content" />
      {way === "curl" && <Code text={asCurl(query, origin)} label="curl command" />}
      {way === "python" && <Code text={asPython(query, origin)} label="Python" />}
      {way === "cli" && <Code text={asCommand(query, origin)} label="command" />}
      {way === "json" && <Json value={query} label="Query as JSON" />}
    </Stack>
  );
}
