"""The README's quickstart, executed as written against the started product."""

import re
import subprocess

from tests.conftest import ROOT
from tests.flows.product import Product

MARKED = re.compile(r"<!-- quickstart -->(.*?)<!-- /quickstart -->", re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_quickstart_of_the_readme_works_as_written(product: Product) -> None:
    marked = MARKED.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    blocks = [block for part in marked for block in BLOCK.findall(part)]
    assert len(blocks) >= 3
    script = "set -euo pipefail\n" + "\n".join(blocks)

    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=product.environ, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert '"ok":true' in done.stdout.replace(" ", ""), "the chain is verified"
    assert "/problems/" in done.stdout, "a refusal is shown"
    assert "tenant-suspended" in done.stdout, "a suspended tenant says so"
