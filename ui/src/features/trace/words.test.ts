import { describe, expect, it } from "vitest";
import { Contents } from "./contents";
import { contentOf, type Content } from "./content";
import { bar, costWords, stretchOf, stretchText } from "./words";
import { isLive } from "./useOutline";

describe("cost in words", () => {
  it("never calls unknown nothing", () => {
    expect(costWords(null, 0, 0)).toBe("");
    expect(costWords(null, 1, 1)).toBe("unpriced");
    expect(costWords(null, 3, 3)).toBe("unpriced (3 calls)");
    expect(costWords(0.5, 3, 1)).toBe("$0.50 + 1 of 3 calls unpriced");
    expect(costWords(0.5, 3, 0)).toBe("$0.50");
  });
});

describe("a bar", () => {
  it("stays within the run, whatever the clocks say", () => {
    expect(bar(25, 50, 0, 100)).toEqual({ left: 25, width: 50 });
    expect(bar(-10, 20, 0, 100)).toEqual({ left: 0, width: 10 });
    expect(bar(90, 50, 0, 100)).toEqual({ left: 90, width: 10 });
    expect(bar(0, 0, 0, 0)).toEqual({ left: 0, width: 0 });
  });
});

describe("a trace is live", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  const at = (seconds: number) => new Date(now - seconds * 1000).toISOString();
  it("while spans have just come, and longer while its root has not", () => {
    expect(isLive({ received: at(5), has_root: true }, now)).toBe(true);
    expect(isLive({ received: at(60), has_root: true }, now)).toBe(false);
    expect(isLive({ received: at(60), has_root: false }, now)).toBe(true);
    expect(isLive({ received: at(3600), has_root: false }, now)).toBe(false);
  });
});

describe("contents", () => {
  const span = (id: string, text = "said") =>
    contentOf({ span_id: id, input_text: text, output_text: "" } as unknown as Parameters<typeof contentOf>[0]);
  /** Loads that are answered when the test says so. */
  function slow() {
    const asked: string[][] = [];
    const answers: ((found: Content[]) => void)[] = [];
    const store = new Contents((ids) => {
      asked.push(ids);
      return new Promise((resolve) => answers.push(resolve));
    });
    return {
      store,
      asked,
      answer: async (found: Content[]) => (answers.shift()!(found), await Promise.resolve(), await Promise.resolve()),
    };
  }

  it("are asked for once, in small lots, what is looked at last first", async () => {
    const { store, asked, answer } = slow();
    const ids = Array.from({ length: 60 }, (_, at) => `s${at}`);
    store.need(ids);
    store.need(ids);
    store.need(["late"]);
    expect(asked.map((lot) => lot.length)).toEqual([25, 25]);
    await answer(ids.slice(0, 25).map((id) => span(id)));
    await Promise.resolve();
    expect(asked[2]![0]).toBe("late");
    expect(store.state().contents.size).toBe(25);
  });

  it("that are not there are said to be gone, and looked for again when spans arrive, like those that were blank", async () => {
    const { store, asked, answer } = slow();
    store.need(["there", "blank", "gone"]);
    await answer([span("there"), span("blank", "")]);
    expect([...store.state().gone]).toEqual(["gone"]);
    store.need(["there", "blank", "gone"]);
    expect(asked.length).toBe(1);
    store.renew();
    store.need(["there", "blank", "gone"]);
    expect(asked[1]).toEqual(["blank", "gone"]);
    await answer([span("blank", "now said")]);
    expect(store.state().contents.get("blank")?.input_text).toBe("now said");
  });
});

describe("a stretch of a trace", () => {
  it("stands in the address and is read from there", () => {
    const text = stretchText({ from: 120.5004, to: 300 }, 1000);
    expect(text).toBe("120.5-300");
    expect(stretchOf(text, 1000)).toEqual({ from: 120.5, to: 300 });
  });
  it("never leaves the trace, and is the whole when nothing else is meant", () => {
    expect(stretchText({ from: -5, to: 1001 }, 1000)).toBe("");
    expect(stretchOf("900-5000", 1000)).toEqual({ from: 900, to: 1000 });
    for (const text of ["", "soon", "300-120", "2000-3000", "5-5"])
      expect(stretchOf(text, 1000)).toEqual({ from: 0, to: 1000 });
  });
});
