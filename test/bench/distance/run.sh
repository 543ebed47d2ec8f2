#!/bin/sh
# run.sh PROGRAM DELAY COMMAND…: runs a command in a network of its own, where packets between the data
# centers are on their way for so long (main.go). As root, with unshare, ip and iptables.
set -e
if [ "$1" != --inside ]; then exec unshare --net sh "$0" --inside "$@"; fi
program=$2 delay=$3
shift 3
ip link set lo up
iptables -t mangle -A OUTPUT -p tcp --syn -j NFQUEUE --queue-num 1 --queue-bypass
iptables -t mangle -A OUTPUT -p tcp ! --syn -m connmark --mark 1 -j NFQUEUE --queue-num 2 --queue-bypass
iptables -t mangle -A POSTROUTING -p tcp --syn -m mark --mark 1 -j CONNMARK --save-mark
"$program" "$delay" &
distance=$!
trap 'kill $distance' EXIT
"$@"
# Without it there would have been no distance.
kill -0 $distance
