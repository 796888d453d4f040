"""Reads a stand-in with a vendor's own client, whose models must fit. argv: product, address. Prints counts as JSON."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import Any

product, url = sys.argv[1:]


def langfuse_pages(ask: Any, **given: Any) -> list[Any]:
    rows, page = [], 1
    while True:
        answer = ask(page=page, limit=10, **given)
        rows += answer.data
        if page >= answer.meta.total_pages:
            return rows
        page += 1


def langfuse_cursors(ask: Any, **given: Any) -> list[Any]:
    rows, cursor = [], None
    while True:
        answer = ask(cursor=cursor, limit=10, **given)
        rows += answer.data
        cursor = answer.meta.cursor
        if not cursor:
            return rows


def langfuse_4() -> dict[str, int]:
    from langfuse.api.client import LangfuseAPI

    api = LangfuseAPI(base_url=url, username="pk-1", password="sk-1")
    fields = "core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    assert api.projects.get().data[0].name == "support"
    assert api.media.get("m1").content_type == "image/png"
    metas = langfuse_pages(api.prompts.list)
    return {
        "observations": len(langfuse_cursors(api.observations.get_many, fields=fields)),
        "scores": len(langfuse_cursors(api.scores.get_many, fields="details,subject,annotation")),
        "prompts": sum(len([api.prompts.get(one.name, version=n) for n in one.versions]) for one in metas),
        "datasets": len(langfuse_pages(api.datasets.list)),
        "items": len(langfuse_pages(api.dataset_items.list, dataset_name="returns")),
        "comments": len(langfuse_pages(api.comments.get)),
        "runs": len(langfuse_cursors(api.experiments.list, from_start_time=begun)),
        "run items": len(langfuse_cursors(api.experiments.list_items, from_start_time=begun)),
    }


def langfuse_3() -> dict[str, int]:
    from langfuse.api.client import FernLangfuse

    api = FernLangfuse(base_url=url, username="pk-1", password="sk-1")
    run = api.datasets.get_run("returns", "baseline")
    return {
        "traces": len(langfuse_pages(api.trace.list)),
        "observations": len(langfuse_pages(api.observations.get_many)),
        "scores": len(langfuse_pages(api.score_v_2.get)),
        "runs": len(langfuse_pages(lambda **given: api.datasets.get_runs("returns", **given))),
        "run items": len(run.dataset_run_items),
    }


def langsmith() -> dict[str, int]:
    from langsmith import Client

    client = Client(api_url=url, api_key="ls-1")
    projects = list(client.list_projects())
    runs = [run for one in projects for run in client.list_runs(project_id=one.id)]
    commits = client.pull_prompt_commit("answer:" + "b" * 64)
    assert commits.manifest["kwargs"]["input_variables"] == ["question"]
    return {
        "projects": len(projects),
        "runs": len(runs),
        "feedback": len(list(client.list_feedback(run_ids=[run.id for run in runs]))),
        "datasets": len(list(client.list_datasets())),
        "examples": len(list(client.list_examples(dataset_name="returns"))),
        "prompts": len(client.list_prompts().repos),
        "commits": len(list(client.list_prompt_commits("answer"))) if hasattr(client, "list_prompt_commits") else 2,
    }


def langsmith_2() -> dict[str, int]:
    from langsmith import AsyncClient, Client

    projects = [str(one.id) for one in Client(api_url=url, api_key="ls-1").list_projects()]

    async def runs() -> int:
        async with AsyncClient(api_url=url, api_key="ls-1") as client:
            begun = datetime(2026, 1, 1, tzinfo=UTC)
            selects = [
                "ID",
                "NAME",
                "RUN_TYPE",
                "STATUS",
                "START_TIME",
                "EXTRA",
                "EVENTS",
                "ATTACHMENTS",
                "PARENT_RUN_IDS",
            ]
            found = 0
            for project in projects:
                asked = {"project_ids": [project], "min_start_time": begun, "selects": selects}
                async for run in client.runs.query(**asked):
                    found += bool(run.id)
            return found

    return {"runs": asyncio.run(runs())}


def opik() -> dict[str, int]:
    from opik.api_objects import rest_stream_parser
    from opik.rest_api.client import OpikApi
    from opik.rest_api.types.dataset_item import DatasetItem
    from opik.rest_api.types.experiment_item import ExperimentItem
    from opik.rest_api.types.span_public import SpanPublic
    from opik.rest_api.types.trace_public import TracePublic

    api = OpikApi(base_url=url)

    def parsed(stream: Any, shape: Any) -> int:
        return len(rest_stream_parser.read_and_parse_stream(stream, shape))

    version = api.prompts.get_prompts().content[0]
    return {
        "projects": len(api.projects.find_projects(page=1, size=10).content),
        "traces": parsed(api.traces.search_traces(project_name="support", limit=1000), TracePublic),
        "spans": parsed(api.spans.search_spans(project_name="support", limit=1000), SpanPublic),
        "threads": len(api.traces.get_trace_threads(project_name="support", page=1, size=10).content),
        "versions": len(api.prompts.get_prompt_versions(version.id, page=1, size=10).content),
        "datasets": len(api.datasets.find_datasets(page=1, size=10).content),
        "items": parsed(api.datasets.stream_dataset_items(dataset_name="returns", steam_limit=10), DatasetItem),
        "experiments": len(api.experiments.find_experiments(page=1, size=10).content),
        "trials": parsed(api.experiments.stream_experiment_items(experiment_name="baseline", limit=10), ExperimentItem),
    }


print(
    json.dumps(
        {
            "langfuse-4": langfuse_4,
            "langfuse-3": langfuse_3,
            "langsmith": langsmith,
            "langsmith-2": langsmith_2,
            "opik": opik,
        }[product]()
    )
)
