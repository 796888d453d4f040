import { describe, expect, it } from "vitest";
// The same table holds the server to the same rules.
import table from "../../../../tests/unit/query/template_cases.json";
import { fill, fillFields, TemplateError, type TemplateVariable } from "./template";

interface Case {
  about: string;
  template: string;
  values: Record<string, string[]>;
  filter?: string;
  error?: string;
  position?: number;
}

const variables = table.variables as TemplateVariable[];

describe("variables in filters", () => {
  it.each(table.cases as unknown as Case[])("$about", (one) => {
    if (one.error === undefined) {
      expect(fill(one.template, variables, one.values).text).toBe(one.filter);
      return;
    }
    let found: unknown;
    try {
      fill(one.template, variables, one.values);
    } catch (error) {
      found = error;
    }
    expect(found).toBeInstanceOf(TemplateError);
    expect((found as TemplateError).message).toContain(one.error);
    expect((found as TemplateError).position).toBe(one.position);
  });

  it("tells where in the template a character of the filter comes from", () => {
    const template = '${service} and kind = "llm" and modle = "x"';
    const filled = fill(template, variables, { service: ["a", "b"] });
    expect(filled.place(filled.text.indexOf("modle"))).toBe(template.indexOf("modle"));
  });
});

describe("fields to group by", () => {
  it("are those chosen, none twice", () => {
    expect(fillFields(["model", "${by}"], { by: ["tenant", "model"] })).toEqual(["model", "tenant"]);
    expect(fillFields(["${by}"], {})).toEqual([]);
  });
});
