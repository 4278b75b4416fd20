"""What EC2 refuses and tells and moto (5.2.1) does not: dependencies when something is deleted, and the console of a host that booted."""

import random
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend, ec2_backends, elastic_network_interfaces
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.responses.amis import AmisResponse
from moto.ec2.responses.general import General
from moto.ec2.responses.key_pairs import KeyPairs
from moto.ec2.utils import Base64EncodedString
from moto.servicequotas.models import ServiceQuotasBackend

#: Instance id: what its console shows; None as long as nothing has been said.
consoles = {}
#: Whether hosts say nothing on their consoles until a test does so for them.
silence = {"kept": False}
#: (service, quota code): value.
quotas = {}


def depends(what, identity):
    return DependencyViolationError(f"{what} '{identity}' has dependencies and cannot be deleted.")


def delete_subnet(original):
    def delete(self, subnet_id):
        if any(eni.subnet.id == subnet_id for eni in self.enis.values()):
            raise depends("The subnet", subnet_id)
        return original(self, subnet_id)

    return delete


def delete_security_group(original):
    def delete(self, name=None, group_id=None):
        group = self.get_security_group_by_name_or_id(group_id or name)
        if group is not None:
            used = any(group.id in [g.id for g in eni.group_set] for eni in self.enis.values())
            others = [other for groups in self.groups.values() for other in groups.values() if other.id != group.id]
            named = any(rule.source_group.get("GroupId") == group.id for other in others for rule in other.ingress_rules + other.egress_rules)
            if used or named:
                raise DependencyViolationError(f"resource {group.id} has a dependent object")
        return original(self, name, group_id)

    return delete


def delete_vpc(original):
    def delete(self, vpc_id):
        gateways = any(gateway.vpc is not None and gateway.vpc.id == vpc_id for gateway in self.internet_gateways.values())
        groups = any(not group.is_default for group in self.groups.get(vpc_id, {}).values())
        if gateways or groups:
            raise depends("The vpc", vpc_id)
        vpc = original(self, vpc_id)
        for acl in [acl for acl in self.network_acls.values() if acl.vpc_id == vpc_id]:
            self.network_acls.pop(acl.id)
        return vpc

    return delete


def run_instances(original):
    def run(self, *arguments, **named):
        reservation = original(self, *arguments, **named)
        for instance in reservation.instances:
            # The interface that EC2 makes for an instance goes with it.
            for nic in instance.nics.values():
                nic.delete_on_termination = True
        return reservation

    return run


def deregister_image(original):
    def deregister(self):
        image = self.ec2_backend.amis.get(self._get_param("ImageId"))
        result = original(self)
        if image is not None and self._get_bool_param("DeleteAssociatedSnapshots", False):
            self.ec2_backend.snapshots.pop(getattr(image.ebs_snapshot, "id", None), None)
        return result

    return deregister


def detach_internet_gateway(original):
    def detach(self, internet_gateway_id, vpc_id):
        if any(eni.public_ip and eni.subnet.vpc_id == vpc_id for eni in self.enis.values()):
            raise DependencyViolationError(f"Network {vpc_id} has some mapped public address(es). Please unmap those before detaching the gateway.")
        return original(self, internet_gateway_id, vpc_id)

    return detach


def create_group(cls, resource_name, cloudformation_json, account_id, region_name, **_):
    """With IPv6 ranges, several ranges and descriptions, which moto's own loses."""
    from moto.ec2.models import ec2_backends

    p, backend = cloudformation_json["Properties"], ec2_backends[account_id][region_name]
    group = backend.create_security_group(name=resource_name, description=p["GroupDescription"], vpc_id=p.get("VpcId"))
    apply_rules(group, p.get("SecurityGroupIngress", []))
    return group


def apply_rules(group, rules):
    group.ingress_rules.clear()
    for rule in rules:
        ranges = [{key: rule[key] for key in ("CidrIp", "CidrIpv6", "Description") if key in rule}] if {"CidrIp", "CidrIpv6"} & set(rule) else []
        sources = [{"GroupId": rule["SourceSecurityGroupId"]}] if "SourceSecurityGroupId" in rule else []
        group.ec2_backend.authorize_security_group_ingress(group.id, rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), ranges, source_groups=sources)


def booted(instance):
    """The last lines of a console as cloud-init's cc_keys_to_console and write-ssh-key-fingerprints leave them, with a key of this instance."""
    if instance.id not in consoles:
        if silence["kept"]:
            return None
        key = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        host = instance.private_dns_name.split(".")[0]
        consoles[instance.id] = (
            f"[    0.000000] Linux version 6.12.0\n[   12.042242] cloud-init[1391]: Cloud-init v. 24.4 running 'modules:final'\n"
            f"-----BEGIN SSH HOST KEY KEYS-----\n{key} root@{host}\n-----END SSH HOST KEY KEYS-----\n"
            f"[   14.300001] cloud-init[1391]: Cloud-init v. 24.4 finished. Datasource DataSourceEc2.  Up 14.30 seconds\n"
        )
    return consoles[instance.id]


def get_console_output(self):
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    text = booted(instance)
    output = {} if text is None else {"Output": Base64EncodedString.from_raw_string(text)}
    return ActionResult({"InstanceId": instance.id, "Timestamp": utcnow(), **output})


def loopback_address():
    """Nobody's program may ever reach out to an address that was made up here: it stays on this machine."""
    return f"127.{random.randint(64, 127)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


@cache
def open_regions():
    return {region.name for region in RegionsAndZonesBackend.regions if region.opt_in_status != "not-opted-in"}


def set_address(identity, address):
    """@throws StopIteration there is no such instance"""
    backends = (backend for regions in ec2_backends.values() for backend in regions.values())
    instance = next(backend.get_instance(identity) for backend in backends if identity in {each.id for each in backend.all_instances()})
    instance.nics[0].public_ip = address


def delete_key_pair(original):
    def delete(self):
        identity = self._get_param("KeyPairId")
        if identity is None:
            return original(self)
        name = next((name for name, pair in self.ec2_backend.key_pairs.items() if pair.id == identity), None)
        self.ec2_backend.delete_key_pair(name)
        return ActionResult({"Return": True, "KeyPairId": identity})

    return delete


def get_service_quota(original):
    def get(self, service_code, quota_code):
        if (service_code, quota_code) in quotas:
            return {"ServiceCode": service_code, "QuotaCode": quota_code, "QuotaName": quota_code, "Value": quotas[service_code, quota_code], "Adjustable": True}
        return original(self, service_code, quota_code)

    return get


def reset():
    consoles.clear()
    silence["kept"] = False
    quotas.clear()
    # Accounts have these: AWS' defaults for a new one are lower.
    quotas.update({("ec2", "L-1216C47A"): 512.0, ("ec2", "L-0263D0A3"): 5.0, ("vpc", "L-F678F1CE"): 5.0})


def install():
    elastic_network_interfaces.random_public_ip = loopback_address
    for method, wrap in {
        "delete_subnet": delete_subnet,
        "delete_security_group": delete_security_group,
        "delete_vpc": delete_vpc,
        "detach_internet_gateway": detach_internet_gateway,
        "run_instances": run_instances,
    }.items():
        setattr(EC2Backend, method, wrap(getattr(EC2Backend, method)))
    SecurityGroup.create_from_cloudformation_json = classmethod(create_group)
    General.get_console_output = get_console_output
    AmisResponse.deregister_image = deregister_image(AmisResponse.deregister_image)
    KeyPairs.delete_key_pair = delete_key_pair(KeyPairs.delete_key_pair)
    ServiceQuotasBackend.get_service_quota = get_service_quota(ServiceQuotasBackend.get_service_quota)
    reset()
