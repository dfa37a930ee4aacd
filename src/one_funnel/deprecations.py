"""The gate for deprecated YAML: `python -m one_funnel.deprecations`.

dbt checks YAML against its own schemas for four adapters only, and DuckDB's is not one
of them, so a key that moved or is not known passes in silence until a release drops it.
Here the check is turned on, and the project's `warn_error_options` make it fail.
"""

from __future__ import annotations

import sys

from one_funnel.project import find_project


def main() -> int:
    """Parse the project with the check on; 0 when nothing in it is deprecated."""
    from dbt.cli.main import dbtRunner
    from dbt.jsonschemas import jsonschemas

    root = find_project().root
    jsonschemas._JSONSCHEMA_SUPPORTED_ADAPTERS.add("duckdb")
    outcome = dbtRunner().invoke(
        [
            "parse",
            "--no-partial-parse",
            "--show-all-deprecations",
            "--quiet",
            *("--project-dir", str(root), "--profiles-dir", str(root)),
        ]
    )
    if not outcome.success and outcome.exception is not None:
        print(outcome.exception, file=sys.stderr)
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main())
