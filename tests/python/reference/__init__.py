"""The reference: the agreement carried out by hand, one person after the other.

It answers from raw exports, the agreement and the mapping tables what the warehouse
answers in SQL, and shares nothing with it. It is slow and plain on purpose: read it
beside the semantics, then believe the warehouse where the two agree.

The reports that stand on these answers are counted again in `funnel_reports` and
`money_reports`, from the rows of the marts that are judged here.

    python -m tests.python.reference --exports seeds/exports --out DIRECTORY
    python -m tests.python.reference --exports seeds/exports --person ID
"""

from .interpret import Answers, interpret

__all__ = ["Answers", "interpret"]
