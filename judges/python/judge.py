"""What every step of the story stands on: counting, comparing, and two sockets."""

import json
import threading
import time
from decimal import Decimal

from py_clob_client_v2.exceptions import PolyApiException
from websockets.sync.client import connect


class Failed(Exception):
    """What was expected and what came instead."""


class Judge:
    """Counts calls and checks; the first check that fails ends the story."""

    def __init__(self):
        self.calls = 0
        self.checks = 0

    def ok(self, call, detail=""):
        """A call did what it should: one line."""
        self.calls += 1
        print(f"ok  {call}  {detail}".rstrip(), flush=True)

    def true(self, what, holds, got=None):
        self.checks += 1
        if not holds:
            raise Failed(f"{what}: got {got!r}")

    def same(self, what, got, expected):
        self.checks += 1
        if got != expected:
            raise Failed(f"{what}: expected {expected!r}, got {got!r}")

    def amount(self, what, got, expected):
        """Numbers that may be spelled in several ways ("20", "20.0", 20)."""
        self.checks += 1
        try:
            equal = Decimal(str(got)) == Decimal(str(expected))
        except ArithmeticError:
            equal = False
        if not equal:
            raise Failed(f"{what}: expected {expected}, got {got!r}")

    def refused(self, call, status, text, attempt):
        """The server must refuse, with this status and a text that holds this one."""
        self.checks += 1
        try:
            answer = attempt()
        except PolyApiException as refusal:
            said = json.dumps(refusal.error_msg)
            if refusal.status_code != status or text not in said:
                raise Failed(
                    f"{call}: expected {status} {text!r}, got {refusal.status_code} {said}"
                ) from refusal
            self.ok(call, f"refused: {text}")
            return
        raise Failed(f"{call}: expected {status} {text!r}, got {answer!r}")

    def until(self, what, seconds, read, holds):
        """Reads until what was read holds, and returns it."""
        self.checks += 1
        deadline = time.monotonic() + seconds
        while True:
            got = read()
            if holds(got):
                return got
            if time.monotonic() > deadline:
                raise Failed(f"{what}: not within {seconds} s; last: {got!r}")
            time.sleep(0.05)


class Socket:
    """One channel, read in the background from its first frame on."""

    def __init__(self, judge, url, first_frame):
        self.judge = judge
        self.events = []
        self.pongs = 0
        self.changed = threading.Condition()
        self.link = connect(url, proxy=None, open_timeout=5, close_timeout=1)
        self.link.send(json.dumps(first_frame))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            for frame in self.link:
                with self.changed:
                    if frame == "PONG":
                        self.pongs += 1
                    else:
                        told = json.loads(frame)
                        self.events.extend(told if isinstance(told, list) else [told])
                    self.changed.notify_all()
        except Exception as error:  # a reader that dies must be told by whoever waits for it
            with self.changed:
                self.events.append({"event_type": "broken", "why": repr(error)})
                self.changed.notify_all()

    def ping(self):
        before = self.pongs
        self.link.send("PING")
        with self.changed:
            self.judge.true(
                "PONG after PING", self.changed.wait_for(lambda: self.pongs > before, 5)
            )

    def wait(self, what, event_type, seconds=5, **fields):
        """The first event of a type whose fields are these; a callable judges its field."""

        def found():
            for event in self.events:
                if event.get("event_type") == event_type and all(
                    wanted(event.get(name)) if callable(wanted) else event.get(name) == wanted
                    for name, wanted in fields.items()
                ):
                    return event
            return None

        with self.changed:
            self.judge.checks += 1
            if not self.changed.wait_for(lambda: found() is not None, seconds):
                raise Failed(
                    f"{what}: no {event_type} in {seconds} s among\n  "
                    + "\n  ".join(json.dumps(event) for event in self.events[-12:])
                )
            return found()

    def send(self, frame):
        self.link.send(json.dumps(frame))

    def close(self):
        self.link.close()


def is_amount(expected):
    """For `wait`: a field that is this number, however it is spelled."""

    def judged(got):
        try:
            return Decimal(str(got)) == Decimal(str(expected))
        except ArithmeticError:
            return False

    return judged
