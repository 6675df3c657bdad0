"""The messages to the lab."""

import json

from concurrency_lab_program import protocol


def test_a_lone_surrogate_is_told_as_text_and_other_characters_stay() -> None:
    message = {"text": 'caf\udce9 \U0001f600 \u00fc \\ "', "list": ["\ud800\udbff"]}
    read = json.loads(protocol.encoded(message).decode())
    assert read == {"text": 'caf\\udce9 \U0001f600 \u00fc \\ "', "list": ["\\ud800\\udbff"]}
