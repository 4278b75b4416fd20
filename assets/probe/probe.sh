# What a server is, in one round trip: prints key=value lines between two sentinel lines, changes nothing. POSIX sh; every tool that it
# uses may be missing. Arguments: the sentinel, the paths that must have room, separated by commas, and the images, separated by commas.
export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
sentinel=$1
paths=$2
images=$3
put() { printf '%s=%s\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
printf '\n%s begin\n' "$sentinel"

put uid "$(id -u)"
put user "$(id -un 2>/dev/null)"
if [ "$(id -u)" -eq 0 ]; then put sudo root
elif ! has sudo; then put sudo none
elif sudo -n true 2>/dev/null; then put sudo nopasswd
else put sudo password; fi
put kernel "$(uname -s)"
put kernel.release "$(uname -r)"
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
  )
fi
[ ! -e /run/ostree-booted ] || put os.image yes
has apt-get && put apt yes
has dnf && put dnf yes
has zypper && put zypper yes
for program in nft iptables conntrack ip; do ! has "$program" || put program "$program"; done
while read -r key value _; do
  case $key in
    MemTotal: | MemAvailable:) put "memory.${key%:}" "$value" ;;
  esac
done </proc/meminfo

# Room, file system and options of each path, or of the folder above it that exists.
old_ifs=$IFS
IFS=,
for path in $paths; do
  IFS=$old_ifs
  here=$path
  while [ ! -d "$here" ]; do here=$(dirname "$here"); done
  df -Pk "$here" 2>/dev/null | tail -n 1 | while read -r _ _ _ free _ mount; do
    options=$(while read -r _ point type opts _; do [ "$point" != "$mount" ] || echo "$type $opts"; done </proc/mounts | tail -n 1)
    put disk "$path $free $options $mount"
  done
  IFS=,
done
IFS=$old_ifs

# Listening sockets, as the kernel tells them: address and port in hexadecimal.
for family in tcp tcp6 udp udp6; do
  [ -r "/proc/net/$family" ] || continue
  while read -r _ local _ state _; do
    case $family-$state in tcp*-0A | udp*-07) put "listen.${family%6}" "${local##*:}" ;; esac
  done <"/proc/net/$family"
done | sort -u
if has ss; then
  ss -Hltnup 2>/dev/null | while read -r _ _ _ _ local _ users; do
    case $local in *:8443 | *:10250 | *:8053) put "listener.${local##*:}" "$users" ;; esac
  done
fi

if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  put cgroup 2
  put cgroup.controllers "$(cat /sys/fs/cgroup/cgroup.controllers)"
else
  put cgroup 1
  put cgroup.controllers "$(while read -r name _ _ enabled; do [ "$enabled" != 1 ] || printf '%s ' "$name"; done </proc/cgroups)"
fi

# A feature is there when it is loaded, built in, or can be loaded.
builtin=/lib/modules/$(uname -r)/modules.builtin
for module in overlay bridge br_netfilter veth nf_tables nf_nat xt_conntrack; do
  state=missing
  if [ -d "/sys/module/$module" ] || grep -q "^$module " /proc/modules 2>/dev/null; then state=loaded
  elif grep -q "/$module\.ko" "$builtin" 2>/dev/null; then state=builtin
  elif has modinfo && modinfo "$module" >/dev/null 2>&1; then state=available
  elif [ ! -d "/lib/modules/$(uname -r)" ]; then state=unknown; fi
  put "module.$module" "$state"
done
grep -q overlay /proc/filesystems 2>/dev/null && put module.overlay loaded
[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] && put module.br_netfilter loaded
for key in net/ipv4/ip_forward net/bridge/bridge-nf-call-iptables; do
  [ ! -r "/proc/sys/$key" ] || put "sysctl.$(echo "$key" | tr / .)" "$(cat "/proc/sys/$key")"
done

# The address that others reach this machine by: of the default route, else the first one.
if has ip; then
  put address "$(ip -4 route get 192.0.2.1 2>/dev/null | sed -n 's/.* src \([0-9.]*\).*/\1/p')"
  ip -o -4 addr show scope global 2>/dev/null | while read -r _ device _ address _; do put interface "$device ${address%/*}"; done
fi
has hostname && put addresses "$(hostname -I 2>/dev/null)"
while read -r device destination _ _ _ _ _ mask _; do
  [ "$device" = Iface ] || put route "$device $destination $mask"
done </proc/net/route
put mtu "$(cat /sys/class/net/eth0/mtu 2>/dev/null)"

[ ! -r /sys/module/apparmor/parameters/enabled ] || put apparmor "$(cat /sys/module/apparmor/parameters/enabled)"
if has apparmor_parser; then put apparmor.parser yes; fi
if has getenforce; then put selinux "$(getenforce)"; fi
if has firewall-cmd && firewall-cmd --state >/dev/null 2>&1; then put firewall firewalld; fi
if has ufw && ufw status 2>/dev/null | grep -q '^Status: active'; then put firewall ufw; fi

# Docker: which, whose, and whether it answers.
dockerd=$(command -v dockerd 2>/dev/null)
client=$(command -v docker 2>/dev/null)
put docker.dockerd "$dockerd"
put docker.client "$client"
[ -z "$client" ] || put docker.real "$(readlink -f "$client")"
[ -z "$client" ] || put docker.says "$("$client" --version 2>/dev/null | head -n 1)"
if [ -n "$client" ]; then
  answer=$(DOCKER_HOST=unix:///var/run/docker.sock timeout 10 "$client" info --format \
    '{{.ServerVersion}}|{{.Driver}}|{{.CgroupVersion}}|{{.DockerRootDir}}|{{.SecurityOptions}}|{{.OperatingSystem}}' 2>&1)
  case $answer in
    [0-9]*\|*\|*)
      put docker.info "$answer"
      DOCKER_HOST=unix:///var/run/docker.sock "$client" ps -a --format '{{.Label "io.openshift.node"}}|{{.Names}}' 2>/dev/null |
        while IFS= read -r line; do
          case $line in \|*) put docker.foreign "${line#|}" ;; esac
        done
      IFS=,
      for image in $images; do
        IFS=$old_ifs
        put docker.image "$image $(DOCKER_HOST=unix:///var/run/docker.sock "$client" image inspect --format '{{.Id}}' "$image" 2>/dev/null | head -n 1)"
        IFS=,
      done
      IFS=$old_ifs
      ;;
    *) put docker.error "$(DOCKER_HOST=unix:///var/run/docker.sock timeout 10 "$client" version 2>&1 >/dev/null | tail -n 1)" ;;
  esac
fi
for rootless in /run/user/*/docker.sock; do [ ! -S "$rootless" ] || put docker.rootless "$rootless"; done
[ ! -d /run/systemd/system ] || {
  put unit.docker "$(systemctl show --property=ActiveState,UnitFileState,LoadState docker.service 2>/dev/null | tr '\n' ' ')"
  put unit.openshift "$(systemctl show --property=ActiveState,UnitFileState,LoadState openshift.service 2>/dev/null | tr '\n' ' ')"
}
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
if [ -e /var/lib/dpkg/lock-frontend ] && has stat; then
  inode=$(stat -c %i /var/lib/dpkg/lock-frontend)
  grep -q ":$inode " /proc/locks 2>/dev/null && put packages.locked yes
fi
if [ -d /run/cloud-init ] && [ ! -e /run/cloud-init/result.json ] && [ -e /run/cloud-init/enabled ]; then put cloud-init running; fi

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
[ ! -e /var/lib/oo-install/upgrade.json ] || put upgrade pending
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
