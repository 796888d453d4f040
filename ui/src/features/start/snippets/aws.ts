import type { Snippet } from "../snippet";

export const SNIPPET: Snippet = {
  id: "aws",
  client: "aws",
  name: "AWS: Bedrock, CloudTrail, CloudWatch",
  group: "Gateways and clouds",
  order: 3,
  about: "Model invocation logs, audit records and metric streams, by Firehose or out of S3.",
  steps: (to) => [
    {
      title: "Firehose, destination HTTP endpoint (HTTPS on port 443)",
      language: "text",
      code: `HTTP endpoint URL: ${to.http}/v1/firehose
Access key:        ${to.key || "any"}
Content encoding:  GZIP
Parameters:        nervure.project = ${to.project || "default"}`,
    },
    {
      title: "Or out of S3: nervure.toml, or Settings, Collectors",
      language: "toml",
      code: `[[collectors]]
name = "bedrock"
project = "${to.project || "default"}"
kind = "objects"
settings = { url = "s3://my-logs/AWSLogs", format = "aws", options = { region = "eu-west-1" } }`,
    },
  ],
  content: "Set textDataDeliveryEnabled in Bedrock's model invocation logging.",
};
