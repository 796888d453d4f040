"""The light install: importing and asking need no server package."""

import subprocess
import sys

SERVER_PACKAGES = [
    "alembic", "chdb", "clickhouse_connect", "fastapi", "genai_prices", "grpc", "httptools", "lark", "orjson",
    "prometheus_client", "psycopg", "pyarrow", "sqlalchemy", "starlette", "structlog", "uvicorn", "uvloop",
    "zstandard", "pandas", "polars",
]  # fmt: skip
BLOCKER = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {SERVER_PACKAGES!r}:
            raise ModuleNotFoundError(f"blocked: {{name}}", name=name)
sys.meta_path.insert(0, Blocker())
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BLOCKER + code], capture_output=True, text=True, timeout=60)


def test_importing_nervure_loads_nothing_heavy() -> None:
    done = run(
        "import nervure; print(sorted({m.split('.')[0] for m in sys.modules} & {'opentelemetry', 'httpx', 'typer'}))"
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_whole_client_works_without_server_packages() -> None:
    done = run(
        "import nervure\n"
        "nervure.init('app', instrument='none', url='http://127.0.0.1:9')\n"
        "@nervure.observe(kind='tool')\n"
        "def double(x): return 2 * x\n"
        "with nervure.context(user='u'): print(double(21))\n"
        "print(nervure.Client)\n"
        "import os; os._exit(0)\n"
    )
    assert done.stdout.splitlines() == ["42", "<class 'nervure.client.client.Client'>"], done.stderr


def test_the_command_line_starts_without_server_packages() -> None:
    done = run("from nervure.cli.main import main; main(['--help'])")
    assert "demo" in done.stdout
    assert done.returncode == 0


def test_a_command_that_needs_the_server_says_how_to_install_it() -> None:
    done = run("from nervure.cli.main import main; main(['serve', '--port', '0'])")
    assert done.returncode == 1
    assert "pip install 'nervure[server]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_columnar_form_without_its_library_says_what_to_install() -> None:
    done = run(
        "from nervure.client.results import Rows\n"
        "from nervure.base.errors import NervureError\n"
        "for method in ('to_arrow', 'to_pandas', 'to_polars'):\n"
        "    try: getattr(Rows([{'a': 1}]), method)()\n"
        "    except NervureError as error: print(error)\n"
    )
    assert done.stdout.splitlines() == [
        "to_arrow() needs pyarrow, which is not installed: pip install pyarrow",
        "to_pandas() needs pandas, which is not installed: pip install pandas",
        "to_polars() needs polars, which is not installed: pip install polars",
    ]
