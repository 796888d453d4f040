/** A trace's outline: columns of the API as typed arrays with one place per span, in the order of the tree. */

import type { Schemas } from "@/api/hooks";

export type OutlinePage = Schemas["Outline"];

export const BITS = { missingParent: 1, inCycle: 2, unpriced: 4, repeats: 8, hasContent: 16 } as const;
const WORDS = ["name", "kind", "status", "service", "model", "agent", "tool", "error"] as const;
export type Word = (typeof WORDS)[number];
const NUMBERS = ["depth", "start_ms", "duration_ms", "input_tokens", "output_tokens", "cost"] as const;
type Numbers = (typeof NUMBERS)[number];

/** Spans that carry tokens and money; others repeat what is below them. */
export const BILLABLE = new Set(["llm", "embedding", "reranker"]);

export class Outline {
  readonly version: string;
  /** Spans of the whole trace; `length` of them have arrived here. */
  readonly total: number;
  readonly length: number;
  /** ISO 8601: when the earliest span began. */
  readonly start: string;
  readonly ids: string[] = [];
  readonly parent: Int32Array;
  readonly bits: Uint8Array;
  /** Place behind the last descendant that has arrived. */
  readonly end: Int32Array;
  /** When the last span ended, ms after the start. */
  readonly spanMs: number;
  private readonly columns: Record<Numbers, Float64Array>;
  private readonly words: Record<Word, string[]>;
  private readonly places: Record<Word, Int32Array>;
  private index: Map<string, number> | null = null;
  private running: Running | null = null;

  /** Of pages of one version, in order and without gaps. leastMs: how long the trace is known to be, before all is there. */
  constructor(pages: OutlinePage[], leastMs = 0) {
    const first = pages[0];
    this.version = first?.version ?? "";
    this.start = first?.start ?? "";
    this.total = first?.total ?? 0;
    const length = pages.reduce((sum, page) => sum + page.columns.span_id.length, 0);
    this.length = length;
    this.parent = new Int32Array(length);
    this.bits = new Uint8Array(length);
    const column = () => new Float64Array(length);
    this.columns = {
      depth: column(),
      start_ms: column(),
      duration_ms: column(),
      input_tokens: column(),
      output_tokens: column(),
      cost: column(),
    };
    const list = (): string[] => [];
    this.words = {
      name: list(),
      kind: list(),
      status: list(),
      service: list(),
      model: list(),
      agent: list(),
      tool: list(),
      error: list(),
    };
    const place = () => new Int32Array(length);
    this.places = {
      name: place(),
      kind: place(),
      status: place(),
      service: place(),
      model: place(),
      agent: place(),
      tool: place(),
      error: place(),
    };
    let at = 0;
    for (const page of pages) at = this.take(page, at);
    this.end = ends(this.columns.depth);
    let last = leastMs;
    for (let place = 0; place < length; place++) last = Math.max(last, this.startMs(place) + this.durationMs(place));
    this.spanMs = last;
  }

  private take(page: OutlinePage, at: number): number {
    const { columns } = page;
    const count = columns.span_id.length;
    for (const id of columns.span_id) this.ids.push(id);
    this.parent.set(columns.parent, at);
    this.bits.set(columns.bits, at);
    for (const name of NUMBERS) {
      const into = this.columns[name];
      columns[name].forEach((value, offset) => (into[at + offset] = value ?? NaN));
    }
    for (const name of WORDS) {
      const known = this.words[name];
      const moved = page.words[name].map((word) => {
        const found = known.indexOf(word);
        return found >= 0 ? found : known.push(word) - 1;
      });
      const into = this.places[name];
      columns[name].forEach((value, offset) => (into[at + offset] = moved[value] ?? 0));
    }
    return at + count;
  }

  get isWhole(): boolean {
    return this.length >= this.total;
  }

  /** Whether all of what is below a span has arrived here: until then its sums are not known. */
  isComplete(place: number): boolean {
    return this.isWhole || this.end[place]! < this.length;
  }

  word(name: Word, place: number): string {
    return this.words[name][this.places[name][place]!] ?? "";
  }
  /** Equal for spans with the same word: cheaper to compare than the words. */
  wordPlace(name: Word, place: number): number {
    return this.places[name][place]!;
  }
  name(place: number): string {
    return this.word("name", place);
  }
  kind(place: number): string {
    return this.word("kind", place);
  }
  isError(place: number): boolean {
    return this.word("status", place) === "error";
  }
  has(bit: keyof typeof BITS, place: number): boolean {
    return (this.bits[place]! & BITS[bit]) !== 0;
  }
  depth(place: number): number {
    return this.columns.depth[place]!;
  }
  startMs(place: number): number {
    return this.columns.start_ms[place]!;
  }
  durationMs(place: number): number {
    return this.columns.duration_ms[place]!;
  }
  /** USD; NaN when not said. */
  cost(place: number): number {
    return this.columns.cost[place]!;
  }
  /** Input and output; NaN when neither was said. */
  tokens(place: number): number {
    const input = this.columns.input_tokens[place]!;
    const output = this.columns.output_tokens[place]!;
    return Number.isNaN(input) ? output : Number.isNaN(output) ? input : input + output;
  }
  /** Whether its tokens and cost count in sums. */
  isBilled(place: number): boolean {
    return BILLABLE.has(this.kind(place)) && !this.has("repeats", place);
  }
  isLeaf(place: number): boolean {
    return this.end[place] === place + 1;
  }
  /** Place of a span, -1 when it has not arrived. */
  placeOf(id: string): number {
    if (!this.index) {
      this.index = new Map();
      // Of several spans with one id the earliest is the one the API answers.
      for (let place = this.length - 1; place >= 0; place--) this.index.set(this.ids[place]!, place);
    }
    return this.index.get(id) ?? -1;
  }
  /** Its ancestors, the nearest first. */
  *above(place: number): Generator<number> {
    for (let up = this.parent[place]!; up >= 0; up = this.parent[up]!) yield up;
  }
  /** What the spans of a stretch of places sum up to; tokens and cost only of those that are billed. */
  sums(from: number, to: number): Sums {
    this.running ??= this.runningSums();
    const { errors, calls, unpriced, tokens, cost, busyMs } = this.running;
    const between = (column: Float64Array) => column[to]! - column[from]!;
    return {
      spans: to - from,
      errors: between(errors),
      calls: between(calls),
      unpriced: between(unpriced),
      tokens: between(tokens),
      cost: Math.max(0, between(cost)),
      busyMs: between(busyMs),
    };
  }

  /** Sums of everything before each place, so that any stretch is one subtraction. */
  private runningSums(): Running {
    const column = () => new Float64Array(this.length + 1);
    const made: Running = {
      errors: column(),
      calls: column(),
      unpriced: column(),
      tokens: column(),
      cost: column(),
      busyMs: column(),
    };
    for (let place = 0; place < this.length; place++) {
      const isBilled = this.isBilled(place);
      const isUnpriced = isBilled && this.has("unpriced", place);
      made.errors[place + 1] = made.errors[place]! + Number(this.isError(place));
      made.calls[place + 1] = made.calls[place]! + Number(isBilled);
      made.unpriced[place + 1] = made.unpriced[place]! + Number(isUnpriced);
      made.tokens[place + 1] = made.tokens[place]! + (isBilled ? this.tokens(place) || 0 : 0);
      made.cost[place + 1] = made.cost[place]! + (isBilled && !isUnpriced ? this.cost(place) || 0 : 0);
      made.busyMs[place + 1] = made.busyMs[place]! + this.durationMs(place);
    }
    return made;
  }
}

type Running = Record<Exclude<keyof Sums, "spans">, Float64Array>;

export interface Sums {
  spans: number;
  errors: number;
  /** Billed calls, and how many of them have no price. */
  calls: number;
  unpriced: number;
  tokens: number;
  cost: number;
  /** Durations added up; more than the elapsed time when spans overlap. */
  busyMs: number;
}

function ends(depths: Float64Array): Int32Array {
  const made = new Int32Array(depths.length);
  const open: number[] = [];
  for (let place = 0; place < depths.length; place++) {
    while (open.length && depths[open[open.length - 1]!]! >= depths[place]!) made[open.pop()!] = place;
    open.push(place);
  }
  for (const place of open) made[place] = depths.length;
  return made;
}
