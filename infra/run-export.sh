#!/usr/bin/env bash
# Runs by hand: start one, watch it, read its report, redrive it. Needs bash 4, awk and the AWS CLI, and the caller's own
# rights: cloudformation:DescribeStacks, states:StartExecution, DescribeExecution, GetExecutionHistory, ListExecutions,
# ListMapRuns, DescribeMapRun, RedriveExecution, rds:DescribeExportTasks, s3:GetObject and ListBucket below bridge/, kms:Decrypt.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: run-export.sh COMMAND [options]

  start  --snapshot ARN [--only DB[.TABLE]]... [--target-schema SOURCE=TARGET]... [--new-export]
         [--types faithful|inferred] [--publish replace|swap] [--keep-versions N] [--verify rows|statistics]
         [--par-hours N] [--par-after-load keep|remove] what the deployment decides where it is not given
         [--name NAME] [--dry-run] [--watch]        start a run; prints its name
  watch  RUN [--interval SECONDS] [--once]          progress by stage and table until the run has ended
  report RUN [--out DIR]                            download the report and print its table
  redrive RUN [--watch]                             continue a failed run at its failed step (within 14 days)
  list   [--status RUNNING|SUCCEEDED|FAILED|TIMED_OUT|ABORTED] [--max N]

RUN is a run's name or its execution ARN. Where to look, for every command:
  --stack NAME             the deployed stack (default: $STACK_NAME, else snapshot-bridge)
  --region REGION          its Region, if it is not the AWS CLI's default
  --state-machine-arn ARN --bucket NAME             instead of a stack
  --endpoint-url URL       another server than AWS; AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE> work too

Ends with 0 when the run succeeded (watch, report) or the command was accepted, 1 when the run did not succeed, 2 when the
command itself is wrong or was refused.
TEXT
}

fail() { echo "run-export.sh: $*" >&2; exit 2; }

# ── Arguments ─────────────────────────────────────────────────────────────────────────────────────────────────────────
case "${1:-}" in
  start | watch | report | redrive | list) command=$1; shift ;;
  -h | --help | help) usage; exit 0 ;;
  "") usage >&2; exit 2 ;;
  *) fail "unknown command '$1'; see --help" ;;
esac

stack=${STACK_NAME:-snapshot-bridge} machine="" bucket="" run="" snapshot="" par_hours="" types="" publish="" keep_versions="" verify="" par_after_load="" name="" out="" status="" max=20
interval=5 new_export=false dry_run=false follow=false once=false
only=() schemas=() aws_options=()
while (($#)); do
  option=$1 value=${2-}
  case $option in
    --new-export) new_export=true; shift; continue ;;
    --dry-run) dry_run=true; shift; continue ;;
    --watch) follow=true; shift; continue ;;
    --once) once=true; shift; continue ;;
    -h | --help) usage; exit 0 ;;
    --*) [[ $# -gt 1 && $value != --* ]] || fail "$option needs a value" ;;
    *) [[ -z $run ]] || fail "one run at a time: '$run' and '$option'"; run=$option; shift; continue ;;
  esac
  case $option in
    --stack) stack=$value ;;
    --region) aws_options+=(--region "$value") ;;
    --endpoint-url) export AWS_ENDPOINT_URL=$value ;;
    --state-machine-arn) machine=$value ;;
    --bucket) bucket=$value ;;
    --snapshot) snapshot=$value ;;
    --only) IFS=, read -ra parts <<<"$value"; only+=("${parts[@]}") ;;
    --target-schema) schemas+=("$value") ;;
    --types) types=$value ;;
    --publish) publish=$value ;;
    --keep-versions) keep_versions=$value ;;
    --verify) verify=$value ;;
    --par-hours) par_hours=$value ;;
    --par-after-load) par_after_load=$value ;;
    --name) name=$value ;;
    --interval) interval=$value ;;
    --out) out=$value ;;
    --status) status=$value ;;
    --max) max=$value ;;
    *) fail "unknown option '$option'; see --help" ;;
  esac
  shift 2
done

command -v aws >/dev/null || fail "the AWS CLI is missing: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
[[ $interval =~ ^[0-9]+$ && $interval -ge 1 ]] || fail "--interval takes whole seconds from 1, not '$interval'"
[[ $max =~ ^[0-9]+$ && $max -ge 1 ]] || fail "--max takes a whole number from 1, not '$max'"

# One call of AWS. What the service says when it refuses is printed by the CLI itself.
call() {
  # The first version of the CLI reads every service's variable but that of RDS.
  local server=()
  [[ $1 != rds || -z ${AWS_ENDPOINT_URL_RDS-} ]] || server=(--endpoint-url "$AWS_ENDPOINT_URL_RDS")
  aws "${aws_options[@]+"${aws_options[@]}"}" "${server[@]+"${server[@]}"}" "$@"
}

# A text value out of a call, empty where there is none.
text() { local answer; answer=$(call "$@" --output text) || return; [[ $answer == None ]] || printf '%s' "$answer"; }

# ── The stack ─────────────────────────────────────────────────────────────────────────────────────────────────────────
resolve() {
  if [[ -z $machine || -z $bucket ]]; then
    local outputs key value
    outputs=$(call cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text) ||
      fail "the stack '$stack' could not be read; name it with --stack and --region, or give --state-machine-arn and --bucket"
    while IFS=$'\t' read -r key value; do
      case $key in
        StateMachineArn) machine=${machine:-$value} ;;
        ExportBucket) bucket=${bucket:-$value} ;;
      esac
    done <<<"$outputs"
  fi
  [[ $machine =~ ^arn:aws[a-z-]*:states:([a-z0-9-]+):([0-9]{12}):stateMachine:[A-Za-z0-9_-]+$ ]] ||
    fail "'$machine' is no ARN of a state machine; has the stack '$stack' the output StateMachineArn?"
  machine_region=${BASH_REMATCH[1]} machine_account=${BASH_REMATCH[2]}
  [[ -n $bucket ]] || fail "the stack '$stack' has no output ExportBucket; give --bucket"
}

resolve_run() {
  [[ -n $run ]] || fail "$command needs a run: its name, or its execution ARN"
  if [[ $run == arn:* ]]; then
    [[ $run =~ ^arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:execution:[A-Za-z0-9_-]+:[A-Za-z0-9_-]+$ ]] || fail "'$run' is no ARN of an execution"
    execution=$run
  else
    [[ $run =~ ^[A-Za-z0-9_-]{1,80}$ ]] || fail "'$run' is no name of a run: letters, digits, hyphens and underscores, at most 80"
    execution=${machine/:stateMachine:/:execution:}:$run
  fi
  run=${execution##*:}
}

# ── Small JSON, without another program ───────────────────────────────────────────────────────────────────────────────
quote() {
  local text=$1
  [[ $text != *[[:cntrl:]]* ]] || fail "a name holds a control character"
  text=${text//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# The first string of this name in a JSON text; what these texts hold are identifiers, in which nothing is escaped.
string_in() { [[ $1 =~ \"$2\":[[:space:]]*\"([^\"]*)\" ]] && printf '%s' "${BASH_REMATCH[1]}"; return 0; }

number_in() { [[ $1 =~ \"$2\":[[:space:]]*([0-9]+) ]] && printf '%s' "${BASH_REMATCH[1]}"; return 0; }

# ── Commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────
build_input() {
  local problems=() entry comma json
  if [[ ! $snapshot =~ ^arn:aws[a-z-]*:rds:([a-z0-9-]+):([0-9]{12}):(snapshot|cluster-snapshot):[A-Za-z][A-Za-z0-9:-]*$ ]]; then
    problems+=("--snapshot '$snapshot' must be arn:aws:rds:<region>:<account>:snapshot:<id> or ...:cluster-snapshot:<id>")
  elif [[ -n ${machine_region-} && ${BASH_REMATCH[1]} != "$machine_region" ]]; then
    problems+=("--snapshot '$snapshot' is of region ${BASH_REMATCH[1]}, but the state machine is in $machine_region: RDS exports within a Region")
  fi
  [[ -z $par_hours || ($par_hours =~ ^[0-9]+$ && $par_hours -ge 1 && $par_hours -le 168) ]] || problems+=("--par-hours takes 1 to 168, not '$par_hours'")
  [[ -z $keep_versions || $keep_versions =~ ^([0-9]|10)$ ]] || problems+=("--keep-versions takes 0 to 10, not '$keep_versions'")
  [[ $types =~ ^(|faithful|inferred)$ ]] || problems+=("--types takes faithful or inferred, not '$types'")
  [[ $publish =~ ^(|replace|swap)$ ]] || problems+=("--publish takes replace or swap, not '$publish'")
  [[ $verify =~ ^(|rows|statistics)$ ]] || problems+=("--verify takes rows or statistics, not '$verify'")
  [[ $par_after_load =~ ^(|keep|remove)$ ]] || problems+=("--par-after-load takes keep or remove, not '$par_after_load'")
  [[ -z $name || $name =~ ^[A-Za-z0-9_-]{1,80}$ ]] || problems+=("--name '$name' must be letters, digits, hyphens and underscores, at most 80")
  for entry in "${only[@]+"${only[@]}"}"; do
    [[ -n $entry && $entry != .* && $entry != *. ]] || problems+=("--only '$entry' must be database, database.table or, for PostgreSQL, database.schema[.table]")
  done
  for entry in "${schemas[@]+"${schemas[@]}"}"; do
    [[ $entry == ?*=?* ]] || problems+=("--target-schema '$entry' must be SOURCE=TARGET")
  done
  if ((${#problems[@]})); then
    printf 'run-export.sh: %s\n' "${problems[@]}" >&2
    exit 2
  fi

  json="{\"snapshotArn\":$(quote "$snapshot")"
  if ((${#only[@]})); then
    json+=',"exportOnly":[' comma=""
    for entry in "${only[@]}"; do json+="$comma$(quote "$entry")" comma=","; done
    json+=']'
  fi
  if ((${#schemas[@]})); then
    json+=',"targetSchemas":{' comma=""
    for entry in "${schemas[@]}"; do json+="$comma$(quote "${entry%%=*}"):$(quote "${entry#*=}")" comma=","; done
    json+='}'
  fi
  ! $new_export || json+=',"newExport":true'
  [[ -z $types ]] || json+=",\"types\":\"$types\""
  [[ -z $publish ]] || json+=",\"publish\":\"$publish\""
  [[ -z $keep_versions ]] || json+=",\"keepVersions\":$keep_versions"
  [[ -z $verify ]] || json+=",\"verify\":\"$verify\""
  [[ -z $par_hours ]] || json+=",\"parHours\":$par_hours"
  [[ -z $par_after_load ]] || json+=",\"parAfterLoad\":\"$par_after_load\""
  input="$json}"
}

start() {
  build_input # what is wrong by itself is said before anything is asked
  resolve
  build_input
  if $dry_run; then
    echo "$input"
    return
  fi
  name=${name:-manual-$(date -u +%Y%m%d-%H%M%S)-$(printf '%04x' "$RANDOM")}
  [[ $snapshot == *:"$machine_account":* ]] || echo "Note: the snapshot belongs to another account than the state machine ($machine_account)." >&2
  execution=$(text stepfunctions start-execution --state-machine-arn "$machine" --name "$name" --input "$input" --query executionArn) || exit 2
  run=$name
  echo "started $name"
  echo "  $execution"
  if $follow; then watch; else echo "  bash infra/run-export.sh watch $name$(where)"; fi
}

# The options that found this run, for the commands that are suggested.
where() { [[ $stack == snapshot-bridge ]] || printf ' --stack %s' "$stack"; }

describe() {
  local answer
  answer=$(call stepfunctions describe-execution --execution-arn "$execution" --query '[status,error,redriveStatus]' --output text) ||
    fail "the run '$run' could not be read"
  IFS=$'\t' read -r run_status run_error redrive_status <<<"$answer"
  [[ $run_error != None ]] || run_error=""
}

# The output with which a state was last left; pages without one give nothing.
left() {
  call stepfunctions get-execution-history --execution-arn "$execution" --reverse-order --output text \
    --query "events[?stateExitedEventDetails.name=='$1'].stateExitedEventDetails.output" | tr '\t' '\n' | grep -m1 '^{' || true
}

find_export() {
  [[ -n ${export_task-} ]] || export_task=$(string_in "$(left StartExport)" exportTaskId)
}

current_state() {
  call stepfunctions get-execution-history --execution-arn "$execution" --reverse-order --max-items 100 --output text \
    --query "events[?stateEnteredEventDetails].stateEnteredEventDetails.name" | tr '\t' '\n' | grep -m1 -v '^None$' || true
}

export_line() {
  local source
  if [[ -n ${export_task-} ]]; then
    source=(--export-task-identifier "$export_task")
  else
    local given; given=$(text stepfunctions describe-execution --execution-arn "$execution" --query input)
    local arn; arn=$(string_in "$given" snapshotArn); arn=${arn:-$(string_in "$given" SourceArn)}
    [[ -n $arn ]] || return 0
    source=(--source-arn "$arn")
  fi
  call rds describe-export-tasks "${source[@]}" --output text \
    --query "ExportTasks[?S3Bucket=='$bucket'].[Status,PercentProgress]" 2>/dev/null |
    awk 'END { if (NF) print $1, $2 " %" }'
}

# Tables by copied files: the plan says how many each has, the batches' proofs which are there.
copied_lines() {
  local folder=$1
  [[ -s $folder/plan.json ]] || call s3 cp --only-show-errors "s3://$bucket/bridge/$export_task/plan.json" "$folder/plan.json" >/dev/null 2>&1 || return 0
  call s3 sync --only-show-errors "s3://$bucket/bridge/$export_task/copied/" "$folder/copied/" >/dev/null 2>&1 || true
  {
    awk 'BEGIN { RS = "\\{\"database\":" } NR > 1 {
      match($0, /"schema":"[^"]*"/); schema = substr($0, RSTART + 10, RLENGTH - 11)
      match($0, /"table":"[^"]*"/); table = substr($0, RSTART + 9, RLENGTH - 10)
      match($0, /"objects":[0-9]+/); objects = substr($0, RSTART + 10, RLENGTH - 10)
      print "plan\t" schema "." table "\t" objects }' "$folder/plan.json"
    find "$folder/copied" -name '*.json' -exec cat {} + 2>/dev/null |
      awk 'BEGIN { RS = "\\{\"key\":" } NR > 1 && match($0, /"table":[0-9]+/) { print "done\t" substr($0, RSTART + 8, RLENGTH - 8) }'
  } | awk -F'\t' '
    BEGIN { tables = 0 }
    $1 == "plan" { name[tables] = $2; planned[tables] = $3 + 0; tables++ }
    $1 == "done" { done[$2]++ }
    END {
      for (i = 0; i < tables; i++) {
        if (done[i] >= planned[i]) { complete++; continue }
        if (shown++ < 20) printf "    %-44s %6d of %d files\n", name[i], done[i], planned[i]
      }
      if (shown > 20) printf "    ... and %d more tables\n", shown - 20
      printf "    %d of %d tables copied\n", complete + 0, tables
    }'
}

# Tables by their phase in the load's document.
load_lines() {
  local load
  load=$(call s3 cp --only-show-errors "s3://$bucket/bridge/$export_task/load.json" - 2>/dev/null) || return 0
  printf '%s' "$load" | awk 'BEGIN { RS = "\\{\"table\":" } NR > 1 {
      match($0, /"targetSchema":"[^"]*"/); schema = substr($0, RSTART + 16, RLENGTH - 17)
      match($0, /"targetTable":"[^"]*"/); table = substr($0, RSTART + 15, RLENGTH - 16)
      match($0, /"rows":[0-9]+/); rows = substr($0, RSTART + 7, RLENGTH - 7)
      match($0, /"phase":"[^"]*"/); phase = substr($0, RSTART + 9, RLENGTH - 10)
      count[phase]++
      if ((phase == "queued" || phase == "failed") && shown++ < 20) printf "    %-44s %12d rows  %s\n", schema "." table, rows, phase == "queued" ? "loading" : phase }
    END {
      if (shown > 20) printf "    ... and %d more tables\n", shown - 20
      printf "    %d tables loaded, %d empty, %d failed, %d to do\n", count["loaded"], count["empty"], count["failed"], count["queued"] }'
}

picture() {
  local folder=$1 state plan counts maps
  state=$(current_state)
  echo "$run: $run_status, $state"
  find_export
  local exported; exported=$(export_line)
  echo "  export  ${export_task:-waiting}${exported:+: $exported}"
  [[ -n ${export_task-} ]] || return 0
  plan=$(left PlanCopy)
  [[ -n $plan ]] || return 0
  echo "  plan    $(number_in "$plan" tables) tables, $(number_in "$plan" objects) files, $(number_in "$plan" bytes) bytes, $(number_in "$plan" batches) batches, $(number_in "$plan" skipped) skipped"
  maps=$(text stepfunctions list-map-runs --execution-arn "$execution" --query 'mapRuns[-1].mapRunArn')
  if [[ -n $maps ]]; then
    counts=$(call stepfunctions describe-map-run --map-run-arn "$maps" --output text \
      --query 'itemCounts.[succeeded,total,running,failed]' | tr '\t' ' ')
    read -r succeeded total running failed <<<"$counts"
    echo "  copy    $succeeded of $total batches, $running running, $failed failed"
  fi
  case $state in
    CopyTables) copied_lines "$folder" ;;
    LoadTables | LoadEnded | WaitForLoad) echo "  load"; load_lines ;;
  esac
}

watch() {
  local folder shown="" now
  folder=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$folder'" EXIT
  while true; do
    describe
    now=$(picture "$folder")
    if [[ -t 1 ]]; then
      printf '\033[H\033[J%s\n' "$now"
    elif [[ $now != "$shown" ]]; then
      printf '%s\n' "$now"
    fi
    shown=$now
    [[ $run_status == RUNNING ]] || break
    ! $once || return 0
    sleep "$interval"
  done
  conclude
}

conclude() {
  if [[ $run_status == SUCCEEDED ]]; then
    find_export
    if [[ -z ${export_task-} ]]; then
      echo "$run: nothing to bridge: $(string_in "$(left StartExport)" reason)"
    else
      echo "$run: SUCCEEDED; bash infra/run-export.sh report $run$(where)"
    fi
    return 0
  fi
  echo "$run: $run_status${run_error:+: $run_error}"
  # The cause is Lambda's description of the exception: its message is for people and holds no secret.
  local cause; cause=$(text stepfunctions describe-execution --execution-arn "$execution" --query cause)
  if [[ $cause =~ \"errorMessage\":\"(([^\"\\]|\\.)*)\" ]]; then printf '  %b\n' "${BASH_REMATCH[1]//\\\"/\"}"; elif [[ -n $cause ]]; then printf '  %s\n' "$cause"; fi
  echo "  Remedies by error: infra/README.md, section Errors and remedies. Then: bash infra/run-export.sh redrive $run$(where)"
  return 1
}

report() {
  describe
  find_export
  [[ -n ${export_task-} ]] || fail "the run '$run' has no report: it is $run_status${run_error:+ ($run_error)} and has not come to an export"
  local folder=${out:-snapshot-bridge-reports/$run} key=bridge/$export_task/reports/$run
  mkdir -p "$folder"
  local file
  for file in report.json report.html; do
    call s3 cp --only-show-errors "s3://$bucket/$key/$file" "$folder/$file" >/dev/null 2>&1 ||
      fail "the run '$run' has no report at s3://$bucket/$key/$file: it is $run_status${run_error:+ ($run_error)}; a report is written when every table was tried"
  done
  # One property a line: our own serializer writes it so, and a test holds this program against it.
  awk '
    function value(line) { sub(/^[^:]*: /, "", line); sub(/,$/, "", line); gsub(/^"|"$/, "", line); return line }
    function cell(text, width) { return length(text) > width ? substr(text, 1, width - 1) "~" : text }
    /^  "tables": \[/ { printf "%-18s %-26s %-8s %14s %14s %8s %16s  %s\n", "SCHEMA", "TABLE", "STATUS", "ROWS EXPORTED", "ROWS LOADED", "FILES", "BYTES", "WHY"; inside = 1 }
    inside && /^    \{/ { split("", row) }
    inside && /^      "[A-Za-z]+": [^\[]/ { name = $1; gsub(/[":]/, "", name); row[name] = value($0) }
    inside && /^    \}/ {
      printf "%-18s %-26s %-8s %14s %14s %8s %16s  %s\n", cell(row["targetSchema"], 18), cell(row["table"], 26), row["status"], \
        ("rowsExported" in row) ? row["rowsExported"] : "-", ("rowsLoaded" in row) ? row["rowsLoaded"] : "-", row["objects"], row["bytes"], row["reason"] }
    /^  "totals"/ { inside = 0; totals = 1 }
    totals && /^    "/ { name = $1; gsub(/[":]/, "", name); sum[name] = value($0) }
    END { printf "\n%s loaded, %s empty, %s skipped, %s failed; %s rows, %s bytes\n", sum["loaded"], sum["empty"], sum["skipped"], sum["failed"], sum["rows"], sum["bytes"] }
  ' "$folder/report.json" | while IFS= read -r line; do printf '%b\n' "${line//\\\"/\"}"; done
  echo "$folder/report.html"
  [[ $run_status == SUCCEEDED || $run_status == RUNNING ]]
}

redrive() {
  describe
  case $run_status in
    FAILED | TIMED_OUT | ABORTED) ;;
    *) fail "the run '$run' is $run_status: only a run that did not succeed can be redriven" ;;
  esac
  [[ $redrive_status != NOT_REDRIVABLE ]] ||
    fail "Step Functions does not redrive '$run' any more ($(text stepfunctions describe-execution --execution-arn "$execution" --query redriveStatusReason)); start it anew: what was exported, copied and loaded is taken over"
  call stepfunctions redrive-execution --execution-arn "$execution" >/dev/null || exit 2
  echo "redriven $run"
  if $follow; then watch; else echo "  bash infra/run-export.sh watch $run$(where)"; fi
}

list() {
  case $status in
    "" | RUNNING | SUCCEEDED | FAILED | TIMED_OUT | ABORTED) ;;
    *) fail "--status takes RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED, not '$status'" ;;
  esac
  local filter=() lines=0 name state started ended
  [[ -z $status ]] || filter=(--status-filter "$status")
  call stepfunctions list-executions --state-machine-arn "$machine" "${filter[@]+"${filter[@]}"}" --max-items "$max" --output text \
    --query 'executions[].[name,status,startDate,stopDate]' | while IFS=$'\t' read -r name state started ended; do
    [[ $name != None ]] || continue # the CLI's sign that there are more
    ((lines++)) || printf '%-60s %-10s %-20s %s\n' RUN STATUS 'STARTED (UTC)' 'ENDED (UTC)'
    printf '%-60s %-10s %-20s %s\n' "$name" "$state" "$(moment "$started")" "$(moment "$ended")"
  done
}

# The second version of the CLI prints ISO dates, the first one seconds.
moment() {
  case $1 in
    None | "") ;;
    *-*) printf '%s' "${1:0:19}" ;;
    *) TZ=UTC printf '%(%Y-%m-%dT%H:%M:%S)T' "${1%.*}" ;;
  esac
}

if [[ $command == start ]]; then
  [[ -z $run ]] || fail "start takes no run; did you mean --name '$run'?"
  start
  exit
fi
resolve
[[ $command == list ]] || resolve_run
"$command"
