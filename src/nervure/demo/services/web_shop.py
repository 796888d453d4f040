"""Web shop: a classic service with HTTP and database spans, and no AI of its own; some requests reach the chat."""

from nervure.demo.company import NS
from nervure.demo.meter import ORDERS, REQUESTS
from nervure.demo.otlp import put
from nervure.demo.rhythm import SHOP
from nervure.demo.scene import CLIENT, ERROR, INFO, PYTHON_SDK, SERVER, Scene, Service

HTTP = ("opentelemetry.instrumentation.fastapi", "0.66b2")
DATABASE = ("opentelemetry.instrumentation.psycopg", "0.66b2")
# Route, method, weight, queries as (operation, table, median seconds).
ROUTES = (
    ("/products/{id}", "GET", 46, (("SELECT", "products", 0.004), ("SELECT", "stock", 0.003))),
    ("/basket", "POST", 22, (("SELECT", "baskets", 0.004), ("UPDATE", "baskets", 0.008))),
    (
        "/orders/{id}",
        "GET",
        20,
        (("SELECT", "orders", 0.006), ("SELECT", "order_lines", 0.005), ("SELECT", "parcels", 0.007)),
    ),
    ("/checkout", "POST", 12, (("SELECT", "baskets", 0.004), ("INSERT", "orders", 0.011), ("UPDATE", "stock", 0.009))),
)


def play(scene: Scene) -> None:
    """One request of a browser."""
    rng = scene.rng
    route, method, _, queries = rng.choices(ROUTES, [weight for _, _, weight, _ in ROUTES])[0]
    scene.begin_trace()
    scene.baggage = {
        "user.id": scene.visitor.user,
        "session.id": scene.visitor.session,
        "tenant.id": scene.visitor.tenant.name,
    }
    attributes = {
        "http.request.method": method,
        "http.route": route,
        "url.path": route.replace("{id}", str(rng.randrange(1000, 9999))),
        "url.scheme": "https",
        "server.address": f"{scene.visitor.tenant.name}.example",
        "user_agent.original": "Mozilla/5.0",
    }
    with scene.span(f"{method} {route}", HTTP, attributes, SERVER) as root:
        scene.jitter(0.003)
        is_failed = rng.random() < 0.006
        for position, (operation, table, seconds) in enumerate(queries):
            query = {
                "db.system.name": "postgresql",
                "db.operation.name": operation,
                "db.collection.name": table,
                "db.query.text": f"{operation} {table} ...",
            }
            with scene.span(f"{operation} {table}", DATABASE, query, CLIENT) as span:
                scene.jitter(seconds, 0.6)
                if is_failed and position == len(queries) - 1:
                    scene.fail(span, "psycopg.errors.LockNotAvailable", f"could not obtain lock on {table}")
        status = 500 if is_failed else 200
        put(root.attributes, {"http.response.status_code": status})
        if is_failed:
            root.status.code = 2
            put(root.attributes, {"error.type": "500"})
            scene.log(ERROR, f"{method} {route} failed: could not obtain lock", {"http.route": route})
        elif route == "/checkout":
            scene.log(INFO, "order placed", {"amount": round(rng.uniform(12, 240), 2)})
            scene.measure(ORDERS, 1, {"tenant": scene.visitor.tenant.name})
        scene.jitter(0.002)
        seconds = (scene.now_ns - root.start_time_unix_nano) / NS
        labels = {"http.request.method": method, "http.route": route, "http.response.status_code": str(status)}
        scene.measure(REQUESTS, seconds, labels)
        scene.log(
            INFO,
            f"{method} {attributes['url.path']} {status} {seconds * 1000:.0f} ms",
            {**labels, "tenant": scene.visitor.tenant.name},
        )


SERVICE = Service("web-shop", "platform", 900, SHOP, PYTHON_SDK, play)
