"""Proves from the logs of two audits, one whose node was killed and one in peace, that the kills
changed nothing. Reads what `perdure log verify` and `perdure log dump --json` say about the data
directories, and the reports. Ends with 1 if a single claim does not hold."""

import argparse
import collections
import json
import pathlib
import subprocess
import sys

# Numbers in the records: proto/perdure/record/v1/record.proto and the enums it speaks of.
STEP_COMMAND, CALL_BODY, START_ITEM, SIGNAL_ITEM, STEP_ITEM = 1, 1, 1, 2, 4
COMPLETED, LAST_CLOSED = 4, 8
OK = 1

Step = collections.namedtuple("Step", "partition run number name opened")
Result = collections.namedtuple("Result", "offset attempt outcome")
Run = collections.namedtuple("Run", "partition workflow agent")


class Log:
    """What happened, as the records of one log tell it."""

    def __init__(self, records):
        self.space = {}  # partition -> namespace
        self.claims = collections.defaultdict(list)  # partition -> offsets of unclean claims
        self.first_claims = 0
        self.runs = {}  # (partition, run) -> Run
        self.turns = collections.defaultdict(list)  # (partition, run) -> its turns
        self.steps = {}  # (partition, run, number) -> Step
        self.results = collections.defaultdict(list)  # the same -> Results that count as final
        self.taken = collections.defaultdict(list)  # the same -> offsets of turns that consumed it
        self.signals = collections.defaultdict(list)  # (partition, run) -> names consumed
        self.messages = collections.defaultdict(list)  # (from, to) -> numbers in order
        self.asked = collections.Counter()  # workflow id in legal -> calls
        self.handed_over = set()
        self.claimed = set()
        for record in records:
            if "problem" in record:
                raise SystemExit(f"prove: offset {record['offset']}: {record['problem']}")
            known = getattr(self, "read_" + record["kind"], None)
            if known:
                known(record["offset"], record["partition"], record["header"])

    def read_log_opened(self, _, partition, header):
        self.space[partition] = header["namespace"]

    def read_claim(self, offset, partition, _):
        if partition in self.claimed and partition not in self.handed_over:
            self.claims[partition].append(offset)
        self.claimed.add(partition)
        self.handed_over.discard(partition)

    def read_handed_over(self, _, partition, __):
        self.handed_over.add(partition)

    def read_start(self, offset, partition, header):
        self.runs[partition, (offset, 0)] = Run(
            partition, header["workflow_id"], header["agent"])

    def read_message(self, offset, partition, header):
        channel = header.get("source_partition", 0), partition
        self.messages[channel].append(header["number"])
        self.see_call(offset, 0, partition, header.get("body", {}))

    def see_call(self, created, command, partition, body):
        if body.get("kind") != CALL_BODY:
            return
        self.runs[partition, (created, command)] = Run(
            partition, body["workflow_id"], body["agent"])
        if self.space[partition] == "legal":
            self.asked[body["workflow_id"]] += 1

    def read_turn(self, offset, partition, header):
        run = run_key(header.get("run", {}))
        self.turns[partition, run].append((offset, header))
        for item in header.get("consumed", []):
            if item["kind"] == STEP_ITEM:
                self.taken[partition, run, item["thing"]].append(offset)
            elif item["kind"] == SIGNAL_ITEM:
                self.signals[partition, run].append(item["name"])
        for result in header.get("results", []):
            key = partition, run, result["step"]
            self.results[key].append(Result(offset, result["attempt"], result["outcome"]))
            self.taken[key].append(offset)
        for command in header.get("commands", []):
            if command["kind"] == STEP_COMMAND:
                self.steps[partition, run, command["number"]] = Step(
                    partition, run, command["number"], command["name"], offset)
        for outgoing in header.get("outgoing", []):
            body = outgoing.get("body", {})
            if outgoing["target"] == partition:
                self.see_call(offset, body.get("command", 0), partition, body)

    def read_step_result(self, offset, partition, header):
        if not header.get("retryable"):
            key = partition, run_key(header["run"]), header["step"]
            self.results[key].append(Result(offset, header["attempt"], header["outcome"]))

    def lost(self, step):
        """The kills between a step's opening and its result: each ended an attempt."""
        result = self.results[step.partition, step.run, step.number][0].offset
        return [i for i, claim in enumerate(self.claims[step.partition], 1)
                if step.opened < claim < result]

    def workflow(self, step):
        run = self.runs.get((step.partition, step.run))
        return run.workflow if run else f"run {step.run[0]}"


def run_key(header):
    return header.get("created", 0), header.get("command", 0)


class Proof:
    """Claims, each with what was counted; prints them as it goes."""

    def __init__(self):
        self.failed = 0

    def claim(self, text, wrong, note=""):
        """Holds if `wrong`, a list of counter-examples, is empty."""
        print(f"  {'holds' if not wrong else 'FAILS'}  {text}")
        if note and not wrong:
            print(f"         {note}")
        for example in wrong[:5]:
            print(f"         {example}")
        if len(wrong) > 5:
            print(f"         and {len(wrong) - 5} more")
        self.failed += 1 if wrong else 0


def prove_reports(proof, folders):
    wrong = []
    for name in ("report.md", "report.json"):
        killed, peace = ((folder / name).read_bytes() for folder in folders)
        if not killed or killed != peace:
            wrong.append(f"{name}: {len(killed)} bytes and {len(peace)} bytes that differ")
    report = json.loads((folders[1] / "report.json").read_text())
    proof.claim("Both audits wrote the same report, byte for byte.", wrong,
                f"report.md and report.json, "
                f"{sum((folders[0] / n).stat().st_size for n in ('report.md', 'report.json'))} bytes")
    return report


def prove_kills(proof, killed, peace, kills):
    """Each kill is an unclean claim of every partition, and work was done before and after it."""
    wrong = []
    for log, wanted, name in ((killed, kills, "killed"), (peace, 0, "peace")):
        for partition in log.space:
            claims = log.claims[partition]
            if len(claims) != wanted:
                wrong.append(f"{name}: partition {partition} was claimed {len(claims)} times after "
                             f"a kill, not {wanted} times")
    if not killed.results:
        wrong.append("there is no step at all")
    done = sorted(results[0].offset for results in killed.results.values())
    moments = [min(killed.claims[p][i] for p in killed.space) for i in range(kills)] if not wrong else []
    counts = [sum(1 for offset in done if offset < moment) for moment in moments]
    for i, count in enumerate(counts):
        before = counts[i - 1] if i else 0
        if not before < count < len(done):
            wrong.append(f"kill {i + 1} came after {count} of {len(done)} results")
    proof.claim(f"The node was killed {kills} times, each time in the middle of the work.", wrong,
                "after " + ", ".join(map(str, counts)) + f" of {len(done)} steps")


def prove_results(proof, logs):
    wrong, counted = [], []
    for name, log in logs:
        counted.append(f"{len(log.steps)} steps in {name}")
        for key, step in log.steps.items():
            results, taken = log.results[key], log.taken[key]
            if len(results) != 1 or len(taken) != 1:
                wrong.append(f"{name}: {step.name} of {log.workflow(step)} has {len(results)} results "
                             f"and was given back {len(taken)} times")
        wrong += [f"{name}: a result for step {key[2]} of run {key[1]}, which never asked for it"
                  for key in log.results if key not in log.steps]
    proof.claim("Each step's result was recorded once, and given to its workflow once.", wrong,
                ", ".join(counted))


def prove_attempts(proof, killed, peace):
    wrong, repeated = [], collections.defaultdict(list)
    for log in (killed, peace):
        for key, step in log.steps.items():
            if not log.results[key]:
                continue
            lost, result = log.lost(step), log.results[key][0]
            if result.attempt != 1 + len(lost):
                wrong.append(f"{step.name} of {log.workflow(step)}: attempt {result.attempt}, but "
                             f"{len(lost)} kills while it was open")
            for kill in lost:
                repeated[kill].append(f"{step.name} of {log.workflow(step)}")
    proof.claim("Repeated were those attempts that were in flight at a kill, and no others.", wrong,
                f"{sum(map(len, repeated.values()))} of {len(killed.steps)} steps")
    for kill, steps in sorted(repeated.items()):
        for i, step in enumerate(sorted(steps)):
            print(f"         {f'kill {kill}:' if i == 0 else '':8}{step}")


def prove_order(proof, logs):
    wrong, count = [], 0
    for name, log in logs:
        for (partition, run), turns in log.turns.items():
            numbers = [header["seq"] for _, header in turns]
            if run != (0, 0) and numbers != list(range(1, len(numbers) + 1)):
                wrong.append(f"{name}: the turns of run {run[0]} are {numbers}")
        for (source, target), numbers in log.messages.items():
            count += len(numbers)
            if numbers != list(range(1, len(numbers) + 1)):
                wrong.append(f"{name}: messages from partition {source} to {target}: {numbers}")
    proof.claim("Every message between agents was taken once, in order; every turn follows the last.",
                wrong, f"{count} messages")


def prove_decisions(proof, logs, report):
    wrong, note = [], ""
    for name, log in logs:
        decided = collections.Counter()
        for (partition, run), turns in log.turns.items():
            known = log.runs.get((partition, run))
            if known is None or log.space[partition] != "legal":
                continue
            closed = [h["status"] for _, h in turns if COMPLETED <= h["status"] <= LAST_CLOSED]
            if closed != [COMPLETED] or len(log.signals[partition, run]) > 1:
                wrong.append(f"{name}: {known.workflow} ended {len(closed)} times and heard "
                             f"{len(log.signals[partition, run])} rulings")
            decided[known.workflow] += len(closed)
        if set(decided) != set(log.asked) or any(count != 1 for count in decided.values()):
            wrong.append(f"{name}: {len(log.asked)} questions, {sum(decided.values())} decisions")
        by_person = sum(map(len, log.signals.values()))
        note = (f"{sum(log.asked.values())} readers asked {len(log.asked)} questions; a person "
                f"decided {by_person}, legal's rules the others")
    if len(report["figures"]["decisions"]) != len(logs[0][1].asked):
        wrong.append(f"the report has {len(report.get('decisions', []))} decisions")
    proof.claim("Each question to legal was decided once, whoever asked and however often.", wrong, note)


def read_log(perdure, folder):
    """Error: a log that is damaged, or cannot be read."""
    data = str(folder / "data")
    verified = subprocess.run([perdure, "log", "verify", data], capture_output=True, text=True)
    if verified.returncode != 0:
        raise SystemExit(f"prove: {data}: {verified.stderr.strip() or verified.stdout.strip()}")
    dump = subprocess.run([perdure, "log", "dump", "--json", data], capture_output=True, text=True)
    if dump.returncode != 0:
        raise SystemExit(f"prove: {data}: {dump.stderr.strip()}")
    return Log(map(json.loads, dump.stdout.splitlines()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--perdure", required=True, help="the program perdure")
    parser.add_argument("--kills", type=int, required=True, help="how often the first node was killed")
    parser.add_argument("killed", type=pathlib.Path, help="folder of the audit with kills")
    parser.add_argument("peace", type=pathlib.Path, help="folder of the audit without")
    given = parser.parse_args()
    folders = given.killed, given.peace
    logs = [(folder.name, read_log(given.perdure, folder)) for folder in folders]
    killed, peace = (log for _, log in logs)
    proof = Proof()
    print("\nProof, from the two logs:")
    report = prove_reports(proof, folders)
    prove_kills(proof, killed, peace, given.kills)
    prove_results(proof, logs)
    prove_attempts(proof, killed, peace)
    prove_decisions(proof, logs, report)
    prove_order(proof, logs)
    if proof.failed:
        print(f"{proof.failed} of these claims do not hold.")
    return 1 if proof.failed else 0


if __name__ == "__main__":
    sys.exit(main())
