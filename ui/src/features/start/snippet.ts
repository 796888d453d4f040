/** The form of a snippet: how to point one SDK here. A file of `snippets/` ends in `export const SNIPPET`; the folder is the registry. */

/** Where telemetry shall go. */
export interface Target {
  /** Base address of OTLP over HTTP, e.g. http://127.0.0.1:4318. */
  http: string;
  /** A key that may send; "" when none is asked for. */
  key: string;
  /** The project looked at; "" for the server's default one. */
  project: string;
}

export interface Step {
  title: string;
  language: "sh" | "python" | "js" | "go" | "csharp" | "yaml" | "toml" | "text";
  code: string;
}

export interface Snippet {
  id: string;
  name: string;
  /** Its page in docs/clients, which says what works and what does not. */
  client: string;
  group: "OpenTelemetry" | "Python" | "JavaScript" | "Tools" | "Gateways and clouds" | "Shippers";
  /** Order within the group. */
  order: number;
  /** What else it covers, in a few words. */
  about: string;
  steps: (to: Target) => Step[];
  /** What to set when calls come without their texts. */
  content: string;
}

/** `export A="b"` lines; values that are "" are left out. */
export function exports(variables: Record<string, string>): string {
  return Object.entries(variables)
    .filter(([, value]) => value)
    .map(([name, value]) => `export ${name}=${/^[\w@%+=:,./-]+$/.test(value) ? value : `"${value}"`}`)
    .join("\n");
}

/** The environment every OpenTelemetry exporter understands. */
export function otlp(to: Target, service = "my-app"): Record<string, string> {
  const attributes = to.project
    ? { OTEL_RESOURCE_ATTRIBUTES: `nervure.project=${encodeURIComponent(to.project)}` }
    : undefined;
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: to.http,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_EXPORTER_OTLP_HEADERS: to.key ? `authorization=Bearer%20${to.key}` : "",
    OTEL_SERVICE_NAME: service,
    ...attributes,
  };
}

/** Headers of a sender that can set any: the key and the project, if there are such. */
export function headers(to: Target): [string, string][] {
  const all: [string, string][] = [
    ["Authorization", to.key && `Bearer ${to.key}`],
    ["x-nervure-project", to.project],
  ];
  return all.filter(([, value]) => value);
}

/** Host and port of the address, and whether it is TLS. */
export function parts(to: Target): { host: string; port: string; isTls: boolean } {
  const url = new URL(to.http);
  const isTls = url.protocol === "https:";
  return { host: url.hostname, port: url.port || (isTls ? "443" : "80"), isTls };
}
