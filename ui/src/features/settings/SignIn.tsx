import { Alert, Button, Checkbox, Code, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { apiKey, Problem, problemOf, setApiKey } from "@/api/client";
import type { Schemas } from "@/api/hooks";

/** Whether a key opens this server for reading; else why not, in words. */
async function tryKey(key: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch("/api/v1/me", { headers: { authorization: `Bearer ${key}` } });
  } catch {
    return "Nervure does not answer. Is the server still running?";
  }
  if (response.status === 401) return "Nobody knows this key: it is mistyped, was revoked, or has expired.";
  if (!response.ok) return (await problemOf(response)).message;
  const me = (await response.json()) as Schemas["MeAnswer"];
  if (!me.rights.includes("read"))
    return `The key “${me.who}” may only send telemetry. To look at it, use a key with the right “read”.`;
  return "";
}

/** Asks for a key when the server wants one. */
export function SignIn() {
  const [key, setKey] = useState("");
  const [remember, setRemember] = useState(false);
  const [problem, setProblem] = useState(apiKey() ? "The key this browser holds is not accepted any more." : "");
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const wrong = await tryKey(key.trim());
      setProblem(wrong);
      if (wrong) return;
      setApiKey(key.trim(), remember);
      location.reload();
    } catch (error) {
      setProblem(error instanceof Problem ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main style={{ display: "grid", placeItems: "center", minHeight: "100dvh", padding: 20 }}>
      <form onSubmit={(event) => void submit(event)} style={{ width: "min(400px, 100%)" }}>
        <Stack gap="md">
          <div>
            <img src="/assets/mark.svg" width={28} height={28} alt="" />
            <Title order={1} mt={8}>
              Nervure asks for a key
            </Title>
            <Text size="sm" c="dimmed" mt={6}>
              This server lets in whoever holds an API key with the right to read. The key is kept in this browser only.
            </Text>
          </div>
          {problem && (
            <Alert color="red" variant="light" role="alert" styles={{ message: { color: "var(--bad)" } }}>
              {problem}
            </Alert>
          )}
          <PasswordInput
            label="API key"
            size="sm"
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            autoComplete="current-password"
            data-autofocus
            spellCheck={false}
          />
          <Checkbox
            label="Remember on this computer"
            description="Otherwise it is forgotten when this tab is closed."
            checked={remember}
            onChange={(event) => setRemember(event.currentTarget.checked)}
          />
          <Button type="submit" size="sm" loading={isBusy} disabled={!key.trim()}>
            Sign in
          </Button>
          <Text size="xs" c="dimmed" component="div">
            No key? Ask whoever runs this server, or make one where it runs:
            <Code block mt={6}>
              nervure keys create my-name --right read
            </Code>
          </Text>
        </Stack>
      </form>
    </main>
  );
}
