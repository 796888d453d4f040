import { Button } from "@mantine/core";
import { Link, useNavigate } from "react-router";
import { useGet } from "@/api/hooks";
import { Async, Empty } from "@/design/Async";
import { DataTable } from "@/design/DataTable";
import { Panel } from "@/design/PageFrame";
import { peopleColumns } from "@/features/sessions/columns";
import { useRange } from "@/lib/address";
import { links } from "@/lib/links";

const SHOWN = 12;

/** The user's latest sessions. */
export function UserSessions({ where }: { where: string }) {
  const [range] = useRange();
  const go = useNavigate();
  const sessions = useGet(
    "/api/v1/sessions",
    { query: { where, from: range.from, to: range.to, limit: SHOWN } },
    { keep: true },
  );
  const columns = peopleColumns("session", range).filter((column) => column.id !== "users" && column.id !== "tenants");
  return (
    <Panel
      title="Sessions"
      flush
      about="latest first"
      actions={
        <Button component={Link} size="compact-xs" variant="subtle" to={links.sessions({ where, ...range })}>
          All sessions
        </Button>
      }
    >
      <Async
        of={sessions}
        isEmpty={(found) => found.items.length === 0}
        empty={
          <Empty title="No sessions in this range">Their traces carry no session.id, or lie in another range.</Empty>
        }
      >
        {(found) => (
          <DataTable
            name="user-sessions"
            label="Sessions of this user"
            columns={columns}
            rows={found.items}
            rowKey={(row) => row.id}
            height="auto"
            onOpen={(row) => void go(links.session(row.id))}
          />
        )}
      </Async>
    </Panel>
  );
}
