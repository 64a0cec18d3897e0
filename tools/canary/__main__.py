"""python -m canary: writes the queries into the AnalysisTemplates."""

import argparse
import sys
from pathlib import Path
from typing import Final

from canary import templates

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATES: Final = ROOT / "k8s/components/analysis"


def main() -> int:
    """Do what the options say and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m canary", description=__doc__)
    parser.add_argument(
        "--write-queries", action="store_true", help=f"write the queries into {TEMPLATES.relative_to(ROOT)}"
    )
    options = parser.parse_args()
    if options.write_queries:
        for template in templates.write(TEMPLATES):
            print(f"canary: wrote {template.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
