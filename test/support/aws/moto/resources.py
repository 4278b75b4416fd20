"""Kinds that moto's CloudFormation (5.2.1) does not know, or makes wrongly: key pairs, schedules, instances of a launch template."""

from moto.core.common_models import CloudFormationModel
from moto.core.types import Base64EncodedString
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Instance
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.core import TaggedEC2Resource
from moto.scheduler.models import scheduler_backends
from moto.ssm.models import Parameter


class StackKeyPair(TaggedEC2Resource, CloudFormationModel):
    # Moto files its resources by the second part of this name.
    __module__ = "moto.ec2.emulated"

    def __init__(self, pair):
        self.pair, self.id, self.ec2_backend = pair, pair.id, pair.ec2_backend

    @property
    def physical_resource_id(self):
        return self.pair.key_name

    @staticmethod
    def cloudformation_name_type():
        return "KeyName"

    @staticmethod
    def cloudformation_type():
        return "AWS::EC2::KeyPair"

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr in ("KeyPairId", "KeyFingerprint")

    def get_cfn_attribute(self, name):
        return {"KeyPairId": self.pair.id, "KeyFingerprint": self.pair.key_fingerprint}[name]

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        properties = cloudformation_json["Properties"]
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}
        return cls(ec2_backends[account_id][region_name].import_key_pair(properties["KeyName"], properties["PublicKeyMaterial"].encode(), tags))

    def delete(self, account_id, region_name):
        ec2_backends[account_id][region_name].delete_key_pair(self.pair.key_name)


class StackSchedule(CloudFormationModel):
    __module__ = "moto.scheduler.emulated"

    def __init__(self, schedule):
        self.schedule = schedule

    @property
    def physical_resource_id(self):
        return self.schedule.name

    @staticmethod
    def cloudformation_name_type():
        return "Name"

    @staticmethod
    def cloudformation_type():
        return "AWS::Scheduler::Schedule"

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr == "Arn"

    def get_cfn_attribute(self, name):
        return self.schedule.arn

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
        p = cloudformation_json["Properties"]
        backend = scheduler_backends[account_id][region_name]
        return cls(backend.create_schedule(p.get("Description", ""), p.get("EndDate"), p["FlexibleTimeWindow"], p.get("GroupName"), None, resource_name, p["ScheduleExpression"], p.get("ScheduleExpressionTimezone"), p.get("StartDate"), p.get("State", "ENABLED"), p["Target"], None))

    def apply(self, p):
        for key, value in {"schedule_expression": p["ScheduleExpression"], "state": p.get("State", "ENABLED"), "target": p["Target"]}.items():
            setattr(self.schedule, key, value)

    def delete(self, account_id, region_name):
        scheduler_backends[account_id][region_name].delete_schedule(self.schedule.group_name, self.schedule.name)


def create_instance(cls, resource_name, cloudformation_json, account_id, region_name, **_):
    """An instance out of what the template says, and then of what its launch template says."""
    own, backend = cloudformation_json["Properties"], ec2_backends[account_id][region_name]
    named = own.get("LaunchTemplate")
    template = backend.get_launch_template(named["LaunchTemplateId"]).get_version(named["Version"]).data if named else {}
    given = {**template, **own}
    user_data = given.get("UserData")
    interfaces = given.get("NetworkInterfaces") or []
    instance = backend.run_instances(
        image_id=given["ImageId"],
        user_data=user_data if user_data is None or isinstance(user_data, Base64EncodedString) else Base64EncodedString(user_data),
        count=1,
        security_group_names=[],
        security_group_ids=given.get("SecurityGroupIds") or [group for nic in interfaces for group in nic.get("Groups", nic.get("GroupSet", []))],
        instance_type=given.get("InstanceType", "m1.small"),
        is_instance_type_default=False,
        subnet_id=given.get("SubnetId") or next((nic["SubnetId"] for nic in interfaces if "SubnetId" in nic), None),
        associate_public_ip=None,
        key_name=given.get("KeyName"),
        block_device_mappings=given.get("BlockDeviceMappings", []),
        metadata_options=given.get("MetadataOptions", {}),
        instance_initiated_shutdown_behavior=given.get("InstanceInitiatedShutdownBehavior"),
        disable_api_termination=given.get("DisableApiTermination", False),
    ).instances[0]
    tags = {tag["Key"]: tag["Value"] for tag in own.get("Tags", [])}
    instance.add_tags(tags)
    for nic in instance.nics.values():
        nic.delete_on_termination = True
    if own.get("PropagateTagsToVolumeOnCreation"):
        backend.create_tags([device.volume_id for _, device in instance.get_block_device_mapping], tags)
    profile = given.get("IamInstanceProfile")
    if profile:
        name = profile if isinstance(profile, str) else profile.get("Name")
        named = {"iam_instance_profile_name": name} if name else {"iam_instance_profile_arn": profile["Arn"]}
        backend.associate_iam_instance_profile(instance_id=instance.id, **named)
    return instance


def create_parameter(original):
    """Tags of a parameter are a map in a template and a list in moto."""

    def create(cls, resource_name, cloudformation_json, *arguments, **named):
        tags = cloudformation_json["Properties"].get("Tags")
        if isinstance(tags, dict):
            cloudformation_json["Properties"]["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        return original.__func__(cls, resource_name, cloudformation_json, *arguments, **named)

    return classmethod(create)


def create_subnet(original):
    """Moto gives public addresses in the first subnet of a zone, and not where the template says so."""

    def create(cls, resource_name, cloudformation_json, *arguments, **named):
        subnet = original.__func__(cls, resource_name, cloudformation_json, *arguments, **named)
        subnet.map_public_ip_on_launch = cloudformation_json["Properties"].get("MapPublicIpOnLaunch", False) in (True, "true")
        return subnet

    return classmethod(create)


def install():
    Subnet.create_from_cloudformation_json = create_subnet(Subnet.create_from_cloudformation_json)
    Instance.create_from_cloudformation_json = classmethod(create_instance)
    Parameter.create_from_cloudformation_json = create_parameter(Parameter.create_from_cloudformation_json)
