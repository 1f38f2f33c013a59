"""Two accounts trade with each other through py-clob-client-v2, unmodified.

What stands here: the acts in their order. What does not: how they are judged (judge.py), who plays
(cast.py), what they do (acts.py).
"""

import argparse
import json
import logging
import os
import sys
import threading
import time
import traceback

import acts
from cast import Cast
from judge import Failed, Judge

DEADLINE_SECONDS = 60


def told():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--clob", required=True, help="http://127.0.0.1:PORT")
    words.add_argument("--ws", required=True, help="ws://127.0.0.1:PORT")
    words.add_argument("--stage", required=True, help="the file that says who has what")
    return words.parse_args()


def too_long():
    print(f"FAILED: the story was not over within {DEADLINE_SECONDS} s", flush=True)
    os._exit(1)


def main():
    words = told()
    # The library logs each refusal; the refusals here are wanted.
    logging.getLogger("py_clob_client_v2").setLevel(logging.CRITICAL)
    watch = threading.Timer(DEADLINE_SECONDS, too_long)
    watch.daemon = True
    watch.start()
    with open(words.stage, encoding="utf-8") as file:
        stage = json.load(file)
    judge = Judge()
    begun = time.monotonic()
    try:
        acts.play(judge, Cast(words.clob, stage), words.ws)
    except Failed as failure:
        print(f"FAILED: {failure}", flush=True)
        sys.exit(1)
    except Exception as surprise:  # the library's own; where in the story is what helps
        for step in traceback.extract_tb(surprise.__traceback__):
            if os.path.dirname(step.filename) == os.path.dirname(os.path.abspath(__file__)):
                print(f"  {os.path.basename(step.filename)}:{step.lineno}: {step.line}")
        print(f"FAILED: {surprise!r}", flush=True)
        sys.exit(1)
    took = time.monotonic() - begun
    print(f"python: {judge.calls} calls, {judge.checks} checks, {took:.1f} s", flush=True)


if __name__ == "__main__":
    main()
