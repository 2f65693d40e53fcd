"""What the records on Kafka say happened: a fold of each partition, as docs/protocol.md has it, of what the
proof needs. Anything may stand in such a log twice, or come too late; what counts is decided at its place."""

import collections
import datetime
import json

from prove import CALL_BODY, COMPLETED, LAST_CLOSED, SIGNAL_ITEM, STEP_COMMAND, STEP_ITEM, Result, Run, Step, run_key

CANCEL_COMMAND = 4
SYSTEM_RUN = 0, 0

Claim = collections.namedtuple("Claim", "offset time session node replaces lost")  # lost: whose epoch, if uncleanly
Void = collections.namedtuple("Void", "offset epoch current reason run seq digest")
Taken = collections.namedtuple("Taken", "offset at")  # the turn that consumed a result, and where that stands


class Open:
    """A step that has no result yet."""

    def __init__(self):
        self.attempt = 1
        self.settled = False


class Partition:
    """One partition's fold. It writes what it finds into the log that it belongs to."""

    def __init__(self, log, index):
        self.log, self.index = log, index
        self.epoch, self.owner, self.handed_over = 0, None, False
        self.taken = collections.Counter()  # source -> last number
        self.last = {}  # open run -> (seq, digest)
        self.open = {}  # (run, number) -> Open

    def read(self, record):
        if "problem" in record:
            raise SystemExit(f"prove: partition {self.index}, offset {record['offset']}: {record['problem']}")
        self.time = seconds(record["time"])
        self.log.times.append(self.time)
        known = getattr(self, "read_" + record["kind"], None)
        if known:
            known(record["offset"], record["header"])

    # ---- Who owns it ------------------------------------------------------------------------------------
    def read_claim(self, offset, header):
        """Rules 2.2 and 5.1: it must name the epoch that it replaces; each attempt that was open is a new one."""
        if header.get("replaces", 0) != self.epoch:
            return
        unclean = self.owner and not self.handed_over and self.owner.session != header["session"]
        self.owner = Claim(offset, self.time, header["session"], header["node"], header.get("replaces", 0),
                           self.owner if unclean else None)
        self.epoch, self.handed_over = offset, False
        self.log.claims[self.index].append(self.owner)
        for step in self.open.values():
            step.attempt += 0 if step.settled else 1

    def read_handed_over(self, _, header):
        self.handed_over = self.handed_over or header.get("epoch", 0) == self.epoch

    # ---- What comes from elsewhere ----------------------------------------------------------------------
    def read_start(self, offset, header):
        self.begin((offset, 0), header)

    def read_message(self, offset, header):
        """Rule 3.2: the next number is taken, a lower one is a copy, a higher one stands behind a gap."""
        source, number = header.get("source_partition", 0), header["number"]
        if number != self.taken[source] + 1:
            self.log.copies += number <= self.taken[source]
            self.log.gaps += number > self.taken[source]
            return
        self.taken[source] = number
        self.deliver(source, offset, 0, header.get("body", {}))

    def deliver(self, source, offset, command, body):
        self.log.delivered[source, self.index].append(body)
        if body.get("kind") != CALL_BODY:
            return
        self.begin((offset, command), body)
        if self.log.space[self.index] == "legal":
            self.log.asked[body["workflow_id"]] += 1

    def begin(self, run, header):
        """It may be no new run, but one that asks for the result of another: that never has a turn."""
        self.log.runs[self.index, run] = Run(self.index, header["workflow_id"], header["agent"])
        self.last[run] = 0, 0

    def read_step_result(self, offset, header):
        self.end_attempt(offset, run_key(header["run"]), header, header.get("retryable"))

    def end_attempt(self, offset, run, result, retryable=False):
        """Rule 2.7: the first final result of an open step counts, whichever attempt's it is."""
        number, attempt = result["step"], result["attempt"]
        step = self.open.get((run, number))
        allowed = step.attempt if step else self.log.attempts.get((self.index, run, number), 0)
        if not 1 <= attempt <= allowed:
            self.log.unasked.append((self.index, offset, number, attempt, allowed))
        if not step or step.settled:
            self.log.late.append((self.index, offset))
        elif retryable:
            self.log.failures.append((self.index, offset))
        else:
            self.settle(offset, run, result)

    def settle(self, offset, run, result):
        key, step = (self.index, run, result["step"]), self.open[run, result["step"]]
        step.settled = True
        self.log.attempts[key] = step.attempt
        self.log.results[key].append(Result(offset, result["attempt"], result["outcome"]))
        self.log.result_times.append(self.time)

    # ---- Turns ------------------------------------------------------------------------------------------
    def read_turn(self, offset, header):
        run = run_key(header.get("run", {}))
        why = self.void_reason(run, header)
        if why:
            self.log.void.append(Void((self.index, offset), header.get("epoch", 0), self.epoch, why, run,
                                      header["seq"], header["digest"]))
            for result in header.get("results", []):
                self.end_attempt(offset, run, result)
            return
        self.last[run] = header["seq"], header["digest"]
        self.log.turns[self.index, run].append((offset, header))
        self.log.turn_times[self.index].append((offset, self.time))
        for result in header.get("results", []):
            self.end_attempt(offset, run, result)
            self.consume(offset, run, result["step"], offset)
        self.take_items(offset, run, header)
        self.obey(offset, run, header)
        self.send(offset, header)
        if COMPLETED <= header.get("status", 0) <= LAST_CLOSED:
            self.close(run)

    def void_reason(self, run, header):
        """Rule 2.6. What it consumes is not looked at here: that each result is given back once is a claim."""
        seq, digest = self.last.setdefault(run, (0, 0)) if run == SYSTEM_RUN else self.last.get(run, (None, None))
        if header.get("epoch", 0) != self.epoch:
            return "of another epoch"
        if seq is None:
            return "no such open run"
        if header["seq"] != seq + 1 or header.get("before", 0) != (digest if seq else header.get("before", 0)):
            return "it does not follow the last"
        lost = [r for r in header.get("results", []) if getattr(self.open.get((run, r["step"])), "settled", True)]
        return "it encloses a result that lost" if lost else ""

    def take_items(self, offset, run, header):
        for item in header.get("consumed", []):
            if item["kind"] == STEP_ITEM:
                self.consume(offset, run, item["thing"], item["at"])
            elif item["kind"] == SIGNAL_ITEM:
                self.log.signals[self.index, run].append(item["name"])

    def consume(self, offset, run, number, at):
        self.log.taken[self.index, run, number].append(Taken(offset, at))
        self.open.pop((run, number), None)

    def obey(self, offset, run, header):
        for command in header.get("commands", []):
            number = command.get("number", 0)
            if command["kind"] == STEP_COMMAND:
                self.open[run, number] = Open()
                self.log.steps[self.index, run, number] = Step(self.index, run, number, command["name"], offset)
            elif command["kind"] == CANCEL_COMMAND:
                self.open.pop((run, number), None)

    def send(self, offset, header):
        """Rule 3.1: the messages of valid turns are numbered in order. Those to itself it has taken with the turn."""
        for outgoing in header.get("outgoing", []):
            body, target = outgoing.get("body", {}), outgoing.get("target", 0)
            self.log.sent[self.index, target].append(body)
            if target == self.index:
                self.deliver(self.index, offset, body.get("command", 0), body)

    def close(self, run):
        self.last.pop(run)
        for key in [key for key in self.open if key[0] == run]:
            del self.open[key]


class Log:
    """The partitions of both teams. A partition is known by its index, a run by (partition, run)."""

    def __init__(self, partitions):
        self.times = []  # of all records
        self.space = {}  # partition -> namespace
        self.claims = collections.defaultdict(list)  # partition -> Claims that counted
        self.runs = {}  # run -> Run
        self.turns = collections.defaultdict(list)  # run -> its turns that counted
        self.turn_times = collections.defaultdict(list)  # partition -> (offset, time)
        self.void = []
        self.steps = {}  # (partition, run, number) -> Step
        self.attempts = {}  # the same -> how many attempts there were when it got its result
        self.results = collections.defaultdict(list)  # the same -> Results that counted
        self.result_times = []
        self.taken = collections.defaultdict(list)  # the same -> Takens
        self.late, self.failures, self.unasked = [], [], []
        self.signals = collections.defaultdict(list)  # run -> names consumed
        self.sent = collections.defaultdict(list)  # (from, to) -> bodies, as the sender's turns have them
        self.delivered = collections.defaultdict(list)  # the same, as they were taken
        self.copies, self.gaps = 0, 0
        self.asked = collections.Counter()  # workflow id in legal -> calls
        for records in partitions:
            opened = next((r["header"] for r in records if r.get("kind") == "log_opened"), None)
            if opened is None:
                raise SystemExit("prove: a partition whose records do not say which it is")
            index = opened.get("index", 0)
            self.space[index] = opened["namespace"]
            fold = Partition(self, index)
            for record in records:
                fold.read(record)

    def workflow(self, step):
        run = self.runs.get((step.partition, step.run))
        return run.workflow if run else f"run {step.run[0]}"


def seconds(text):
    return datetime.datetime.fromisoformat(text).timestamp()


def read_log(folder):
    """`folder` has a file for each partition: what `perdure log dump --kafka --json` printed."""
    partitions = []
    for file in sorted(folder.glob("*.jsonl")):
        try:
            partitions.append([json.loads(line) for line in file.read_text().splitlines()])
        except ValueError as error:
            raise SystemExit(f"prove: {file}: {error}") from error
    return Log(partitions)
