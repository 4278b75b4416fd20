#!/bin/sh
# Asks this machine what bears a lab, after it was taken down. Changes nothing. Prints, separated by tabs:
#   asked TYPE | left TYPE ID DETAIL | unanswered TYPE WHY | end
# usage: audit-machine.sh LAB-ID BRIDGE DOCKER-FOLDER PORT...
set -u
id=$1 bridge=$2 folder=$3
shift 3

asked() { printf 'asked\t%s\n' "$1"; }
left() { printf 'left\t%s\t%s\t%s\n' "$1" "$2" "$3"; }
unanswered() { printf 'unanswered\t%s\t%s\n' "$1" "$2"; }

asked interface
[ -d /sys/class/net/lo ] || unanswered interface 'there is no /sys/class/net'
[ ! -e "/sys/class/net/$bridge" ] || left interface "$bridge" 'the bridge of its network'

# Whichever of the two Docker uses: rules of the other backend are rules too.
asked 'firewall rule'
answers=0
for program in nft iptables-nft-save ip6tables-nft-save iptables-legacy-save ip6tables-legacy-save; do
  command -v "$program" >/dev/null 2>&1 || continue
  arguments=
  [ "$program" != nft ] || arguments='list ruleset'
  # shellcheck disable=SC2086
  if rules=$("$program" $arguments 2>&1); then
    answers=$((answers + 1))
    printf '%s\n' "$rules" | grep -F -- "$bridge" | while IFS= read -r rule; do left 'firewall rule' "$program" "$rule"; done
  else
    unanswered 'firewall rule' "$program: $(printf '%s' "$rules" | tail -n 1)"
  fi
done
[ $answers -gt 0 ] || unanswered 'firewall rule' 'neither nft nor iptables is here to be asked'

# A process in a host of the lab, or a mount that one left, has the lab's volumes in its view.
asked 'process or mount'
# One that is ending tells nothing any more, and is a zombie or gone a moment later.
has_ended() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -d "$1" ] && [ "$(sed -n 's/^State:\t\(.\).*/\1/p' "$1/status" 2>/dev/null)" != Z ] || return 0
    sleep 0.2
  done
  return 1
}
for process in /proc/[0-9]*; do
  if ! mounts=$(cat "$process/mountinfo" 2>/dev/null); then
    has_ended "$process" || unanswered 'process or mount' "${process#/proc/} does not tell its mounts"
    continue
  fi
  case $mounts in
    *"oo-lab-$id-"*) left 'process or mount' "${process#/proc/}" "$(cat "$process/comm" 2>/dev/null)" ;;
  esac
done

asked 'listening proxy'
for port in "$@"; do
  for process in /proc/[0-9]*; do
    case $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) in
      *docker-proxy*" -host-port $port "*) left 'listening proxy' "${process#/proc/}" "docker-proxy on port $port" ;;
    esac
  done
done

asked 'folder of a volume'
if ls "$folder/volumes" >/dev/null 2>&1; then
  for volume in "$folder/volumes/oo-lab-$id-"*; do
    [ ! -e "$volume" ] || left 'folder of a volume' "${volume##*/}" "$volume"
  done
else
  unanswered 'folder of a volume' "$folder/volumes may not be read"
fi

printf 'end\n'
