#!/bin/sh
# What a careful administrator writes by hand: streams one tar to each server over OpenSSH, unpacks it there and runs its install.sh; waits until
# a pod has answered. On a server that has this very payload it only looks whether the platform is healthy. All servers at once.
#
#   by-hand.sh PAYLOAD SSH_CONFIG HOST...    PAYLOAD holds payload.tar and stamp
set -eu
payload=$1 config=$2
shift 2
stamp=$(cat "$payload/stamp")

install_on() {
  # shellcheck disable=SC2029 # the stamp is ours
  if ssh -F "$config" "$1" "test -e /var/tmp/oo-payload/$stamp && sh /var/tmp/oo-payload/verify.sh health"; then return; fi
  ssh -F "$config" "$1" "tar -xf - -C / && sh /var/tmp/oo-payload/install.sh && touch /var/tmp/oo-payload/$stamp" <"$payload/payload.tar"
}

pids=
for host in "$@"; do
  install_on "$host" &
  pids="$pids $!"
done
for pid in $pids; do wait "$pid"; done
