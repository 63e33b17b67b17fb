# What a person is told, and what they answer.
tell() { printf '%s\n' "$@"; }

stop() {
  code=$1
  shift
  printf '\nSTOP: %s\n' "$*" >&2
  exit "$code"
}

ask() {
  printf '%s ' "$1"
  IFS= read -r answer || stop 3 'the input ended; start this script again to go on'
}

# The journal: one line for each event, only ever added to.
tab=$(printf '\t')

record() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >> "$journal" ||
    stop 2 'the journal cannot be written; nothing is done without it'
}

# Sets `state` to the last word on a step. A line that was cut off does not count.
look_up() {
  state=
  while IFS=$tab read -r word number time; do
    case $time in
      *Z) [ "$number" != "$1" ] || state=$word ;;
    esac
  done < "$journal"
}

open_journal() {
  case $journal in
    -*) journal=./$journal ;;
  esac
  if ! mkdir "$journal.lock" 2> /dev/null; then
    [ -d "$journal.lock" ] || stop 2 'the journal cannot be written there; name another with -j'
    sleep 1
    other=
    [ ! -r "$journal.lock/process" ] || IFS= read -r other < "$journal.lock/process"
    case $other in
      '' | *[!0-9]*) ;;
      *) ! kill -0 "$other" 2> /dev/null || stop 2 "another run, process $other, has this journal open" ;;
    esac
    rm -f "$journal.lock/process"
  fi
  locked=yes
  printf '%s\n' "$$" > "$journal.lock/process" || stop 2 'the journal cannot be written there; name another with -j'
  if [ ! -e "$journal" ]; then
    printf 'runbook\t%s\t%s\n' "$runbook" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" > "$journal.part" ||
      stop 2 'the journal cannot be written there; name another with -j'
    mv "$journal.part" "$journal" || stop 2 'the journal cannot be written there; name another with -j'
    return
  fi
  word='' number=''
  IFS=$tab read -r word number _ < "$journal" || :
  if [ "$word" != runbook ] || [ "$number" != "$runbook" ]; then
    stop 2 'this journal belongs to another runbook: the plan, its site or the rulebook has changed since'
  fi
  # What an earlier run was writing when it was cut off ends here.
  printf '\n' >> "$journal" || stop 2 'the journal cannot be written'
  tell 'Going on with the journal of an earlier run.'
}

clean_up() {
  [ -z "$work" ] || rm -rf "$work"
  [ -z "$locked" ] || rm -rf "$journal.lock"
}

# Whether a step is still to be done.
due() {
  look_up "$1"
  if [ "$state" = 'done' ]; then
    tell "Step $1 is done."
    return 1
  fi
  tell '' '------------------------------------------------------------------------'
  [ "$draft" = no ] || tell 'DRAFT, not verified'
}

# Begins a step, after the person agreed. Fails if they say that it is done already.
start() {
  otherwise=$2
  if [ "$state" != '' ]; then
    tell "This step was begun before, and is not recorded as done ($state)." "$otherwise"
    while :; do
      ask 'Is it done as it should be, is it to be done again, or stop? [done/again/stop]'
      case $answer in
        done)
          record 'done' "$1"
          return 1
          ;;
        again) break ;;
        stop) stop 3 'start this script again to go on' ;;
      esac
    done
  else
    while :; do
      ask 'Begin this step? [yes/stop]'
      case $answer in
        yes) break ;;
        stop) stop 3 'start this script again to go on' ;;
      esac
    done
  fi
  record begun "$1"
}

# A step is not as it should be: nothing goes on.
fail() {
  record failed "$1"
  [ -z "$otherwise" ] || tell '' "$otherwise"
  stop 1 "step $1: $2"
}

finish() {
  while :; do
    ask 'Done, and all of it as it should be? [yes/no]'
    case $answer in
      yes) break ;;
      no) fail "$1" 'not as it should be' ;;
    esac
  done
  record 'done' "$1"
}

# What the next command is given as input, and what it must print: one line each.
input() { printf '%s\n' "$@" > "$work/input"; }
expect() { printf '%s\n' "$@" > "$work/expected"; }

# Ends the command of that number when its time is over. It leaves when the command or the whole script has ended.
watch() {
  passed=0
  while [ "$passed" -lt "$2" ]; do
    sleep 1
    if [ -e "$work/over.$1" ] || [ ! -d "$work" ]; then return 0; fi
    passed=$((passed + 1))
  done
  : > "$work/late.$1"
  process=
  IFS= read -r process < "$work/process.$1"
  kill "$process"
  sleep 2
  [ -e "$work/over.$1" ] || kill -9 "$process"
}

# Sets `before` and `after` to what stands around the first text in the second, where it is no part of a longer word or number.
around() {
  opens='' closes=''
  case $1 in
    [A-Za-z0-9]*) opens='[!A-Za-z0-9_-]' ;;
  esac
  case $1 in
    *[A-Za-z0-9]) closes='[!A-Za-z0-9_-]' ;;
  esac
  # shellcheck disable=SC2254 # patterns
  case $2 in
    *$opens"$1"$closes*) ;;
    *) return 1 ;;
  esac
  # shellcheck disable=SC2295 # patterns
  before=${2%%$opens"$1"$closes*}
  after=${2#"$before"}
  [ -z "$opens" ] || after=${after#?}
  after=${after#"$1"}
}

# Whether each expected line is in the output, however the white space falls. Those with = follow each other, those with * between
# them stand in any order, each in a place of its own.
compare() {
  found='
'
  rest=" $(tr -s '[:space:]' '[ *]' < "$work/output") "
  while IFS= read -r line; do
    case $line in
      =*) rest=${rest##*"$found"} ;;
    esac
    if ! around "${line#?}" " $rest"; then
      tell "This is missing: ${line#?}"
      return 1
    fi
    case $line in
      =*) rest=$after ;;
      *) rest=$before$found$after ;;
    esac
  done < "$work/expected"
}

# perform STEP SECONDS KIND WORD...: runs a command and holds what it prints against what is expected.
perform() {
  step=$1
  seconds=${limit:-$2}
  kind=$3
  shift 3
  count=$((count + 1))
  watch "$count" "$seconds" < /dev/null > /dev/null 2>&1 &
  # The inner shell expands these: it leaves its number, and becomes the command.
  note='printf "%s\n" "$$" > "$0"; exec "$@"'
  if [ "$kind" = dialogue ]; then
    # The program may use the interrupt key itself.
    trap : INT
    sh -c "$note" "$work/process.$count" "$@"
    result=$?
    trap 'exit 130' INT
  else
    sh -c "$note" "$work/process.$count" "$@" < "$work/input" > "$work/output" 2>&1
    result=$?
  fi
  : > "$work/over.$count"
  if [ "$kind" != dialogue ]; then
    tell 'It printed:'
    tr -cd '[:print:][:space:]' < "$work/output" | sed 's/^/  | /'
  fi
  [ ! -e "$work/late.$count" ] || fail "$step" "the command was ended because it took longer than $seconds seconds"
  [ "$result" -eq 0 ] || fail "$step" "the command ended with status $result"
  [ "$kind" = dialogue ] || compare || fail "$step" 'the command did not print what must appear'
}

# on_console NAME STEP SECONDS KIND WORD...: on the console of NAME, after the person agreed. Elsewhere, the person says how
# it went; so they do for a command that no script should run (KIND is hand).
on_console() {
  place=$1
  shift
  if [ "$draft" = yes ] || [ "$console" != "$place" ] || [ "$3" = hand ]; then
    [ "$console" = "$place" ] || tell 'This script does not run on that console: type the command there.'
    while :; do
      ask 'Was it typed, and did it show what must appear? [yes/no]'
      case $answer in
        yes) return 0 ;;
        no) fail "$1" 'the command did not show what must appear' ;;
      esac
    done
  fi
  while :; do
    ask 'Run this command now, or has it been typed by hand and shown what must appear? [run/hand/stop]'
    case $answer in
      run) break ;;
      hand) return 0 ;;
      stop) fail "$1" 'stopped before the command' ;;
    esac
  done
  perform "$@"
  tell 'As it should be.'
}

usage() {
  tell 'usage: sh RUNBOOK [-c CONSOLE] [-j JOURNAL] [-t SECONDS]' \
    '  -c CONSOLE  the machine on whose console this runs; commands for others are not run here' \
    '  -j JOURNAL  the file that remembers what is done' \
    '  -t SECONDS  time limit of every command, instead of its own'
}

console='' asked=no limit='' work='' locked='' count=0
journal=./runbook-$runbook.journal
while getopts c:j:t:h option; do
  case $option in
    c) console=$OPTARG asked=yes ;;
    j) journal=$OPTARG ;;
    t) limit=$OPTARG ;;
    h)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
done
case $limit in
  *[!0-9]*) stop 2 '-t needs a whole number of seconds' ;;
esac
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
umask 077
work=${TMPDIR:-/tmp}/runbook.$$
mkdir "$work" || { work=; stop 2 'no folder for temporary files; set TMPDIR to one that can be written'; }
open_journal
