# verify.sh health|pod
exec /opt/oo-install/runtime/current/node --disable-warning=ExperimentalWarning /var/tmp/oo-payload/verify.ts "$1"
