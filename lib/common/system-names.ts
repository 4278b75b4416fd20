/**
 * Users and groups that Debian, Ubuntu, Amazon Linux and their like have of their own or are given by packages that hosts of labs hold, and the
 * users that their cloud images make. An account of one of these names is not made: cloud-init takes the one that is there, or useradd(8) refuses.
 */
export const systemNames: ReadonlySet<string> = new Set(
  [
    'adm audio backup bin cdrom clock daemon dialout dip disk fax floppy games gnats halt input irc kmem kvm list lock lp mail man mem news',
    'nobody nogroup operator plugdev proxy render root sasl sgx shadow shutdown src staff sudo sync sys tape tty users utmp uucp video voice wheel',
    'www-data chrony crontab dbus dhcpcd dnsmasq docker ftp landscape libvirt lxd man-db messagebus netdev nfsnobody ntp polkitd pollinate postfix rngd',
    'rpc rpcuser screen sshd ssh stapdev stapsys stapusr syslog systemd-coredump systemd-journal systemd-journal-remote systemd-network',
    'systemd-oom systemd-resolve systemd-timesync tcpdump tss usbmux utempter uuidd containerd printadmin cgred ec2-instance-connect',
    'admin almalinux arch azureuser bitnami centos cloud-user core debian ec2-user fedora opc opensuse rocky ubuntu vagrant',
  ].flatMap((line) => line.split(' ')),
);
