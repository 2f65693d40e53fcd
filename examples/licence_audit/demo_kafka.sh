# The licence audit on three nodes that share a log on a real broker. While it is at work one node is killed,
# another frozen until others have its work and then woken as a zombie, and the broker killed; then once more in
# peace, on fresh topics; then a proof from what `perdure log dump --kafka` shows of both logs.
# `demo` sources this file; the variables and functions that are not here are there.
# shellcheck shell=bash

readonly kafka=$source_dir/deploy/kafka/kafka
readonly nodes=3 # node-1…, which are 0… in the arrays
bootstrap_servers=

now_us() { echo "${EPOCHREALTIME/[.,]/}"; }
ms_since() { echo $((($(now_us) - $1) / 1000)); }

# ---- The broker -------------------------------------------------------------------------------------
start_broker() {
  local said
  say "starting a Kafka broker"
  # If this process ends, however it does, the broker does too.
  said=$("$kafka" start --directory "$output/kafka" --owner $$) || fail "there is no broker: $kafka has said why"
  bootstrap_servers=${said#*=}
}

stop_broker() { [ ! -e "$output/kafka/cluster.json" ] || "$kafka" stop --directory "$output/kafka" "$@"; }

clean_up_all() {
  clean_up
  stop_broker --at-once || true
}

# ---- Three nodes ------------------------------------------------------------------------------------
node_arguments() { # folder of the run, which: into `arguments`
  arguments=(--config "$here/node/cluster.yaml" --node "node-$(($2 + 1))" --data-directory "$1/node-$(($2 + 1))"
    --kafka-bootstrap-servers "$bootstrap_servers" --kafka-topic-prefix "${1##*/}.")
}

launch() { # folder of the run, which
  local arguments
  node_arguments "$1" "$2"
  launch_node "$2" "$1/node-$(($2 + 1))-$((node_starts + 1)).log" "${arguments[@]}"
}

start_cluster() { # folder of the run: returns when each node owns its share
  local which
  for ((which = 0; which < nodes; which++)); do launch "$1" "$which"; done
  for ((which = 0; which < nodes; which++)); do wait_for_node "$which"; done
  until cluster_is_shared; do sleep 0.1; done
}

look_at_cluster() { # a program in Python that has what `perdure cluster status` says as `cluster`; its arguments...
  ask cluster status --json 2>/dev/null | python3 -c "import json, sys
cluster = json.load(sys.stdin)
def held_by(node):
    return [p for p in cluster['partitions'] if p['holder'] == node]
$1" "${@:2}" 2>/dev/null
}

cluster_is_shared() { # every node is there and owns some partitions, and every partition is whose it should be
  look_at_cluster 'shares = [held_by(node["node"]) for node in cluster["nodes"] if node["state"] == "present"]
settled = all(p["holder"] == p["owner"] for p in cluster["partitions"])
sys.exit(0 if settled and all(shares) and len(shares) == int(sys.argv[1]) else 1)' "$nodes"
}

partitions_of() { # node: what it owns, by the claims in the log
  look_at_cluster 'print(*("{namespace}/{number_in_namespace}".format(**p) for p in held_by(sys.argv[1])))' "$1" ||
    fail "no node tells what $1 owns"
}

wait_for_others() { # node: until they have taken its partitions
  local from
  from=$(now_us)
  until look_at_cluster 'sys.exit(1 if held_by(sys.argv[1]) else 0)' "$1"; do
    [ "$(ms_since "$from")" -lt 60000 ] || fail "nobody takes the partitions of $1"
  done
}

# ---- What is done to them ---------------------------------------------------------------------------
readonly faults_on_kafka=4
frozen= # which node

disturb_cluster() { # folder of the run
  case $faults in
    0) ! is_at 1 10 || kill_and_replace "$1" ;;
    1) ! is_at 3 10 || freeze_another ;;
    2) [ "$(ms_since "$frozen_from")" -lt $((freeze * 1000)) ] || wake_zombie "$1" ;;
    3) ! is_at 3 4 || kill_broker "$1" ;;
  esac
}

note_fault() { # folder of the run, fault, node or nothing, when it began: for the proof
  printf '{"fault": "%s", "node": "%s", "from_us": %s, "until_us": %s}\n' "$2" "$3" "$4" "$(now_us)" \
    >>"$1/faults.jsonl"
}

kill_and_replace() { # folder of the run
  local which=$coordinator name=node-$((coordinator + 1)) pid=${node_pids[coordinator]} owned from
  owned=$(partitions_of "$name")
  from=$(now_us)
  kill_node "$which"
  faults=1
  clear_progress
  say "kill -9 $pid at $read of $found packages: $name, which runs the coordinator and owns $owned"
  wait_for_others "$name"
  say "all of that has new owners, $(ms_since "$from") ms after the kill; perdure cluster status:"
  ask cluster status | cut -c 1-76 | sed 's/^/  /' # agents and their builds would need much more
  launch "$1" "$which"
  wait_for_node "$which"
  note_fault "$1" killed "$name" "$from"
  say "$name is back as process ${node_pids[which]}, $(ms_since "$from") ms after the kill"
}

freeze_another() {
  local name owned
  frozen=$(((coordinator + 1) % nodes))
  name=node-$((frozen + 1))
  owned=$(partitions_of "$name")
  [ -n "$owned" ] || return 0 # on a machine that stalled others may just have had to take them: a moment later
  clear_progress
  say "kill -STOP ${node_pids[frozen]} at $read of $found packages: $name, which owns $owned, for $freeze s"
  frozen_from=$(now_us)
  kill -STOP "${node_pids[frozen]}"
  frozen_url=${node_urls[frozen]}
  node_urls[frozen]= # who asks the nodes notices that it does not answer
  faults=2
  wait_for_others "$name"
  say "all of that has new owners, $(ms_since "$frozen_from") ms later"
}

wake_zombie() { # folder of the run
  local name=node-$((frozen + 1))
  kill -CONT "${node_pids[frozen]}"
  note_fault "$1" frozen "$name" "$frozen_from"
  node_urls[frozen]=$frozen_url
  faults=3
  clear_progress
  say "kill -CONT ${node_pids[frozen]} at $read of $found packages: $name is awake and believes that it still owns all that"
}

kill_broker() { # folder of the run
  local from
  from=$(now_us)
  clear_progress
  say "the broker is killed at $read of $found packages"
  "$kafka" kill --directory "$output/kafka" --broker 1
  sleep 2
  "$kafka" restart --directory "$output/kafka" --broker 1 || fail "the broker does not come back: $kafka has said why"
  note_fault "$1" broker "" "$from"
  faults=4
  say "the broker is back, $(ms_since "$from") ms later"
}

# ---- The whole --------------------------------------------------------------------------------------
audit_on_cluster() { # folder of the run, how many faults
  mkdir "$1"
  forget_audit
  start_cluster "$1"
  audit "$1" "$2" disturb_cluster
  look_at_cluster 'for p in cluster["partitions"]: print(p["namespace"], p["number_in_namespace"])' >"$1/partitions"
  stop_nodes
  keep_log "$1"
}

keep_log() { # folder of the run: what its topics hold, for the proof
  local space number
  mkdir "$1/log"
  while read -r space number; do
    "$perdure" log dump --kafka "${1##*/}.$space" --partition "$number" --json \
      --kafka-bootstrap-servers "$bootstrap_servers" >"$1/log/$space-$number.jsonl"
  done <"$1/partitions"
}

demo_on_kafka() {
  local arguments
  trap clean_up_all EXIT
  say "auditing $directory, $at_once packages at once, $pace ms a step; all of it stays in $output"
  start_broker
  say "first on $nodes nodes: one is killed, another frozen for $freeze s, the broker killed"
  audit_on_cluster "$output/disturbed" "$faults_on_kafka"
  say "then on $nodes nodes that are left in peace, as fast as they can"
  pace=0
  audit_on_cluster "$output/peace" 0
  stop_broker
  show_report
  python3 -B "$here/prove_kafka.py" "$output/disturbed" "$output/peace"
  node_arguments "$output/disturbed" 0
  cat <<END

The whole report: $output/disturbed/report.md (and report.json); what the proof read: $output/disturbed/log
To read any of its histories, start the broker and one of its nodes again and ask it:

  $(quoted "$kafka" start --directory "$output/kafka")
  $(quoted "$node_program" "${arguments[@]}") &
  $(quoted "$perdure" cluster status)
  $(quoted "$perdure" workflow history "audit/demo/$package" --namespace audit)

When you have seen enough: kill %1; $(quoted "$kafka" stop --directory "$output/kafka"); $(quoted rm -r "$output")
END
}
