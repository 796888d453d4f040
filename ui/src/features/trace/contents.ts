/** Contents of spans, fetched when they are looked at: a few together, each once. */

import { useMemo, useSyncExternalStore } from "react";
import { projectName } from "@/api/client";
import { get } from "@/api/hooks";
import { contentOf, type Content } from "./content";

const AT_ONCE = 25;
const PARALLEL = 2;

export interface Held {
  contents: ReadonlyMap<string, Content>;
  /** Asked for and not there: retention took them. */
  gone: ReadonlySet<string>;
  failed: Error | null;
}

/** The contents of one trace. `need` may be called as often as one likes. */
export class Contents {
  private held: Held = { contents: new Map(), gone: new Set(), failed: null };
  private waiting: string[] = [];
  private readonly asked = new Set<string>();
  private running = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly load: (ids: string[]) => Promise<Content[]>) {}

  readonly state = (): Held => this.held;

  readonly listen = (tell: () => void): (() => void) => {
    this.listeners.add(tell);
    return () => this.listeners.delete(tell);
  };

  /** Asks for what is not there yet. What was asked for last comes first: it is what is looked at now. */
  need(ids: Iterable<string>): void {
    if (this.held.failed) return;
    const fresh = [...ids].filter((id) => !this.asked.has(id));
    if (!fresh.length) return;
    for (const id of fresh) this.asked.add(id);
    this.waiting = [...fresh, ...this.waiting];
    this.run();
  }

  /** After a failure: asks again for what is missing. */
  again(): void {
    const missing = [...this.asked].filter((id) => !this.held.contents.has(id));
    for (const id of missing) this.asked.delete(id);
    this.waiting = [];
    this.change({ ...this.held, failed: null });
    this.need(missing);
  }

  /** When spans have arrived: messages that come as log records may complete those that had none. */
  renew(): void {
    for (const [id, content] of this.held.contents) if (isBlank(content)) this.asked.delete(id);
    for (const id of this.held.gone) this.asked.delete(id);
  }

  private run(): void {
    while (this.running < PARALLEL && this.waiting.length) {
      const ids = this.waiting.splice(0, AT_ONCE);
      this.running += 1;
      void this.load(ids)
        .then(
          (found) => this.take(ids, found),
          (error: unknown) =>
            this.change({ ...this.held, failed: error instanceof Error ? error : new Error(String(error)) }),
        )
        .finally(() => {
          this.running -= 1;
          if (!this.held.failed) this.run();
        });
    }
  }

  private take(ids: string[], found: Content[]): void {
    const contents = new Map(this.held.contents);
    for (const one of found) {
      const before = contents.get(one.span_id);
      // Of several spans with one id the earliest is shown.
      if (!before || isBlank(before)) contents.set(one.span_id, one);
    }
    const missing = ids.filter((id) => !contents.has(id));
    this.change({
      contents,
      gone: missing.length ? new Set([...this.held.gone, ...missing]) : this.held.gone,
      failed: null,
    });
  }

  private change(next: Held): void {
    this.held = next;
    this.listeners.forEach((tell) => tell());
  }
}

function isBlank(content: Content): boolean {
  return !content.input.length && !content.output.length && !content.input_text && !content.output_text;
}

/** The contents of a trace, kept while its page is open. */
export function useContents(traceId: string): [Held, Contents] {
  const project = projectName();
  const store = useMemo(
    () =>
      new Contents(async (ids) => {
        const { items } = await get("/api/v1/traces/{trace_id}/contents", {
          path: { trace_id: traceId },
          query: { span_id: ids },
        });
        return items.map(contentOf);
      }),
    // Another project is another trace, even of the same id.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [traceId, project],
  );
  return [useSyncExternalStore(store.listen, store.state), store];
}
