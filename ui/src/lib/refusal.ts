/** What to do about telemetry that was turned away. Pure. */

import type { Schemas } from "@/api/hooks";

export type Refusal = Schemas["RefusalAnswer"];

/** What the status means for the sender, and the next step. */
export function adviceFor(refusal: Pick<Refusal, "status" | "retryable" | "message">): { what: string; todo: string } {
  const { status, retryable, message } = refusal;
  if (retryable)
    return {
      what: "asked to come again",
      todo: "Nothing is lost while the sender tries again, as OpenTelemetry exporters do. If it goes on, look at the queue and the disk on this page.",
    };
  switch (status) {
    case 200:
      return {
        what: "a part was refused",
        todo: "The rest of the request is stored. Mend what the message names in the sending program.",
      };
    case 401:
      return {
        what: "no valid key",
        todo: "Send `Authorization: Bearer <key>` with a key that may send: make one in Settings, API keys.",
      };
    case 403:
      return {
        what: "the key may not do that",
        todo: "The key has no right to send, or belongs to another project. Make one that fits in Settings, API keys.",
      };
    case 404:
      return {
        what: "wrong address",
        todo: "OTLP is taken at /v1/traces, /v1/logs and /v1/metrics, with any prefix before.",
      };
    case 413:
      return {
        what: "too large",
        todo: "Let the exporter send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE), or raise NERVURE_MAX_BODY_BYTES.",
      };
    case 415:
      return { what: "wrong content type", todo: "Choose the exporter's protocol http/protobuf, http/json or grpc." };
    default:
      return {
        what: "cannot be read",
        todo: /gzip|zstd|compress/i.test(message)
          ? "Send it with gzip, zstd, or without compression."
          : "The sender has to change what it sends; sending it again cannot help.",
      };
  }
}

/** Levels of a gauge: when to look, and when to act. */
export function level(share: number): "ok" | "warn" | "bad" {
  return share >= 0.9 ? "bad" : share >= 0.75 ? "warn" : "ok";
}
