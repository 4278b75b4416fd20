# Receives an artifact or a file on standard input and puts it in place, whole or not at all. POSIX sh, run as root. Arguments:
#   tree | file      what it is
#   target           where it goes
#   content          sha256 of the file's content (files only)
#   token            names what this run writes: nobody else's
#   incoming         folder for what is not whole yet
#   sample           a Debian package with a zstd member, as a printf format: does this dpkg-deb know zstd?
#   skip             bytes before the zstd data in such a package
# Prints one line after another, and reads one line and then the data:
#   there | unpacks FORMAT   <- SHA256 SIZE FORMAT   have BYTES   <- data from there on   done | short BYTES | corrupt SHA256
# or at any time: failed WHY
mode=$1 target=$2 content=$3 token=$4 incoming=$5 sample=$6 skip=$7
temporary=$target.$token.part
has() { command -v "$1" >/dev/null 2>&1; }
fail() {
  rm -rf "$temporary"
  printf 'failed %s\n' "$(printf '%s' "$1" | tr '\n' ' ')"
  exit 1
}
hash_of() {
  if has sha256sum; then sum=$(sha256sum <"$1"); else sum=$(openssl dgst -sha256 -r <"$1"); fi
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
if has dpkg-deb; then
  # shellcheck disable=SC2059
  printf "$sample" >"$incoming/$token.deb"
  if dpkg-deb --fsys-tarfile "$incoming/$token.deb" >/dev/null 2>&1; then format=deb; fi
  rm -f "$incoming/$token.deb"
fi
if [ $format = none ] && has zstd; then format=zstd; fi
if [ $format = none ] && has gzip; then format=gzip; fi
echo "unpacks $format"

# What arrives is kept under its hash; a run that was cut off may have left a part of it. Its own copy: the old one may still be written.
read -r sha256 size sent || exit 1
best='' have=0
for file in "$incoming/$sha256".*.part; do
  [ -f "$file" ] || continue
  length=$(wc -c <"$file")
  if [ "$length" -gt "$have" ] && [ "$length" -le "$size" ]; then best=$file have=$((length)); fi
done
part=$incoming/$sha256.$token.part
: >"$part"
if [ -n "$best" ] && ! cp "$best" "$part" 2>/dev/null; then
  : >"$part"
fi
have=$(($(wc -c <"$part")))
echo "have $have"
why=$(cat 2>&1 >>"$part") || fail "$why"
length=$(($(wc -c <"$part")))
if [ "$length" -ne "$size" ]; then
  echo "short $length"
  exit 0
fi
actual=$(hash_of "$part")
if [ "$actual" != "$sha256" ]; then
  rm -f "$incoming/$sha256".*.part
  echo "corrupt $actual"
  exit 0
fi

unpacked() {
  case $sent in
    deb) if [ $format = deb ]; then dpkg-deb --fsys-tarfile "$part"; else tail -c "+$((skip + 1))" "$part" | zstd -dcq; fi ;;
    gzip) gzip -dc <"$part" ;;
    *) cat "$part" ;;
  esac
}
if [ "$mode" = tree ]; then
  mkdir "$temporary" || fail "$temporary cannot be made"
  why=$( (unpacked | tar -xpf - -C "$temporary") 2>&1) || fail "$why"
  # What is started from there later on must be on the disk before its name is.
  sync -f "$temporary" 2>/dev/null || sync
else
  why=$( (umask 077 && unpacked >"$temporary") 2>&1) || fail "$why"
  actual=$(hash_of "$temporary")
  [ "$actual" = "$content" ] || fail "its content has sha256 $actual, not $content"
fi
if [ -e "$target" ]; then
  rm -rf "$temporary"
else
  mv "$temporary" "$target" || fail "$target cannot be made"
fi
rm -rf "$incoming/$sha256".*.part "$target".*.part
echo done
