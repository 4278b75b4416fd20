# Runs on the server, as root, after the payload was unpacked: Docker, the starting images, the platform; then waits for a pod.
set -eu
cd /var/tmp/oo-payload
export DEBIAN_FRONTEND=noninteractive
dpkg -i debs/*.deb >/var/tmp/oo-payload/dpkg.log 2>&1
sh prepare.sh
systemctl enable --now --quiet docker
for image in images/*.tar; do docker load --quiet --input "$image" >/dev/null; done
systemctl daemon-reload
systemctl enable --now --quiet openshift
sh verify.sh pod
