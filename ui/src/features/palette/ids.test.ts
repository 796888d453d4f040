import { describe, expect, it } from "vitest";
import { fit, idsIn } from "./ids";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

describe("a pasted text", () => {
  it.each([
    [TRACE, { trace: TRACE }],
    [` "${TRACE.toUpperCase()}" `, { trace: TRACE }],
    [`0x${TRACE}`, { trace: TRACE }],
    ["0af76519-16cd-43dd-8448-eb211c80319c", { trace: TRACE }],
    [SPAN, { span: SPAN }],
    [`00-${TRACE}-${SPAN}-01`, { trace: TRACE, span: SPAN }],
    [`http://host/app/traces/${TRACE}?tab=raw&span=${SPAN}`, { trace: TRACE, span: SPAN }],
    [`/traces/${TRACE}`, { trace: TRACE }],
    ["0".repeat(32), {}],
    ["support-chat", {}],
    ["deadbeef", {}],
  ])("%s is read by its shape", (text, ids) => {
    expect(idsIn(text)).toEqual(ids);
  });
});

describe("how well a title fits", () => {
  it("prefers beginnings to words to the middle", () => {
    expect([fit("tra", "Traces"), fit("keys", "API keys"), fit("race", "Traces"), fit("x", "Traces")]).toEqual([
      4, 3, 2, 0,
    ]);
  });
  it("looks at other words too", () => {
    expect(fit("secret", "API keys", "key secret token")).toBe(1);
  });
});
