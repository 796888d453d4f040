import { TextInput } from "@mantine/core";
import { lazy, Suspense } from "react";
import css from "./FilterField.module.css";

const Editor = lazy(() => import("./FilterEditor"));

export type Signal = "spans" | "logs" | "metrics";

export interface FilterProps {
  /** The filter in force. */
  value: string;
  /** Called with a filter that the server understands, on Enter or when a completion ends it. */
  onApply: (where: string) => void;
  /** Whose fields can be named. */
  table?: Signal;
  /** Values offered are counted in this range. */
  from?: string;
  to?: string;
  placeholder?: string;
  label?: string;
  /**
   * What the server is asked to check instead of the text, for filters with variables; place: the character of the
   * text that one of the filled filter comes from. May throw an Error with `position`.
   */
  fill?: (where: string) => { text: string; place: (position: number) => number };
  /** Leaving the field applies the filter too, as in a form. */
  appliesOnBlur?: boolean;
  /** Whether the text is in force, still to be applied, or wrong. */
  onState?: (state: "applied" | "written" | "wrong") => void;
}

/** A filter as typed text: completes fields, operators and values; a mistake is marked where it is and explained below. */
export function FilterField(props: FilterProps) {
  return (
    <div className={css.field}>
      <Suspense
        fallback={
          <TextInput
            aria-label={props.label ?? "Filter"}
            value={props.value}
            readOnly
            placeholder={props.placeholder}
          />
        }
      >
        <Editor {...props} />
      </Suspense>
    </div>
  );
}
