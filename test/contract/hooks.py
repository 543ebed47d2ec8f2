"""What the document cannot say: operations are only planned here, never run, and a cursor comes from
the page before."""

import schemathesis
from schemathesis.generation import GenerationMode


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method == "POST" and case.path == "/v1/operations":
        case.query = {**(case.query or {}), "dryRun": "true"}
    is_valid = case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE
    if is_valid and "cursor" in (case.query or {}):
        case.query = {name: value for name, value in case.query.items() if name != "cursor"}
