import { Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/hooks";
import { bytes, count } from "@/lib/format";
import { reasonInWords, type Account } from "./account";
import css from "./Ingest.module.css";

/** received = stored + refused + dropped, with the range's numbers. */
export function Equation({ account, signal, queue }: { account: Account; signal: string; queue?: Schemas["Queued"] }) {
  return (
    <div data-testid="equation">
      <div className={css.equation}>
        <Term
          name="received"
          value={account.received}
          about={`${count(account.requests, true)} requests, ${bytes(account.bytes)} decompressed`}
        />
        <Sign>=</Sign>
        <Term name="stored" value={account.stored} about="In the store, and found by every question" />
        <Sign>+</Sign>
        <Term
          name="refused"
          value={account.refused}
          tone={account.refused ? "bad" : undefined}
          about="Turned away; the sender was told why"
        />
        <Sign>+</Sign>
        <Term
          name="dropped"
          value={account.dropped}
          about={
            account.reasons.length
              ? account.reasons
                  .map(
                    ([reason, items]) =>
                      `${reason}: ${count(items, true)}${reasonInWords(reason) ? ` (${reasonInWords(reason)})` : ""}`,
                  )
                  .join("; ")
              : "Left out on purpose, each for a reason"
          }
          below={account.reasons.map(([reason, items]) => `${count(items)} ${reason}`).join(", ")}
        />
      </div>
      <Verdict account={account} signal={signal} queue={queue} />
    </div>
  );
}

function Term({
  name,
  value,
  about,
  tone,
  below,
}: {
  name: string;
  value: number;
  about: string;
  tone?: "bad";
  below?: string;
}) {
  return (
    <Tooltip label={about}>
      <div className={css.term}>
        <div className={`${css.value} num ${tone ?? ""}`}>{count(value, value < 10_000_000)}</div>
        <div className={css.name}>{below || name}</div>
        {below && <div className="visually-hidden">{name}</div>}
      </div>
    </Tooltip>
  );
}

function Sign({ children }: { children: ReactNode }) {
  return <div className={css.sign}>{children}</div>;
}

function Verdict({ account, signal, queue }: { account: Account; signal: string; queue?: Schemas["Queued"] }) {
  const isWhole = account.missing === 0 && (queue?.balanced ?? true);
  if (!isWhole)
    return (
      <p className={`${css.verdict} bad`} role="alert">
        <IconAlertTriangle size={16} aria-hidden />{" "}
        {account.missing !== 0
          ? `${count(Math.abs(account.missing), true)} ${signal} are not accounted for.`
          : "The ledger of this process does not balance."}{" "}
        This is a defect of the server: its log says more.
      </p>
    );
  const waiting =
    queue && queue.in_flight_items > 0 ? ` ${count(queue.in_flight_items)} more are being written at this moment.` : "";
  return (
    <p className={css.verdict}>
      <IconCircleCheck size={16} color="var(--ok)" aria-hidden />
      <span>
        {account.received === 0
          ? "Nothing arrived in this range."
          : `Everything is accounted for: each of the ${count(account.received, true)} ${signal} was stored, refused, or left out for a reason.`}
        {waiting}
      </span>
    </p>
  );
}
