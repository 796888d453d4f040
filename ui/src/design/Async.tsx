import { Alert, Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import { useTimeout } from "@mantine/hooks";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { Problem } from "@/api/client";
import { useIsTold } from "./toldMistakes";

/** What a question's state needs to be drawn. */
export interface Asked<Data> {
  data: Data | undefined;
  error: Error | null;
  isPending: boolean;
  isFetching?: boolean;
  isPlaceholderData?: boolean;
  refetch?: () => unknown;
}

interface AsyncProps<Data> {
  of: Asked<Data>;
  /** Whether there is nothing to show, and what is shown then. */
  isEmpty?: (data: Data) => boolean;
  empty?: ReactNode;
  /** Height kept free while loading, so that the page does not jump. */
  height?: number;
  /** The content fills what there is and scrolls itself. */
  fills?: boolean;
  children: (data: Data) => ReactNode;
}

const FADED = { opacity: 0.55, transition: "opacity 150ms 200ms" };
const FILLED = { display: "flex", flexDirection: "column", flex: 1, minHeight: 0, minWidth: 0 } as const;

/** An answer once it is there; until then that it loads, failed (in words, with a way on) or is empty. */
export function Async<Data>({ of, isEmpty, empty, height, fills, children }: AsyncProps<Data>) {
  if (of.data !== undefined && !of.error) {
    if (isEmpty?.(of.data)) return <>{empty ?? <Empty title="Nothing here" />}</>;
    return <div style={{ ...(fills ? FILLED : {}), ...(of.isPlaceholderData ? FADED : {}) }}>{children(of.data)}</div>;
  }
  if (of.error) return <Failed error={of.error} again={of.refetch} />;
  return <Loading height={height} />;
}

export function Loading({ height = 120, label = "Loading" }: { height?: number; label?: string }) {
  return (
    <Center h={height} w="100%" role="status" aria-label={label}>
      <Loader size="sm" color="gray" type="dots" />
    </Center>
  );
}

const TITLES: Record<number, string> = {
  0: "The server does not answer",
  400: "That cannot be understood",
  401: "A key is needed",
  403: "This key may not do that",
  404: "It is not there",
  409: "It was changed meanwhile",
  413: "Too large",
  422: "The question is too expensive",
  429: "Too busy",
  503: "Not ready",
};

/** An error in words, and a way on. Of a filter that its own field explains, only that nothing was asked. */
export function Failed({ error, again }: { error: Error; again?: () => unknown }) {
  const isTold = useIsTold(error);
  const [isFieldLate, setFieldLate] = useState(false);
  useTimeout(() => setFieldLate(true), FIELD_CHECKS_MS, { autoInvoke: true });
  if (isTold || (isOfFilter(error) && !isFieldLate)) return <Unasked />;
  const title = error instanceof Problem ? (TITLES[error.status] ?? "That did not work") : "That did not work";
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} />}
      title={title}
      role="alert"
      m="xs"
      styles={{ title: { color: "var(--bad)" } }}
    >
      <Group justify="space-between" align="end" gap="sm">
        <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {error.message}
        </Text>
        {again && !isOfFilter(error) && (
          <Button variant="default" onClick={() => void again()}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

// A field takes so long to find its own mistake; red that goes again at once would only frighten.
const FIELD_CHECKS_MS = 1000;

/** Asking the same again would be answered the same. */
function isOfFilter(error: Error): boolean {
  return error instanceof Problem && error.code === "filter_error";
}

function Unasked() {
  return (
    <Text size="sm" c="dimmed" p="xs">
      Not asked: the filter cannot be understood.
    </Text>
  );
}

/** Nothing to show: says why, and what to do. */
export function Empty({
  title,
  children,
  action,
  icon,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}) {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs" maw={460} ta="center">
        {icon}
        <Text fw={600}>{title}</Text>
        {children && (
          <Text size="sm" c="dimmed" component="div">
            {children}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  );
}
