# A Docker engine for the tests: the running one, or one of our own for as long as the run. Sourced by test/run.

docker_started=

need_docker() {
  prefix=$(as_root)
  $prefix docker info >/dev/null 2>&1 && return
  began=$(date +%s)
  if [ -d /run/systemd/system ]; then
    $prefix systemctl start docker
  else
    mount_cgroups
    # A file, not a pipe: nothing reads it unless the start fails.
    $prefix sh -c 'setsid dockerd --pidfile "$1/dockerd.pid" >"$1/dockerd.log" 2>&1 </dev/null &' sh "$cache"
    docker_started=1
  fi
  tries=0
  until $prefix docker info >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 150 ] || {
      tail -n 20 "$cache/dockerd.log" 2>/dev/null || true
      say 'Docker does not start'
      exit 1
    }
    sleep 0.2
  done
  say "Docker: started ($(since "$began"))"
}

# An init system does this elsewhere. Version 2 where the kernel has nothing else, version 1's controllers otherwise.
mount_cgroups() {
  [ "$(find /sys/fs/cgroup -mindepth 1 -maxdepth 1 2>/dev/null | head -n 1)" = '' ] || return 0
  if [ "$(awk '$2 != 0' /proc/cgroups | wc -l)" -le 1 ]; then
    $prefix mount -t cgroup2 cgroup2 /sys/fs/cgroup
    return
  fi
  $prefix mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  for controller in $(awk 'NR > 1 && $4 == 1 { print $1 }' /proc/cgroups); do
    $prefix mkdir -p "/sys/fs/cgroup/$controller"
    $prefix mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
  done
}

release_docker() {
  [ -n "$docker_started" ] && [ -f "$cache/dockerd.pid" ] || return 0
  pid=$(cat "$cache/dockerd.pid")
  $(as_root) kill "$pid" 2>/dev/null || return 0
  tries=0
  while [ -d "/proc/$pid" ] && [ $tries -lt 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
}
