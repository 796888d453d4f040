"""`nervure scores` against a real server."""

from pathlib import Path

import httpx
import pytest

from tests.unit.cli.test_with_server import run, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_scores_go_in_whole_or_not_at_all_and_out_again(tmp_path: Path) -> None:
    good, wrong, out = (tmp_path / name for name in ("good.csv", "wrong.csv", "out.csv"))
    good.write_text("name,trace_id,value\nhelpful,t1,true\nhelpful,t2,false\n")
    wrong.write_text("name,trace_id,value,time\nhelpful,t3,true,\nhelpful,,true,yesterday\n")
    with served(tmp_path / "data") as url:
        refused = run(url, "scores", "import", str(wrong), code=2)
        assert "nothing was stored: 1 of 2 rows are wrong" in refused
        run(url, "scores", "import", str(good), "--dry-run")
        assert run(url, "scores", "export", "-").count("helpful") == 0
        run(url, "scores", "import", str(good))
        run(url, "scores", "import", str(good))
        run(url, "scores", "export", str(out), "--name", "helpful")
        header, *rows = out.read_text().splitlines()
        assert header.startswith("id,name,target_type")
        assert sorted(row.split(",")[1:4] for row in rows) == [["helpful", "trace", "t1"], ["helpful", "trace", "t2"]]
        assert "exists" in run(url, "scores", "export", str(out), code=2)
        run(url, "scores", "export", str(out), "--force")
        assert not list(tmp_path.glob("*.part"))
        # As a page sends it: no protocol of others takes the path, whatever the content type.
        said = '{"trace_id": "t9", "value": "down"}'
        for kind in ("application/json", "text/plain;charset=UTF-8"):
            answer = httpx.post(f"{url}/api/v1/user-feedback", content=said, headers={"content-type": kind})
            assert answer.status_code == 201, answer.text
