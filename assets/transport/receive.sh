# Receives an artifact or a file on standard input and puts it in place, whole or not at all. POSIX sh, run as root. Arguments:
#   tree | file      what it is
#   target           where it goes
#   content          sha256 of the file's content (files only)
#   token            names what this run writes: nobody else's
#   incoming         folder for what is not whole yet, and not verified
#   sample           a Debian package with a zstd member, as a printf format: does this dpkg-deb know zstd?
#   skip             bytes before the zstd data in such a package
# Prints one line after another, and reads one line and then the data, which unpack to LENGTH bytes:
#   there | unpacks FORMAT   <- SHA256 SIZE FORMAT LENGTH   have BYTES   <- data from there on   done | short BYTES | corrupt SHA256
# or at any time: failed WHY
mode=$1 target=$2 content=$3 token=$4 incoming=$5 sample=$6 skip=$7
temporary=
one_line() { printf '%s' "$1" | tr '\n' ' '; }
has() { command -v "$1" >/dev/null 2>&1; }
fail() {
  rm -rf "$temporary"
  printf 'failed %s\n' "$(one_line "$1")"
  exit 1
}
hash_of() {
  if has sha256sum; then sum=$(sha256sum); else sum=$(openssl dgst -sha256 -r); fi
  printf '%s' "${sum%% *}"
}

if [ -e "$target" ]; then
  echo there
  exit 0
fi
has sha256sum || has openssl || fail 'neither sha256sum nor openssl is there to verify it'
has tar || fail 'there is no tar to unpack it'
why=$(mkdir -p "$incoming" "${target%/*}" 2>&1) || fail "$why"
chmod 700 "$incoming"

format=none
# shellcheck disable=SC2059
if has dpkg-deb && printf "$sample" | dpkg-deb --fsys-tarfile - >/dev/null 2>&1; then format=deb; fi
if [ $format = none ] && has zstd; then format=zstd; fi
if [ $format = none ] && has gzip; then format=gzip; fi
echo "unpacks $format"

# What arrives is kept under its hash; a run that was cut off may have left a part of it. Its own copy: the old one may still be written.
read -r sha256 size sent length || exit 1
best='' have=0
for file in "$incoming/$sha256".*.part; do
  [ -f "$file" ] || continue
  bytes=$(wc -c <"$file")
  if [ "$bytes" -gt "$have" ] && [ "$bytes" -le "$size" ]; then best=$file have=$((bytes)); fi
done
part=$incoming/$sha256.$token.part temporary=$incoming/$sha256.$token.unverified
(umask 077 && : >"$part")
if [ -n "$best" ] && ! cp "$best" "$part" 2>/dev/null; then
  : >"$part"
fi
have=$(($(wc -c <"$part")))
echo "have $have"

# Of what is not packed the part is the whole.
is_packed() { [ "$mode" = tree ] || [ "$sent" != raw ]; }
expand() {
  case $sent in
    deb) if [ $format = deb ]; then dpkg-deb --fsys-tarfile -; else tail -c "+$((skip + 1))" | zstd -dcq; fi ;;
    gzip) gzip -dc ;;
    *) cat ;;
  esac
}
# Never more than it is known to become: nothing is verified yet.
unpack() {
  if [ "$mode" = tree ]; then
    mkdir "$temporary" && expand | head -c "$length" | tar -xpf - -C "$temporary"
  else
    umask 077
    expand | head -c "$length" >"$temporary"
  fi
}
hashed() { echo "hash $(hash_of)" >&5; }
# What cannot be unpacked is not received to its end either: a full disk is told at once.
unpacked() {
  if is_packed; then why=$(unpack 2>&1) || { echo "unpackable $(one_line "$why")" >&5 && return; }; fi
  cat >/dev/null
}
# What is there, and what arrives, is kept, unpacked (3) and hashed (4) as it comes. What became of each is told on 5.
receive() {
  also=
  if is_packed; then also=/proc/self/fd/3; fi
  {
    {
      [ "$have" -eq 0 ] || tee $also <"$part" >&4
      if why=$(tee -a "$part" $also 2>&1 >&4); then echo ended >&5; else echo "stopped $(one_line "$why")" >&5; fi
    } 3>&1 >/dev/null | unpacked 4>&-
  } 4>&1 >/dev/null | hashed
}
told=$(receive 5>&1)
of() { printf '%s\n' "$told" | sed -n "s/^$1 //p"; }
is_told() { printf '%s\n' "$told" | grep -q "^$1"; }

# Another run was faster.
if [ -e "$target" ]; then
  rm -rf "$incoming/$sha256".*
  echo done
  exit 0
fi
bytes=$(($(wc -c <"$part"))) actual=$(of hash)
if [ "$actual" != "$sha256" ]; then
  if [ "$bytes" -lt "$size" ] && is_told ended; then
    rm -rf "$temporary"
    echo "short $bytes"
    exit 0
  fi
  # It was stopped because it cannot be unpacked: what an earlier run left may have gone bad, what comes from the operator has not.
  if [ "$bytes" -lt "$size" ] && [ "$have" -eq 0 ]; then fail "$(of unpackable)$(of stopped)"; fi
  rm -rf "$incoming/$sha256".*
  echo "corrupt $actual"
  exit 0
fi
if is_told unpackable; then fail "$(of unpackable)"; fi
if is_told stopped; then fail "$(of stopped)"; fi
if is_packed; then [ "$mode" = tree ] || actual=$(hash_of <"$temporary"); else mv "$part" "$temporary"; fi
if [ "$mode" = tree ]; then
  # What is started from there later on must be on the disk before its name is.
  find "$temporary" -exec sync {} + 2>/dev/null || sync
else
  [ "$actual" = "$content" ] || fail "its content has sha256 $actual, not $content"
fi
mv "$temporary" "$target" || fail "$target cannot be made"
rm -rf "$incoming/$sha256".*
echo done
