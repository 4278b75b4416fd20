# A program of client-go (test/conformance/clients/client-go), built with the Go and the libraries of Debian trixie. Sourced by test/run.

need_client_go() {
  source=$root/test/conformance/clients/client-go/main.go
  program=$cache/clients/client-go
  [ -x "$program" ] && ! [ "$source" -nt "$program" ] && return
  began=$(date +%s)
  # Building takes more than a minute: what another checkout of this machine has built from the same text is taken.
  built=${XDG_CACHE_HOME:-$HOME/.cache}/oo-install-tests/client-go-$(sha256sum <"$source" | cut -c1-16)
  if [ -x "$built" ]; then
    mkdir -p "$cache/clients"
    cp "$built" "$program.new" && mv "$program.new" "$program"
    say 'client-go: built before'
    return
  fi
  need_go
  # Without modules: Debian's packages are one tree of sources.
  (
    export GOROOT="$dir/usr/lib/go-1.24" GOPATH="$dir/path" GOCACHE="$cache/go-build" GO111MODULE=off CGO_ENABLED=0 GOTOOLCHAIN=local
    "$GOROOT/bin/go" build -trimpath -ldflags='-s -w' -o "$program.new" "$source"
  ) >"$results/client-go.log" 2>&1 || {
    tail -n 20 "$results/client-go.log"
    say 'client-go: the program could not be built'
    exit 1
  }
  mkdir -p "$(dirname "$built")"
  cp "$program.new" "$built.$$" && mv "$built.$$" "$built"
  mv "$program.new" "$program"
  say "client-go: built ($(since "$began"))"
}

# Into $dir, as unpacked.sh does it: the machine's own packages stay as they are.
need_go() {
  dir=$cache/go-trixie
  [ -d "$dir/path" ] && return
  rm -rf "$dir"
  mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial" "$cache/clients"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s trixie main\n' "$(debian_mirror)" >"$dir/apt/sources.list"
  (
    cd "$dir/apt" && unpacked_apt update -q &&
      names=$(unpacked_apt install -s --no-install-recommends golang-1.24-go golang-k8s-client-go-dev | awk '/^Inst golang-/ { print $2 }') &&
      # shellcheck disable=SC2086
      unpacked_apt download -q $names &&
      for package in ./*.deb; do dpkg -x "$package" "$dir" || exit 1; done
  ) >"$results/go.log" 2>&1 || {
    tail -n 20 "$results/go.log"
    say 'Go of Debian trixie could not be had'
    exit 1
  }
  rm -rf "$dir/apt"
  # Made last: with it the tree is whole.
  mkdir -p "$dir/path.new"
  ln -s "$dir/usr/share/gocode/src" "$dir/path.new/src"
  mv "$dir/path.new" "$dir/path"
}
