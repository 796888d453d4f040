"""elasticsearch-py: its bulk helpers, as scripts and log handlers of applications use them."""

import os

from elasticsearch import BadRequestError, Elasticsearch
from elasticsearch.helpers import BulkIndexError, bulk, parallel_bulk, streaming_bulk

client = Elasticsearch(os.environ["URL"], headers={"x-nervure-project": os.environ["PROJECT"]})
about = client.info()
assert about["tagline"] == "You Know, for Search", about
assert client.ping()
assert client.cluster.health()["status"] == "green"
assert client.license.get()["license"]["status"] == "active"

client.indices.put_index_template(name="shop", index_patterns=["logs-shop-*"], template={"settings": {}})
client.ilm.put_lifecycle(name="shop", policy={"phases": {}})
client.ingest.put_pipeline(id="shop", processors=[])


def documents(count, action):
    for number in range(count):
        yield {
            "_op_type": action,
            "_index": "logs-shop-1",
            "@timestamp": f"2026-11-20T10:00:{number:02d}.000Z",
            "message": f"order {number} paid",
            "log": {"level": "warn" if number % 10 == 0 else "info"},
            "service": {"name": "checkout"},
            "trace": {"id": "0af7651916cd43dd8448eb211c80319c"},
        }


assert bulk(client, documents(30, "index"), refresh="wait_for") == (30, [])
assert all(ok for ok, _ in streaming_bulk(client, documents(10, "create"), chunk_size=4))
assert sum(ok for ok, _ in parallel_bulk(client, documents(20, "create"), thread_count=2, chunk_size=5)) == 20

# What cannot be taken is said item by item; the rest of the request is taken.
mixed = [
    {"_op_type": "index", "_index": "logs-shop-1", "message": "kept"},
    {"_op_type": "delete", "_index": "logs-shop-1", "_id": "7"},
    {"_op_type": "update", "_index": "logs-shop-1", "_id": "7", "doc": {"a": 1}},
]
refused = []
try:
    bulk(client, mixed)
except BulkIndexError as error:
    refused = [next(iter(item)) for item in error.errors]
assert refused == ["delete", "update"], refused
done, errors = bulk(client, mixed, raise_on_error=False, stats_only=True)
assert (done, errors) == (1, 2), (done, errors)

# One document at a time.
made = client.index(index="logs-shop-2", document={"message": "single", "log.level": "error"})
assert made["result"] == "created", made
assert made["_index"] == "logs-shop-2"
assert made["_id"]
assert client.create(index="logs-shop-2", id="7", document={"message": "with id"})["_id"] == "7"
heard = ""
try:
    client.bulk(body=b'{"index": {}}\n{not json}\n{"search": {}}\n')
except BadRequestError as error:
    heard = error.body["error"]["reason"]
assert "line 2" in heard, heard
