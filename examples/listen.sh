#!/bin/sh
# Prints what is published to a topic. After a lost connection it goes on with what it missed.
# sh examples/listen.sh TOPIC [http://localhost:8765]
set -eu
cursor=$(mktemp)
trap 'rm -f "$cursor"' EXIT
trap 'exit 0' INT TERM

while :; do
    curl -sN -H "Last-Event-ID: $(cat "$cursor")" "${2:-http://localhost:8765}/stream?topic=$1&envelope=1" |
        while IFS= read -r line; do
            case $line in
                "id: "*) printf %s "${line#id: }" >"$cursor" ;;
                'data: {"id"'*) printf '%s\n' "${line#data: }" ;;
            esac
        done
    sleep 1
done
