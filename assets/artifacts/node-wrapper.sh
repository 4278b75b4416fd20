#!/bin/sh
# Runs the Node beside us. It needs libatomic.so.1: the system's own where there is one, else the copy beside us. OO_RUNTIME_LIB tells
# our programs to take the library path out of the environment again, so that what they start does not see it.
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
for system in /usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu /usr/lib/aarch64-linux-gnu /lib/aarch64-linux-gnu /usr/lib64 /lib64; do
  [ ! -e "$system/libatomic.so.1" ] || exec "$here/bin/node" "$@"
done
LD_LIBRARY_PATH=$here/lib OO_RUNTIME_LIB=1 exec "$here/bin/node" "$@"
