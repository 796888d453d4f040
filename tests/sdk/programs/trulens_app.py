"""TruLens recording a RAG application over OTLP."""

import calls
from openai import OpenAI
from trulens.apps.app import TruApp
from trulens.core import TruSession
from trulens.core.otel.instrument import instrument
from trulens.otel.semconv.trace import SpanAttributes

session = TruSession(otel_exporter="otlp")
client = OpenAI(max_retries=0)
CONTEXTS = ["Refunds are accepted within 30 days.", "The shop opens at nine."]


class Shop:
    @instrument(
        span_type=SpanAttributes.SpanType.RETRIEVAL,
        attributes={
            SpanAttributes.RETRIEVAL.QUERY_TEXT: "query",
            SpanAttributes.RETRIEVAL.RETRIEVED_CONTEXTS: "return",
        },
    )
    def retrieve(self, query: str) -> list:
        return CONTEXTS

    @instrument(span_type=SpanAttributes.SpanType.GENERATION)
    def generate(self, query: str, context: list) -> str:
        return calls.ask(client)

    @instrument(
        span_type=SpanAttributes.SpanType.RECORD_ROOT,
        attributes={SpanAttributes.RECORD_ROOT.INPUT: "query", SpanAttributes.RECORD_ROOT.OUTPUT: "return"},
    )
    def query(self, query: str) -> str:
        return self.generate(query, self.retrieve(query))


shop = Shop()
with TruApp(shop, app_name="rag-app", app_version="v1", main_method=shop.query):
    print(shop.query("What is the refund policy?"))
session.force_flush()
