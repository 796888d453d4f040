import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { Link, useRouteError } from "react-router";
import { Code } from "@/design/Code";

/** A page that failed to draw. What is stored is not concerned. */
export function Crashed() {
  const error = useRouteError();
  const isOld = error instanceof Error && /dynamically imported module|module script/i.test(error.message);
  return (
    <Stack p="xl" maw={720} role="alert">
      <Title order={1}>{isOld ? "Nervure was updated" : "This page failed"}</Title>
      <Text>
        {isOld
          ? "The server has a newer version than this tab. Reload to go on."
          : "Something in the page went wrong. Your data is safe. Reload, and if it happens again, report the text below."}
      </Text>
      <Group>
        <Button onClick={() => location.reload()}>Reload</Button>
        <Button variant="default" component="a" href="/app/">
          Overview
        </Button>
      </Group>
      {!isOld && <Code text={error instanceof Error ? (error.stack ?? error.message) : String(error)} />}
    </Stack>
  );
}

export function Lost() {
  return (
    <Stack p="xl" maw={720}>
      <Title order={1}>There is no such page</Title>
      <Text>
        The address may be mistyped or from another version. Go to the <Link to="/">overview</Link> or the{" "}
        <Link to="/traces">traces</Link>, or press Ctrl+K (⌘K) to search.
      </Text>
    </Stack>
  );
}
