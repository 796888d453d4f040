/** Who judges: the holder of the key; without keys, and with the admin key, the name one gave this browser. */

import { useLocalStorage } from "@mantine/hooks";
import { useMe } from "@/api/me";

export interface Annotator {
  /** Whether it is known who judges; until then nothing may be asked. */
  isKnown: boolean;
  /** What the API is told: "" when the key says it. */
  name: string;
  /** Whether the person must say their name. */
  asks: boolean;
  setName: (name: string) => void;
}

export function useAnnotator(): Annotator {
  const me = useMe();
  const [name, setName] = useLocalStorage({
    key: "nervure-annotator",
    defaultValue: "",
    getInitialValueInEffect: false,
  });
  const asks = me.data !== undefined && (!me.data.auth || me.data.who === "admin key");
  return { isKnown: me.data !== undefined && (!asks || name !== ""), name: asks ? name : "", asks, setName };
}
