# What a server is, in one round trip: prints key=value lines between two sentinel lines, changes nothing. POSIX sh; every tool that it
# uses may be missing. Arguments: the sentinel, the paths that must have room, separated by commas, the images, separated by commas, and
# how many seconds it waits first for cloud-init to end (none unless told).
export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
sentinel=$1
paths=$2
images=$3
patience=${4:-0}
nl='
'
# One line, whatever the value holds.
put() {
  line=$2
  while :; do
    case $line in *"$nl"*) line="${line%%"$nl"*} ${line#*"$nl"}" ;; *) break ;; esac
  done
  printf '%s=%s\n' "$1" "$line"
}
has() { command -v "$1" >/dev/null 2>&1; }
# within SECONDS COMMAND...: nothing may hang on a dead server or disk.
if timeout 1 true 2>/dev/null; then within() { timeout "$@"; }; else
  within() {
    shift
    "$@"
  }
fi
# A URL may hold a password, which is nobody's business here.
bare() { sed 's|//[^/@]*@|//|g' 2>/dev/null; }
as_root() { [ "$uid" = 0 ]; }
uid=$(id -u)

# Whether cloud-init still works, by the files that it writes (boot-finished would be of an earlier boot) and by systemd's jobs: `cloud-init
# status` takes a second of Python. What never ends because one of its units failed is not waited for.
cloud_init() {
  [ -e /run/cloud-init/enabled ] || [ -e /run/cloud-init/status.json ] || return
  jobs=
  if [ -d /run/systemd/system ]; then
    jobs=$(systemctl list-jobs --no-legend --plain 2>/dev/null | grep -E ' cloud-(init|config|final)')
  fi
  # After the jobs: what ends between the two has written it.
  if [ -e /run/cloud-init/result.json ]; then echo 'done'
  elif [ -n "$jobs" ] || [ ! -d /run/systemd/system ]; then echo running
  else echo failed; fi
}
waited=0
while [ "$waited" -lt "$patience" ] && [ "$(cloud_init)" = running ]; do
  sleep 1
  waited=$((waited + 1))
done

printf '\n%s begin\n' "$sentinel"

put uid "$uid"
put user "$(id -un 2>/dev/null)"
if as_root; then put sudo root
elif ! has sudo; then put sudo none
else
  said=$(within 10 sudo -n true 2>&1 </dev/null)
  status=$?
  case $status-$said in
    0-*) put sudo nopasswd ;;
    *'must have a tty'*) put sudo tty ;;
    *'not in the sudoers'* | *'not allowed'* | *'may not run'*) put sudo refused ;;
    *) put sudo password ;;
  esac
fi
put kernel "$(uname -s)"
release=$(uname -r)
put kernel.release "$release"
put arch "$(uname -m)"
put hostname "$(uname -n)"
put time "$(date +%s)"
put init "$(cat /proc/1/comm 2>/dev/null)"
[ ! -d /run/systemd/system ] || put systemd yes
put libc "$(getconf GNU_LIBC_VERSION 2>/dev/null || { ls /lib/ld-musl-* >/dev/null 2>&1 && echo musl; })"
if [ -r /etc/os-release ]; then
  (
    # shellcheck disable=SC1091
    . /etc/os-release
    put os.id "${ID:-}"
    put os.like "${ID_LIKE:-}"
    put os.version "${VERSION_ID:-}"
    put os.name "${PRETTY_NAME:-}"
    put os.variant "${VARIANT_ID:-}"
  ) 2>/dev/null
fi
[ ! -e /run/ostree-booted ] || put os.image yes
if [ -e /.dockerenv ]; then put container docker
elif [ -e /run/.containerenv ]; then put container podman
elif [ -r /run/systemd/container ]; then put container "$(cat /run/systemd/container)"; fi
has apt-get && put apt yes
has dnf && put dnf yes
has zypper && put zypper yes
for program in nft iptables conntrack ip; do ! has "$program" || put program "$program"; done
# Files of the kernel come through a pipe: bash would read them byte by byte, each byte a walk through all their lines.
lines() { cat "$@" 2>/dev/null; }
lines /proc/meminfo | while read -r key amount _; do
  case $key in
    MemTotal: | MemAvailable:) put "memory.${key%:}" "$amount" ;;
  esac
done
# A container has the memory of its own group. Without a limit the word is max, or (version 1) a number of 19 digits.
for limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
  [ ! -r "$limit" ] || put memory.limit "$(cat "$limit")"
done

# Who runs here. Names in /proc are cut off after 15 characters. A process of a container has another namespace than we: a cluster that
# runs in containers (kind, k3d) is no neighbour.
here=$(readlink /proc/self/ns/pid 2>/dev/null)
for comm in /proc/[0-9]*/comm; do
  name=
  read -r name 2>/dev/null <"$comm" || continue
  case $name in
    kubelet | kubelite | k3s-server | k3s-agent | k3s | rke2 | k0s | microshift | hyperkube | firewalld | chronyd | ntpd | openntpd | systemd-timesyn | dockerd) ;;
    *) continue ;;
  esac
  id=${comm#/proc/}
  id=${id%/comm}
  there=$(readlink "/proc/$id/ns/pid" 2>/dev/null)
  [ -z "$here" ] || [ -z "$there" ] || [ "$here" = "$there" ] || continue
  put process "$name $id"
  [ "$name" != dockerd ] || dockerd_runs=yes
done
for program in k3s rke2 k0s microshift kubelet; do
  ! has "$program" || put kubernetes "$program"
done
[ ! -e /snap/microk8s/current ] || put kubernetes microk8s

# Listening sockets, as the kernel tells them: address and port in hexadecimal. Who listens on those that we need is ss's to say, or where
# that is missing it is looked for among the open files.
for family in tcp tcp6 udp udp6; do
  lines "/proc/net/$family" | while read -r _ local _ state _ _ _ _ _ inode _; do
    case $family-$state in tcp*-0A | udp*-07) ;; *) continue ;; esac
    put "listen.$family" "$local"
    case $local in *:20FB) port=8443 ;; *:280A) port=10250 ;; *:1F75) port=8053 ;; *) continue ;; esac
    has ss || ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r first _ _ _ _ _ _ _ _ _ target; do
      case $first in
        /proc/*) process=${first#/proc/} ;;
        *) [ "$target" != "socket:[$inode]" ] || put "listener.$port" "users:((\"$(cat "/proc/${process%%/*}/comm")\",pid=${process%%/*},fd=0))" ;;
      esac
    done
  done
done | sort -u
if has ss; then
  ss -ltnup 2>/dev/null | while read -r _ _ _ _ local _ users; do
    case $local in *:8443 | *:10250 | *:8053) ;; *) continue ;; esac
    [ -z "$users" ] || put "listener.${local##*:}" "$users"
    case $local in '[::]:'*) put listen.v6only "${local##*:}" ;; esac
  done
fi

if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  put cgroup 2
  put cgroup.controllers "$(cat /sys/fs/cgroup/cgroup.controllers)"
else
  put cgroup 1
  put cgroup.controllers "$(lines /proc/cgroups | while read -r name _ _ enabled; do [ "$enabled" != 1 ] || printf '%s ' "$name"; done)"
  [ ! -d /sys/fs/cgroup/unified ] || put cgroup.hybrid yes
fi
lines /proc/mounts | while read -r _ point type options _; do
  case $type-$point in
    cgroup-*) put cgroup.mounted "$options" ;;
    cgroup2-/sys/fs/cgroup) case ,$options, in *,ro,*) put cgroup.readonly yes ;; esac ;;
    *-/proc/sys) case ,$options, in *,ro,*) put sysctl.readonly yes ;; esac ;;
  esac
done

# A feature is there when it is loaded, built in, or can be loaded. The lists of depmod name compressed modules too. Where the modules' folder is
# missing (a container; a kernel that was replaced while it runs) the kernel's own configuration may tell.
modules=/lib/modules/$release
[ -d "$modules" ] || put modules.folder missing
config() {
  if [ -r "/boot/config-$release" ]; then grep "^$1=" "/boot/config-$release"
  elif [ -r "$modules/config" ]; then grep "^$1=" "$modules/config"
  elif [ -r /proc/config.gz ] && has gzip; then gzip -dc /proc/config.gz 2>/dev/null | grep "^$1="
  else echo unknown; fi
}
for pair in overlay:OVERLAY_FS bridge:BRIDGE br_netfilter:BRIDGE_NETFILTER veth:VETH nf_tables:NF_TABLES nf_nat:NF_NAT \
  xt_conntrack:NETFILTER_XT_MATCH_CONNTRACK; do
  module=${pair%%:*}
  state=unknown
  if [ -d "/sys/module/$module" ] || grep -q "^$module " /proc/modules 2>/dev/null; then state=loaded
  elif [ "$module" = overlay ] && grep -q overlay /proc/filesystems 2>/dev/null; then state=loaded
  elif [ "$module" = br_netfilter ] && [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then state=loaded
  elif grep -q "/$module\.ko" "$modules/modules.builtin" 2>/dev/null; then state=builtin
  elif grep -q "/$module\.ko[.a-z0-9]*:" "$modules/modules.dep" 2>/dev/null; then state=available
  elif has modinfo && modinfo "$module" >/dev/null 2>&1; then state=available
  else
    case $(config "CONFIG_${pair#*:}") in
      *=y) state=builtin ;;
      *=m) [ ! -e "$modules/modules.dep" ] || state=missing ;;
      unknown) [ ! -e "$modules/modules.dep" ] || state=missing ;;
      *) state=missing ;;
    esac
  fi
  put "module.$module" "$state"
done
for key in net/ipv4/ip_forward net/bridge/bridge-nf-call-iptables; do
  [ ! -r "/proc/sys/$key" ] || put "sysctl.$(echo "$key" | tr / .)" "$(cat "/proc/sys/$key")"
done

# The address that others reach this machine by: of the default route, else the first one.
if has ip; then
  put address "$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')"
  ip -o -4 addr show scope global 2>/dev/null | while read -r _ device _ address _; do put interface "$device ${address%/*}"; done
fi
has hostname && put addresses "$(hostname -I 2>/dev/null)"
lines /proc/net/route | while read -r device destination _ _ _ _ _ mask _; do
  [ "$device" = Iface ] || put route "$device $destination $mask"
done
put mtu "$(cat /sys/class/net/eth0/mtu 2>/dev/null)"

# Names: who is asked, and behind a stub on loopback who is asked in truth.
lines /etc/resolv.conf | while read -r key server _; do [ "$key" != nameserver ] || put dns.server "$server"; done
lines /run/systemd/resolve/resolv.conf | while read -r key server _; do [ "$key" != nameserver ] || put dns.upstream "$server"; done
if has getent; then
  within 1 getent hosts "$(uname -n)" >/dev/null 2>&1 && put hostname.resolves yes || put hostname.resolves no
fi

[ ! -r /sys/module/apparmor/parameters/enabled ] || put apparmor "$(cat /sys/module/apparmor/parameters/enabled)"
if has apparmor_parser; then put apparmor.parser yes; fi
if has getenforce; then put selinux "$(getenforce)"
elif [ -r /sys/fs/selinux/enforce ]; then
  case $(cat /sys/fs/selinux/enforce) in 1) put selinux Enforcing ;; *) put selinux Permissive ;; esac
fi
# firewalld is told by its process. What it lets in is asked only where it runs: its client is slow.
if has firewall-cmd && as_root; then
  for comm in /proc/[0-9]*/comm; do
    name=
    read -r name 2>/dev/null <"$comm" || continue
    [ "$name" != firewalld ] || {
      put firewall.open "$(within 10 firewall-cmd --list-ports 2>/dev/null)"
      break
    }
  done
fi
if grep -q '^ENABLED=yes' /etc/ufw/ufw.conf 2>/dev/null; then
  if [ ! -d /run/systemd/system ] || systemctl is-active --quiet ufw 2>/dev/null; then
    put firewall ufw
    put firewall.open "$(sed -n 's/^### tuple ### allow any \([0-9:,]*\) .*/\1/p; s/^### tuple ### allow tcp \([0-9:,]*\) .*/\1/p' /etc/ufw/user.rules 2>/dev/null)"
  fi
fi
# Chains that drop what they do not know. Asked only where the kernel has nf_tables already: asking would load it.
if has nft && as_root && [ -d /sys/module/nf_tables ]; then
  within 10 nft list chains 2>/dev/null | while read -r first second third rest; do
    case $first in
      table) table="$second $third" ;;
      chain) chain=$second ;;
      type) case "$second $third $rest" in filter\ hook\ *policy\ drop*) put nft.drop "${rest%% *} ${table:-} ${chain:-}" ;; esac ;;
    esac
  done
fi

# Proxies that this server was told to use.
for key in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  eval "given=\${$key:-}"
  # shellcheck disable=SC2154
  [ -z "$given" ] || put proxy "environment $key=$(printf '%s\n' "$given" | bare)"
done
if [ -r /etc/environment ]; then
  grep -iE '^(export )?(https?|no)_proxy=' /etc/environment 2>/dev/null | bare | while IFS= read -r entry; do put proxy "/etc/environment ${entry#export }"; done
fi
if has apt-config; then
  apt-config dump 2>/dev/null | grep -E '^Acquire::https?::Proxy "..*"' | bare | while IFS= read -r entry; do put proxy "apt $entry"; done
fi
for file in /etc/dnf/dnf.conf /etc/yum.conf; do
  [ ! -r "$file" ] || grep '^proxy *=' "$file" 2>/dev/null | bare | while IFS= read -r entry; do put proxy "dnf $entry"; done
done

# Docker: which, whose, and whether it answers.
dockerd=$(command -v dockerd 2>/dev/null)
client=$(command -v docker 2>/dev/null)
put docker.dockerd "$dockerd"
put docker.client "$client"
[ -z "$client" ] || put docker.real "$(readlink -f "$client")"
# Also to tell its version an older client looks for a daemon, which its socket would start: it finds none.
[ -z "$client" ] || put docker.says "$(DOCKER_HOST=unix:///nonexistent within 10 "$client" --version 2>/dev/null | head -n 1)"
[ ! -h /var/run/docker.sock ] || put docker.socket "$(readlink -f /var/run/docker.sock)"
put docker.host "$(printf '%s\n' "${DOCKER_HOST:-}" | bare)"
[ ! -r "${HOME:-/root}/.docker/config.json" ] || put docker.context \
  "$(sed -n 's/.*"currentContext"[ ]*:[ ]*"\([^"]*\)".*/\1/p' "${HOME:-/root}/.docker/config.json" | head -n 1)"
if [ -d /run/systemd/system ]; then
  put unit.docker "$(systemctl show --property=ActiveState,UnitFileState,LoadState docker.service 2>/dev/null | tr '\n' ' ')"
  put unit.openshift "$(systemctl show --property=ActiveState,UnitFileState,LoadState openshift.service 2>/dev/null | tr '\n' ' ')"
fi
# A Docker that its socket would start is stopped, and stays so: looking changes nothing.
asleep=
if [ -z "$dockerd_runs" ] && [ -d /run/systemd/system ] && systemctl is-active --quiet docker.socket 2>/dev/null; then asleep=yes; fi
root=
if [ -n "$client" ] && [ -n "$asleep" ]; then put docker.error 'it is stopped (its socket would start it)'
elif [ -n "$client" ]; then
  export DOCKER_HOST=unix:///var/run/docker.sock
  answer=$(within 10 "$client" info --format '{{.ServerVersion}}|{{.Driver}}|{{.CgroupVersion}}|{{.DockerRootDir}}|{{.SecurityOptions}}|{{.OperatingSystem}}|{{.CgroupDriver}}|{{.LiveRestoreEnabled}}|{{.Swarm.LocalNodeState}}|{{.KernelVersion}}|{{.HTTPProxy}}|{{.HTTPSProxy}}' 2>/dev/null)
  case $answer in
    # One that is too old for the question still tells how old.
    [0-9]*\|*\|*) ;;
    *) answer=$(within 10 "$client" version --format '{{.Server.Version}}|||||||||||' 2>/dev/null) ;;
  esac
  case $answer in
    [0-9]*\|*\|*)
      put docker.info "$(printf '%s\n' "$answer" | bare)"
      root=${answer#*|*|*|}
      root=${root%%|*}
      within 20 "$client" ps -a --format '{{.Label "io.openshift.node"}}|{{.Names}}' 2>/dev/null | {
        count=0
        while IFS= read -r entry; do
          case $entry in \|*) ;; *) continue ;; esac
          count=$((count + 1))
          [ "$count" -gt 20 ] || put docker.foreign "${entry#|}"
        done
        put docker.foreigners "$count"
      }
      # All with one question: to start the client takes longer than to be answered. It complains of those that are missing.
      old_ifs=$IFS
      IFS=,
      # shellcheck disable=SC2086 # words
      set -- $images
      IFS=$old_ifs
      [ $# = 0 ] || within 20 "$client" image inspect --format '{{.Id}} {{range .RepoTags}}{{.}} {{end}}' "$@" 2>/dev/null |
        while read -r id tags; do
          for image in "$@"; do case " $tags " in *" $image "*) put docker.image "$image $id" ;; esac; done
        done
      ;;
    *) put docker.error "$(within 10 "$client" version 2>&1 >/dev/null | tail -n 1)" ;;
  esac
fi
for rootless in /run/user/*/docker.sock; do [ ! -S "$rootless" ] || put docker.rootless "$rootless"; done
# Of a Docker that does not answer, from its file.
[ -n "$root" ] || root=$(sed -n 's/.*"data-root"[ ]*:[ ]*"\([^"]*\)".*/\1/p' /etc/docker/daemon.json 2>/dev/null | head -n 1)
case $root in /*) ;; *) root=/var/lib/docker ;; esac
put docker.root "$root"

# Room, files, file system and options of each path, or of the folder above it that exists.
old_ifs=$IFS
IFS=,
for path in $paths; do
  IFS=$old_ifs
  [ "$path" != /var/lib/docker ] || path=$root
  folder=$path
  while [ ! -d "$folder" ] && [ "$folder" != / ]; do
    folder=${folder%/*}
    [ -n "$folder" ] || folder=/
  done
  within 10 df -Pk "$folder" 2>/dev/null | tail -n 1 | while read -r _ _ _ free _ mount; do
    options=$(lines /proc/mounts | while read -r _ point type opts _; do [ "$point" != "$mount" ] || echo "$type $opts"; done | tail -n 1)
    put disk "$path $free $options $mount"
  done
  within 10 df -Pi "$folder" 2>/dev/null | tail -n 1 | while read -r _ total _ free _ mount; do put inodes "$path $total $free $mount"; done
  IFS=,
done
IFS=$old_ifs

if has dpkg-query; then
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' docker.io docker-cli docker-ce docker-ce-cli podman-docker \
    containernetworking-plugins nftables iptables conntrack iproute2 2>/dev/null | while read -r status package; do
    [ "$status" != installed ] || put package "$package"
  done
fi
if has rpm; then
  rpm -q --qf '%{NAME}\n' moby-engine docker docker-cli docker-ce docker-ce-cli podman-docker containernetworking-plugins cni-plugins \
    nftables iptables-nft iptables conntrack-tools iproute iproute2 apparmor-parser 2>/dev/null | while read -r package more; do
    [ -n "$more" ] || put package "$package"
  done
fi
for folder in /opt/cni/bin /usr/lib/cni /usr/libexec/cni; do [ ! -x "$folder/bridge" ] || put cni "$folder"; done

# Who holds a package database: file locks by the kernel's table (proc_locks(5)), dnf's and zypper's by the process that their file names.
if has stat; then
  for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
    /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock; do
    [ -e "$lock" ] || continue
    inode=$(stat -c %i "$lock")
    lines /proc/locks | while read -r _ _ _ access holder place _; do
      case $access-$place in WRITE-*:"$inode") put packages.locked "$lock $(cat "/proc/$holder/comm" 2>/dev/null)" ;; esac
    done
  done
fi
for lock in /run/zypp.pid /var/cache/dnf/metadata_lock.pid /var/lib/dnf/rpmdb_lock.pid /var/run/yum.pid; do
  [ -r "$lock" ] || continue
  holder=
  read -r holder 2>/dev/null <"$lock"
  case $holder in '' | *[!0-9]*) continue ;; esac
  [ ! -d "/proc/$holder" ] || put packages.locked "$lock $(cat "/proc/$holder/comm" 2>/dev/null)"
done

state=$(cloud_init)
if [ -n "$state" ]; then
  put cloud-init "$state"
  put cloud-init.stage "$(sed -n 's/.*"stage"[ ]*:[ ]*"\([^"]*\)".*/\1/p' /run/cloud-init/status.json 2>/dev/null | head -n 1)"
  [ ! -r /run/cloud-init/result.json ] || put cloud-init.result "$(tr -d '\n' </run/cloud-init/result.json 2>/dev/null)"
fi

# What an earlier run left.
for kind in runtime openshift; do
  for dir in "/opt/oo-install/$kind"/*; do
    case $dir in *.part | *\* | */current) ;; *) [ ! -d "$dir" ] || put "artifact.$kind" "${dir##*/}" ;; esac
  done
  [ ! -h "/opt/oo-install/$kind/current" ] || put "current.$kind" "$(basename "$(readlink "/opt/oo-install/$kind/current")")"
done
[ ! -r /opt/oo-install/openshift/current/package.json ] ||
  put version "$(sed -n 's/.*"version": *"\([0-9A-Za-z.+-]*\)".*/\1/p' /opt/oo-install/openshift/current/package.json | head -n 1)"
[ ! -e /var/lib/oo-install/journal.jsonl ] || put journal yes
[ ! -e /var/lib/oo-install/upgrade.json ] || {
  put upgrade pending
  put upgrade.from "$(sed -n 's/.*"from":{"runtime":"[0-9a-f]*","openshift":"\([0-9a-f]*\)","version":"\([0-9A-Za-z.+-]*\)".*/\1 \2/p' /var/lib/oo-install/upgrade.json)"
}
for file in /etc/openshift/config.yaml /etc/systemd/system/openshift.service /usr/local/bin/openshift; do
  [ ! -r "$file" ] || ! has sha256sum || put file "$file $(sha256sum <"$file" | cut -d' ' -f1)"
done
for state in /run/oo-install/services/*.json; do
  [ ! -r "$state" ] || {
    pid=$(sed -n 's/^{"pid":\([0-9]*\),.*/\1/p' "$state")
    name=${state##*/}
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then put service "${name%.json}"; fi
  }
done
[ ! -e /etc/openshift/admin.kubeconfig ] || put kubeconfig yes
printf '%s end\n' "$sentinel"
