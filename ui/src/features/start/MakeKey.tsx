import { api } from "@/api/client";
import { useChange } from "@/api/change";
import { AdminButton } from "@/design/AdminButton";
import { Failed } from "@/design/Async";
import { Copy } from "@/design/Copy";
import css from "./Start.module.css";

/** Makes a key that may only send, in place; its secret goes into the snippets. */
export function MakeKey({
  name,
  project,
  secret,
  onMade,
}: {
  name: string;
  project: string;
  secret: string;
  onMade: (secret: string) => void;
}) {
  const make = useChange(
    async () => {
      const { data } = await api.POST("/api/v1/keys", {
        body: { name: `${name} (get started)`, rights: ["send"], project },
      });
      return data!;
    },
    { touches: ["/api/v1/keys", "/api/v1/audit"], then: (made) => onMade(made.secret) },
  );
  return (
    <div className={css.key}>
      {secret ? (
        <>
          <span>
            The key <span className="mono">{secret}</span> is in the snippets below. It is shown this once.
          </span>
          <Copy text={secret} label="key" />
        </>
      ) : (
        <>
          <span>This server asks senders for a key.</span>
          <AdminButton loading={make.isPending} onClick={() => make.mutate(undefined)}>
            Make a key that may send
          </AdminButton>
        </>
      )}
      {make.error && <Failed error={make.error} />}
    </div>
  );
}
