import { useIsTold } from "@/design/toldMistakes";
import css from "./facets.module.css";

/** A facet whose values could not be read says why, unless the filter's field says it. */
export function FacetFailed({ error }: { error: Error }) {
  const isTold = useIsTold(error);
  return <p className={`${css.note} ${isTold ? "" : "bad"}`}>{isTold ? "–" : error.message}</p>;
}
