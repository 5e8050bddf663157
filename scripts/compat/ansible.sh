#!/usr/bin/env bash
# Run Ansible's AWS modules against a throw-away server, twice: changed, then unchanged. Needs PyPI and 600 MB in a temporary directory.
# Usage: scripts/compat/ansible.sh [directory of an environment that has ansible and boto3 already]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-$here/../../.venv/bin/python}
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || { kill "$server"; wait "$server" || true; }
  rm -rf "$work"
}
trap finish EXIT

tools=${1:-}
if [ -z "$tools" ]; then
  tools=$work/venv
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet ansible==12.3.0 boto3==1.44.5
fi

PYTHONPATH=$here/../../src PYTHONUNBUFFERED=1 "$python" -m strongroom dev --listen 127.0.0.1:0 >"$work/server" 2>"$work/log" &
server=$!
url=
for _ in $(seq 100); do
  url=$(grep -oEm1 'https?://[^ )]+:[0-9]+' "$work/server" || true)
  [ -z "$url" ] || break
  sleep 0.1
done
[ -n "$url" ] || { echo "the server did not start:"; cat "$work/log"; exit 1; }

export AWS_ENDPOINT_URL=$url AWS_ACCESS_KEY_ID=000000000000 AWS_SECRET_ACCESS_KEY=test AWS_EC2_METADATA_DISABLED=true
export ANSIBLE_HOME=$work/ansible ANSIBLE_LOCALHOST_WARNING=false ANSIBLE_INVENTORY_UNPARSED_WARNING=false ANSIBLE_NOCOLOR=1
export ANSIBLE_PYTHON_INTERPRETER=$tools/bin/python
play() {
  local log=$work/$1
  shift
  "$tools/bin/ansible-playbook" "$here/ansible.yml" "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
  sed -n 's/.*\(changed=[0-9]*\).*/\1/p' "$log"
}
twice() {
  local name=$1 first second
  shift
  first=$(play "$name-1" "$@")
  second=$(play "$name-2" "$@" -e again=true)
  echo "$name: $first, then $second"
  [ "$first" != changed=0 ] || { echo "the first run changed nothing"; exit 1; }
  [ "$second" = changed=0 ] || { echo "the second run changed again:"; grep -B1 '^changed' "$work/$name-2"; exit 1; }
}
twice make --skip-tags remove
twice remove --tags remove
