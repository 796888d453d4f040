"""Known OTLP backends: where they take OTLP and what they ask for, as their own documentation says."""

from nervure.model.destination import Preset

PRESETS = (
    Preset(
        "nervure", "Another Nervure", "https://nervure.example.com", headers=("authorization",),
        docs="docs/forwarding.md",
        note="Projects keep their names. authorization: Bearer <key with the right to send>.",
    ),
    Preset(
        "datadog", "Datadog", "https://otlp.datadoghq.com", headers=("dd-api-key",),
        docs="https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/",
        note="The host follows your site (otlp.datadoghq.eu, otlp.us3.datadoghq.com ...). For LLM Observability add the "
        "header dd-otlp-source: llmobs for spans. Metrics must be delta or are converted by an Agent.",
    ),
    Preset(
        "grafana", "Grafana Cloud", "https://otlp-gateway-prod-<region>.grafana.net/otlp", headers=("authorization",),
        docs="https://grafana.com/docs/grafana-cloud/send-data/otlp/send-data-otlp/",
        note="authorization: Basic <base64 of instance id:token>; both stand on the stack's OpenTelemetry page.",
    ),
    Preset(
        "elastic", "Elastic", "https://<deployment>.ingest.<region>.elastic.cloud:443", headers=("authorization",),
        docs="https://www.elastic.co/docs/reference/opentelemetry/motlp",
        note="authorization: ApiKey <key>. A self-managed APM Server takes the same on its own address.",
    ),
    Preset(
        "honeycomb", "Honeycomb", "https://api.honeycomb.io", headers=("x-honeycomb-team",),
        docs="https://docs.honeycomb.io/send-data/opentelemetry/",
        note="In the EU https://api.eu1.honeycomb.io. Metrics also need the header x-honeycomb-dataset.",
    ),
    Preset(
        "gcp", "Google Cloud", "https://telemetry.googleapis.com", headers=("authorization", "x-goog-user-project"),
        docs="https://cloud.google.com/stackdriver/docs/reference/telemetry/overview",
        note="Takes short-lived OAuth tokens only, which a fixed header cannot renew: forward to an OpenTelemetry "
        "Collector with the googleclientauth extension next to this server, and let it send on.",
        needs_collector=True,
    ),
    Preset(
        "cloudwatch", "Amazon CloudWatch", "https://xray.<region>.amazonaws.com",
        docs="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html",
        note="Its OTLP endpoints take requests signed with SigV4 only: forward to an OpenTelemetry Collector with the "
        "sigv4auth extension (or the CloudWatch agent, which takes OTLP on 4318) next to this server.",
        needs_collector=True,
    ),
    Preset(
        "azure", "Azure Monitor", "https://<dce>.<region>.ingest.monitor.azure.com",
        docs="https://learn.microsoft.com/azure/azure-monitor/fundamentals/opentelemetry-protocol-ingestion",
        note="Its OTLP endpoints take Microsoft Entra tokens only: forward to an OpenTelemetry Collector with the "
        "azureauth extension (or the azuremonitor exporter) next to this server.",
        needs_collector=True,
    ),
    Preset(
        "collector", "OpenTelemetry Collector", "http://127.0.0.1:4318",
        docs="https://opentelemetry.io/docs/collector/",
        note="Or any other server that takes OTLP.",
    ),
)  # fmt: skip
