/** Changes of settings: ask, say what happened, read again what depends on it. */

import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";

interface How<Given, Answer> {
  /** Beginnings of the paths whose answers are read again. */
  touches: string[];
  /** What is said when it has worked; nothing when the page shows it itself. */
  done?: string | ((answer: Answer, given: Given) => string);
  then?: (answer: Answer, given: Given) => void;
}

/** A change over the API. Its error is for the form to show. */
export function useChange<Given, Answer>(
  change: (given: Given) => Promise<Answer>,
  how: How<Given, Answer>,
): UseMutationResult<Answer, Error, Given> {
  const client = useQueryClient();
  return useMutation<Answer, Error, Given>({
    mutationFn: change,
    onSuccess: async (answer, given) => {
      await client.invalidateQueries({
        predicate: ({ queryKey: [path] }) =>
          typeof path === "string" && how.touches.some((begin) => path.startsWith(begin)),
      });
      if (how.done)
        notifications.show({
          message: typeof how.done === "string" ? how.done : how.done(answer, given),
          color: "teal",
          autoClose: 4000,
        });
      how.then?.(answer, given);
    },
  });
}
