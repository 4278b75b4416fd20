# kubectl as Debian packages it, unpacked into .cache: the machine's own packages stay as they are. Sourced by test/run.
# trixie has the client that users have; sid the newest, so that what it does in another way is known early.

# need_kubectl RELEASE
need_kubectl() {
  kubectl_release=$1
  dir=$cache/kubectl-$kubectl_release
  [ -x "$dir/usr/bin/kubectl" ] && return
  began=$(date +%s)
  rm -rf "$dir"
  mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$(debian_mirror)" "$kubectl_release" \
    >"$dir/apt/sources.list"
  kubectl_apt update -q >"$results/kubectl.log" 2>&1 &&
    (cd "$dir/apt" && kubectl_apt download -q kubectl >>"$results/kubectl.log" 2>&1) &&
    dpkg -x "$dir"/apt/kubectl_*.deb "$dir/unpacked" || {
    tail -n 20 "$results/kubectl.log"
    say "kubectl of Debian $kubectl_release could not be had"
    exit 1
  }
  # Renamed last: a kubectl at this path is a whole one.
  mv "$dir/unpacked/usr" "$dir/usr"
  rm -rf "$dir/apt" "$dir/unpacked"
  say "kubectl: $("$dir/usr/bin/kubectl" version --client | head -n 1) ($(since "$began"))"
}

# The mirror that this machine's own apt uses, so that its network's rules hold for us too.
debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "main" && $1 ~ /\/debian\/?$/ { print $1; exit }'
}

# apt with this machine's network settings, on a sources list and a state of our own.
kubectl_apt() {
  apt-get -o Dir::Etc::sourcelist="$dir/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- \
    -o Dir::Etc::preferences=- -o Dir::State="$dir/apt" -o Dir::State::lists="$dir/apt/lists" -o Dir::State::status=/dev/null \
    -o Dir::Cache="$dir/apt/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" "$@"
}
