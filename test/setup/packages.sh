# Debian packages of the tests, installed only where something is missing. Sourced by test/run.

# Commands or files, each with the package that brings it.
test_packages='
  /usr/sbin/dockerd:docker.io
  /usr/bin/docker|/usr/local/bin/docker:docker.io
  /usr/lib/cni/bridge|/opt/cni/bin/bridge:containernetworking-plugins
  /usr/sbin/nft:nftables
  /usr/sbin/iptables:iptables
  /usr/sbin/conntrack:conntrack
  /usr/bin/mmdebstrap:mmdebstrap
  /usr/sbin/ip|/sbin/ip:iproute2
  /usr/bin/busybox|/bin/busybox:busybox-static
  /usr/bin/catatonit|/usr/libexec/catatonit/catatonit:catatonit
  /usr/bin/strace:strace
  /usr/bin/script:bsdutils
  /usr/bin/git:git
  /usr/bin/ssh:openssh-client
  /usr/bin/tar:tar
  /usr/bin/curl:curl
  /usr/bin/patch:patch
  /usr/bin/diff:diffutils
  /usr/bin/ps:procps
  /usr/bin/wrk:wrk
  /usr/bin/chromium:chromium
  /usr/bin/pdftotext:poppler-utils
'
soak_packages='/usr/bin/qemu-system-x86_64:qemu-system-x86 /usr/bin/qemu-img:qemu-utils /usr/sbin/mkfs.ext4|/sbin/mkfs.ext4:e2fsprogs /usr/bin/newuidmap:uidmap /usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1|/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1:libfaketime'
capture_packages='/usr/bin/tmux:tmux'
# Whom a benchmark holds us against.
install_bench_packages='/usr/bin/ansible-playbook:ansible-core'

need_packages() {
  # shellcheck disable=SC2086
  need_debs $test_packages
  # Whether busybox is the static one shows only in the file itself: the images hold nothing but it.
  if ldd "$(command -v busybox)" >/dev/null 2>&1; then install_debs busybox-static; fi
}

need_soak_packages() {
  # shellcheck disable=SC2086
  need_debs $soak_packages
}

need_capture_packages() {
  # shellcheck disable=SC2086
  need_debs $capture_packages
}

need_bench_packages() {
  # shellcheck disable=SC2086
  case $1 in install) need_debs $install_bench_packages ;; esac
}

# need_debs PATH[|PATH]:PACKAGE...
need_debs() {
  missing=
  for entry in "$@"; do
    have=
    for path in $(printf '%s' "${entry%:*}" | tr '|' ' '); do
      if [ -e "$path" ] || { [ "${path#/}" = "$path" ] && command -v "$path" >/dev/null; }; then have=1; fi
    done
    [ -n "$have" ] || missing="$missing ${entry#*:}"
  done
  # shellcheck disable=SC2086
  [ -z "$missing" ] || install_debs $missing
}

install_debs() {
  began=$(date +%s)
  command -v apt-get >/dev/null || {
    say "missing here, and there is no apt-get to install it: $*"
    exit 1
  }
  prefix=$(as_root)
  for attempt in 1 2; do
    # The lists may be old or absent: one update, only when the first try fails.
    if $prefix apt-get install -qy --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >"$results/apt.log" 2>&1; then
      say "Debian packages: installed $* ($(since "$began"))"
      return
    fi
    [ $attempt = 2 ] || $prefix apt-get update -q -o DPkg::Lock::Timeout=120 >>"$results/apt.log" 2>&1 || true
  done
  tail -n 20 "$results/apt.log"
  say "apt-get could not install: $*"
  exit 1
}
