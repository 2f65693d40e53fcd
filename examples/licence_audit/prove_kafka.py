"""Proves from the logs of two audits on Kafka, one whose nodes and broker were disturbed and one in peace, that
the faults changed nothing. Reads what `perdure log dump --kafka --json` printed, the demo's notes on when it did
what, and the reports. Ends with 1 if a single claim does not hold."""

import argparse
import collections
import json
import pathlib
import sys

from kafka_log import read_log
from prove import Proof, prove_decisions, prove_reports

SILENCE_SECONDS = 1

Fault = collections.namedtuple("Fault", "name node begin end")


def read_faults(folder):
    notes = map(json.loads, (folder / "faults.jsonl").read_text().splitlines())
    return {n["fault"]: Fault(n["fault"], n["node"], n["from_us"] / 1e6, n["until_us"] / 1e6) for n in notes}


# ---- What happened to the nodes -------------------------------------------------------------------------
def owned_at(log, node, moment):
    """Partition -> the claim of `node` that was the epoch at that moment."""
    newest = {p: [c for c in claims if c.time < moment][-1:] for p, claims in log.claims.items()}
    return {p: claims[0] for p, claims in newest.items() if claims and claims[0].node == node}


def successor(log, partition, claim):
    """The claim that replaced this one."""
    return next((c for c in log.claims[partition] if c.replaces == claim.offset), None)


def taken_over(log, fault, wrong):
    """Partition -> how the others took it from the fault's node, which had not handed it over."""
    owned = owned_at(log, fault.node, fault.begin)
    if not owned:
        wrong.append(f"{fault.node} owned nothing when it was {fault.name}")
    result = {}
    for partition, claim in owned.items():
        later = successor(log, partition, claim)
        if not later or not later.lost or later.node == fault.node or not fault.begin < later.time < fault.end:
            wrong.append(f"partition {partition} was not taken from {fault.node} while it was {fault.name}")
        else:
            result[partition] = later
    return result


def came_back(log, fault, same_session, sessions):
    """Whether the node claimed again after the fault, as the process that it was or as another."""
    return any(c.node == fault.node and c.time > fault.end and (c.session in sessions) == same_session
               for claims in log.claims.values() for c in claims)


def stood_still(log, fault, claims):
    """How long partitions had no owner, and how long until one of them recorded a turn again, in words."""
    waits = sorted(claim.time - fault.begin for claim in claims.values())
    turns = sorted(min(time for offset, time in log.turn_times[p] if offset > claim.offset) - fault.begin
                   for p, claim in claims.items() if log.turn_times[p] and log.turn_times[p][-1][0] > claim.offset)
    first = f"; the first turn of one of them after {turns[0] * 1000:.0f} ms" if turns else ""
    return (f"{len(waits)} partitions of {fault.node} were claimed by others {waits[0] * 1000:.0f} to "
            f"{waits[-1] * 1000:.0f} ms after it was {fault.name}{first}")


def prove_outage(log, fault, wrong):
    """What was under way when the broker went is dated in its absence too, but then nobody could go on."""
    within = sorted(time for time in log.times if fault.begin < time < fault.end)
    silence = max(b - a for a, b in zip([fault.begin, *within], [*within, fault.end]))
    if silence < SILENCE_SECONDS:
        wrong.append(f"records were made all the time that the broker was away: {silence:.1f} s is the longest pause")
    return (f"the broker was away for {fault.end - fault.begin:.1f} s; for {silence:.1f} s of them nobody recorded "
            "anything")


def prove_faults(proof, log, faults):
    wrong, notes = [], []
    for name, same_session in (("killed", False), ("frozen", True)):
        fault = faults[name]
        sessions = {c.session for c in owned_at(log, fault.node, fault.begin).values()}
        claims = taken_over(log, fault, wrong)
        if not came_back(log, fault, same_session, sessions):
            wrong.append(f"{fault.node} did not claim again after it was {name}"
                         + (", as the process that it was" if same_session else ", as another process"))
        if claims:
            notes.append(stood_still(log, fault, claims))
    notes.append(prove_outage(log, faults["broker"], wrong))
    counts = [sum(time < f.begin for time in log.result_times) for f in faults.values()]
    for before, count, fault in zip([0, *counts], counts, faults.values()):
        if not before < count < len(log.result_times):
            wrong.append(f"{fault.name}: it came after {count} of {len(log.result_times)} results")
    notes.append("the faults came after " + ", ".join(map(str, counts)) + f" of {len(log.result_times)} steps")
    proof.claim("One node was killed, one frozen and awake again, the broker killed, all in the middle of the work.",
                wrong, "\n         ".join(notes))


# ---- What that did to the work --------------------------------------------------------------------------
def prove_results(proof, logs):
    wrong, counted = [], []
    for name, log in logs:
        counted.append(f"{len(log.steps)} steps in {name}")
        for key, step in log.steps.items():
            results, taken = log.results[key], log.taken[key]
            if len(results) != 1 or [t.at for t in taken] != [r.offset for r in results]:
                wrong.append(f"{name}: {step.name} of {log.workflow(step)} has {len(results)} results that count "
                             f"and was given back {len(taken)} times")
    (_, disturbed), (_, peace) = logs
    done, wanted = (collections.Counter((log.workflow(s), s.name) for s in log.steps.values())
                    for log in (disturbed, peace))
    wrong += [f"{step} of {workflow} was asked for {done[workflow, step]} times, {wanted[workflow, step]} times in peace"
              for workflow, step in done | wanted if done[workflow, step] != wanted[workflow, step]]
    proof.claim("Both audits took the same steps; of each one result counted, and was given to its workflow once.",
                wrong, ", ".join(counted) + f"; {len(disturbed.late)} results came when their step had one already")


def prove_attempts(proof, logs):
    """A step is begun again where a claim falls between its opening and its result, and nowhere else."""
    wrong, steps = [], []
    for name, log in logs:
        again = later = 0
        wrong += [f"{name}: partition {p}, offset {offset}: attempt {attempt} of step {number}, of which there were "
                  f"{allowed}" for p, offset, number, attempt, allowed in log.unasked]
        wrong += [f"{name}: partition {p}, offset {offset}: an attempt failed" for p, offset in log.failures]
        for key, step in log.steps.items():
            for result in log.results[key]:
                between = sum(step.opened < c.offset < result.offset for c in log.claims[step.partition])
                if not result.attempt <= 1 + between:
                    wrong.append(f"{name}: {step.name} of {log.workflow(step)}: attempt {result.attempt}, but "
                                 f"{between} claims while it was open")
                again += between > 0
                later += result.attempt > 1
        steps.append(f"{name}: {again} of {len(log.steps)} steps; of {later} the result of a later attempt counted")
    proof.claim("Begun again were steps that were open when a partition changed hands, and no others.", wrong,
                "\n         ".join(steps))


def prove_order(proof, logs):
    wrong, notes = [], []
    for name, log in logs:
        for channel in log.sent | log.delivered:
            sent, taken = log.sent[channel], log.delivered[channel]
            if sent != taken:
                in_place = sum(a == b for a, b in zip(sent, taken))
                wrong.append(f"{name}: from partition {channel[0]} to {channel[1]} went {len(sent)} messages, "
                             f"{len(taken)} were taken, {in_place} of them in their place")
        notes.append(f"{sum(map(len, log.sent.values()))} messages in {name}, {log.copies} copies dropped, {log.gaps} "
                     "refused until what was missing had come")
    proof.claim("Every message between agents was taken once, in order, as it was sent.", wrong,
                "\n         ".join(notes))


def prove_fences(proof, logs):
    """Whatever does not count was written by a node that was not the owner any more, or is a copy of what counted."""
    wrong, notes = [], []
    for name, log in logs:
        recorded = {(run, header["seq"], header["digest"]) for run, turns in log.turns.items() for _, header in turns}
        outdated = [v for v in log.void if v.epoch != v.current]
        for void in log.void:
            partition, offset = void.offset
            if void.epoch == void.current and ((partition, void.run), void.seq, void.digest) not in recorded:
                wrong.append(f"{name}: partition {partition}, offset {offset}: a turn of the owner does not count: "
                             f"{void.reason}")
        changed = sum(len(claims) - 1 for claims in log.claims.values())
        lost = sum(c.lost is not None for claims in log.claims.values() for c in claims)
        notes.append(f"{name}: partitions changed hands {changed} times, {lost} times without a hand-over; "
                     f"{len(outdated)} turns of former owners do not count")
    proof.claim("At each place of a log one node decided; what others wrote there changed nothing.", wrong,
                "\n         ".join(notes))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("disturbed", type=pathlib.Path, help="folder of the audit with faults")
    parser.add_argument("peace", type=pathlib.Path, help="folder of the audit without")
    given = parser.parse_args()
    folders = given.disturbed, given.peace
    logs = [(folder.name, read_log(folder / "log")) for folder in folders]
    disturbed = logs[0][1]
    proof = Proof()
    print("\nProof, from the records on Kafka:")
    report = prove_reports(proof, folders)
    prove_faults(proof, disturbed, read_faults(given.disturbed))
    prove_results(proof, logs)
    prove_attempts(proof, logs)
    prove_decisions(proof, logs, report)
    prove_order(proof, logs)
    prove_fences(proof, logs)
    if proof.failed:
        print(f"{proof.failed} of these claims do not hold.")
    return 1 if proof.failed else 0


if __name__ == "__main__":
    sys.exit(main())
