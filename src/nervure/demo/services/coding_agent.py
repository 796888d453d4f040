"""Coding agent of the company's own developers: a loop of model calls, tools and MCP servers. OTel GenAI, Anthropic, caching."""

from typing import Any

from nervure.demo import genai
from nervure.demo.company import developer
from nervure.demo.models import HAIKU, SONNET, call, tokens_of
from nervure.demo.otlp import put
from nervure.demo.rhythm import OFFICE
from nervure.demo.scene import CLIENT, INFO, PYTHON_SDK, Scene, Service, as_json

APP = ("harbourline.coding_agent", "")
MCP = ("opentelemetry.instrumentation.mcp", "0.66b2")
SYSTEM = (
    "You are a careful software engineer working in the repository of {team}. Read before you write, run the tests "
    "after each change, keep changes small and explain them in one sentence. Ask when the task is unclear. "
) * 6
FILES = (
    "src/cart/totals.py",
    "src/checkout/vat.py",
    "src/search/index.py",
    "tests/test_totals.py",
    "src/mail/render.py",
)
TASKS = (
    ("Fix the rounding error in {file}: totals differ by one cent from the invoice.", "The sum is now rounded once, at the end, instead of per line; the tests pass."),
    ("Add a retry with backoff to the HTTP client used in {file}.", "Requests are retried three times with jitter on 429 and 5xx; the tests cover both."),
    ("Write tests for {file}; coverage is below 60 %.", "Seven tests were added; coverage of the file is 94 %."),
    ("Find out why {file} got slower since the last release and fix it.", "A query ran once per row; it now runs once per request, and the page takes 40 ms instead of 900."),
    ("Update {file} to the new API of the payment provider.", "The client uses the new endpoints; the old field names are gone; all tests pass."),
)  # fmt: skip
# Tool, its MCP server ("" for a built-in one), median seconds, how often it fails.
TOOLS = (
    ("read_file", "", 0.02, 0.01),
    ("search_code", "", 0.2, 0.005),
    ("edit_file", "", 0.03, 0.02),
    ("run_tests", "", 9.0, 0.03),
    ("get_issue", "issue-tracker", 0.4, 0.05),
    ("query_database", "warehouse", 0.9, 0.04),
)
DEFINITIONS = as_json([
    {"type": "function", "name": name, "description": f"{name.replace('_', ' ')} in the workspace", "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}}
    for name, *_ in TOOLS
])  # fmt: skip


def play(scene: Scene) -> None:
    """One task, from the request to the last message of the agent."""
    scene.visitor = developer(scene.rng)
    task, outcome = scene.rng.choice(TASKS)
    path = scene.rng.choice(FILES)
    scene.begin_trace()
    scene.baggage = genai.who(scene, "coding-agent")
    messages: list[dict[str, Any]] = [genai.text("user", task.format(file=path))]
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "code-helper",
        "gen_ai.agent.version": scene.release,
        "gen_ai.input.messages": as_json(messages),
    }
    steps = min(24, 3 + int(scene.rng.expovariate(1 / 4)))
    with scene.span("invoke_agent code-helper", APP, attributes) as root:
        totals = [0, 0]
        for step in range(steps):
            is_last = step == steps - 1
            if not _step(scene, messages, path, outcome if is_last else "", totals):
                scene.fail(root, "AgentStopped", f"the model failed twice in step {step + 1}")
                return
        # As the conventions ask: the agent's span repeats the sums of its children.
        put(root.attributes, {"gen_ai.usage.input_tokens": totals[0], "gen_ai.usage.output_tokens": totals[1]})
        put(root.attributes, {"gen_ai.output.messages": as_json([genai.text("assistant", outcome)])})
        scene.log(INFO, f"task done in {steps} steps", {"steps": steps})


def _step(scene: Scene, messages: list[dict[str, Any]], path: str, outcome: str, totals: list[int]) -> bool:
    """One call of the model and, unless it is the last, the tool it asks for."""
    rng = scene.rng
    name, server, seconds, error_ratio = rng.choices(TOOLS, (30, 22, 20, 14, 7, 7))[0]
    call_id = f"toolu_{rng.getrandbits(64):016x}"
    arguments = (
        {"path": path} if name != "query_database" else {"sql": "SELECT count(*) FROM orders WHERE total <> paid"}
    )
    answer = (
        genai.text("assistant", outcome)
        if outcome
        else genai.tool_call(call_id, name, arguments, f"I will use {name.replace('_', ' ')} on {path} next.")
    )
    # The search for code is delegated to the smaller model.
    model = HAIKU if name == "search_code" and not outcome else SONNET
    system = SYSTEM.format(team="harbourline/shop")
    stable = tokens_of(system) + tokens_of(DEFINITIONS) + 900
    grown = genai.length(messages) // 3
    extra = {
        "gen_ai.tool.definitions": DEFINITIONS,
        "gen_ai.request.max_tokens": 8192,
        "gen_ai.request.temperature": 0.0,
    }
    for _ in range(2):
        is_first = len(messages) == 1
        drawn = call(
            rng, model, stable + grown, tokens_of(as_json(answer)) + rng.randrange(20, 300),
            0 if is_first else stable + grown // 2, stable if is_first else grown // 4,
        )  # fmt: skip
        if genai.chat(scene, genai.ANTHROPIC, drawn, messages[-6:], answer, extra, system, True):
            break
        scene.wait(2.0)
    else:
        return False
    totals[0] += drawn.input_tokens
    totals[1] += drawn.output_tokens
    messages.append(answer)
    if not outcome:
        messages.append(
            genai.tool_result(call_id, _tool(scene, name, server, seconds, error_ratio, call_id, arguments))
        )
    return True


def _tool(
    scene: Scene, name: str, server: str, seconds: float, error_ratio: float, call_id: str, arguments: dict[str, Any]
) -> str:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.type": "extension" if server else "function",
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.call.arguments": as_json(arguments),
    }
    with scene.span(f"execute_tool {name}", APP, attributes) as span:
        is_failed = scene.rng.random() < error_ratio
        if server:
            _mcp(scene, name, server, seconds, is_failed, arguments)
        else:
            scene.jitter(seconds, 0.7)
        if is_failed:
            scene.fail(span, "ToolError", f"{name} failed: {server or 'workspace'} did not answer as expected")
            return "error: the tool failed"
        result = _result(scene, name, arguments)
        put(span.attributes, {"gen_ai.tool.call.result": result})
    return result


def _mcp(scene: Scene, name: str, server: str, seconds: float, is_failed: bool, arguments: dict[str, Any]) -> None:
    attributes = {
        "mcp.method.name": "tools/call",
        "mcp.protocol.version": "2025-11-25",
        "mcp.session.id": f"mcp-{scene.visitor.session}",
        "jsonrpc.request.id": str(scene.rng.randrange(1, 500)),
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.arguments": as_json(arguments),
        "network.transport": "tcp",
        "server.address": f"{server}.internal",
    }
    with scene.span(f"tools/call {name}", MCP, attributes, CLIENT) as span:
        scene.jitter(seconds, 0.6)
        if is_failed:
            scene.fail(span, "tool_error", f"{server}: result has isError=true")


def _result(scene: Scene, name: str, arguments: dict[str, Any]) -> str:
    path = arguments.get("path", "")
    if name == "run_tests":
        failed = scene.rng.choices((0, 1, 3), (7, 2, 1))[0]
        return f"{scene.rng.randrange(120, 180)} passed, {failed} failed in {scene.rng.uniform(4, 20):.1f}s"
    if name == "read_file":
        return f"# {path}\ndef total(lines):\n    result = Decimal(0)\n    for line in lines:\n        result += round(line.price * line.count, 2)\n    return result\n"
    if name == "search_code":
        return f"{path}:41: def total(lines)\n{path}:88: total(order.lines)\nsrc/api/orders.py:17: from cart.totals import total"
    if name == "edit_file":
        return f"{path}: 4 lines changed"
    if name == "get_issue":
        return as_json(
            {"key": f"SHOP-{scene.rng.randrange(100, 999)}", "title": "Invoice differs by one cent", "status": "open"}
        )
    return as_json({"rows": [[scene.rng.randrange(0, 60)]]})


SERVICE = Service("coding-agent", "developer-experience", 95, OFFICE, PYTHON_SDK, play)
