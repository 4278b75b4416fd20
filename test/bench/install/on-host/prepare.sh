# The kernel, and what the daemon must be told about this very server.
set -eu
# One at a time: a container's kernel has them built in, and there modprobe fails.
for module in overlay br_netfilter nf_tables; do modprobe -q "$module" || true; done
sysctl -q -e -w net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
address=$(ip -4 route get 192.0.2.1 | sed -n 's/.* src \([0-9.]*\).*/\1/p')
mkdir -p /etc/openshift
cat >/etc/openshift/config.yaml <<END
nodeName: $(hostname)
advertiseAddress: $address
listen: 0.0.0.0:8443
dataDir: /var/lib/openshift
adminKubeconfig: /etc/openshift/admin.kubeconfig
END
