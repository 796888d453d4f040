import { QueryObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { Queries, subject } from "./hooks";

test("an answer of another time or filter is about the same", () => {
  const before = { measure: "cost.sum", by: ["model"], from: "-1d", where: "" };
  expect(subject({ ...before, from: "-2d", where: 'kind = "llm"' })).toBe(subject(before));
  expect(subject([before, before])).toBe(subject([{ ...before, to: "now" }, before]));
  expect(subject({ query: { from: "-1d", by: "model" } })).toBe(subject({ query: { from: "-2d", by: "model" } }));
});

test("an answer of another field or measure is not", () => {
  const before = { measure: "cost.sum", by: ["model"] };
  expect(subject({ ...before, by: ["user"] })).not.toBe(subject(before));
  expect(subject({ ...before, measure: "count" })).not.toBe(subject(before));
  expect(subject({ query: { by: "user" } })).not.toBe(subject({ query: { by: "model" } }));
  expect(subject([before])).not.toBe(subject([before, before]));
});

test("what is asked for the first time while something changes is asked again", async () => {
  const client = new Queries();
  const answers: ((answer: string) => void)[] = [];
  const observer = new QueryObserver(client, {
    queryKey: ["scores"],
    queryFn: ({ signal }) =>
      new Promise<string>((resolve, reject) => {
        answers.push(resolve);
        signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      }),
  });
  const stop = observer.subscribe(() => {});
  const isRead = client.invalidateQueries({ queryKey: ["scores"] });
  answers[0]!("before");
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[1]!("after");
  await isRead;
  expect(observer.getCurrentResult()).toMatchObject({ data: "after", error: null });
  stop();
});
