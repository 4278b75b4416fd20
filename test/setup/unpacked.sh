# Programs as Debian packages them, unpacked into .cache: the machine's own packages stay as they are. Sourced by test/run.

# need_kubectl RELEASE: trixie has the client that users have; sid the newest, so that what it does in another way is known early.
need_kubectl() { need_unpacked kubectl "$1" kubectl usr/bin/kubectl 'version --client'; }

# bookworm's etcd (3.4.23) tells of progress before it has told of the events: too old for the store.
need_etcd() { need_unpacked etcd trixie etcd-server usr/bin/etcd --version; }

# need_unpacked NAME RELEASE PACKAGE PROGRAM ARGUMENTS: afterwards .cache/NAME-RELEASE/PROGRAM is there; the arguments make it tell its version.
need_unpacked() {
  dir=$cache/$1-$2
  [ -x "$dir/$4" ] && return
  began=$(date +%s)
  rm -rf "$dir"
  mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$(debian_mirror)" "$2" >"$dir/apt/sources.list"
  unpacked_apt update -q >"$results/$1.log" 2>&1 &&
    (cd "$dir/apt" && unpacked_apt download -q "$3" >>"$results/$1.log" 2>&1) &&
    dpkg -x "$dir/apt/$3"_*.deb "$dir/unpacked" || {
    tail -n 20 "$results/$1.log"
    say "$1 of Debian $2 could not be had"
    exit 1
  }
  # Renamed last: a program at this path is a whole one.
  mv "$dir/unpacked/usr" "$dir/usr"
  rm -rf "$dir/apt" "$dir/unpacked"
  # shellcheck disable=SC2086
  say "$1: $("$dir/$4" $5 | head -n 1) ($(since "$began"))"
}

# The mirror that this machine's own apt uses, so that its network's rules hold for us too.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "main" && $1 ~ /\/debian\/?$/ { print $1; exit }'
}

# apt with this machine's network settings, on a sources list and a state of our own.
unpacked_apt() {
  apt-get -o Dir::Etc::sourcelist="$dir/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- \
    -o Dir::Etc::preferences=- -o Dir::State="$dir/apt" -o Dir::State::lists="$dir/apt/lists" -o Dir::State::status=/dev/null \
    -o Dir::Cache="$dir/apt/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" "$@"
}
