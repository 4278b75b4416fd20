"""What moto (5.2.1) cannot do with a resource that exists: change it in place, as CloudFormation does, or delete it."""

import inspect
import json

from moto.core.types import Base64EncodedString
from moto.ec2.models.core import TaggedEC2Resource

import ec2

#: Kinds that are written down with the stack and have no behaviour here.
RECORDED = {"AWS::CDK::Metadata", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::Lambda::EventInvokeConfig"}


class Recorded:
    def __init__(self, name):
        self.physical_resource_id = name

    def delete(self, account, region):
        pass

    def get_cfn_attribute(self, name):
        return f"{self.physical_resource_id}.{name}"


def tags_of(resolved):
    tags = resolved.get("Properties", {}).get("Tags", [])
    return dict(tags) if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}


def document(value):
    return value if isinstance(value, str) else json.dumps(value, default=str)


def role(resource, new):
    resource.assume_role_policy_document = document(new["AssumeRolePolicyDocument"])
    resource.policies = {policy["PolicyName"]: document(policy["PolicyDocument"]) for policy in new.get("Policies", [])}
    resource.max_session_duration, resource.description = new.get("MaxSessionDuration", 3600), new.get("Description", "")
    resource.permissions_boundary_arn = new.get("PermissionsBoundary", "")


def managed_policy(resource, new):
    resource.backend.create_policy_version(resource.arn, document(new["PolicyDocument"]), "true")


def inline_policy(resource, new):
    resource.update(new["PolicyName"], new["PolicyDocument"], new.get("Groups"), new.get("Roles"), new.get("Users"))


def launch_template(resource, new):
    data = dict(new["LaunchTemplateData"])
    if "UserData" in data:
        data["UserData"] = Base64EncodedString(data["UserData"])
    resource.create_version(data, new.get("VersionDescription"))


def security_group(resource, new):
    ec2.apply_rules(resource, new.get("SecurityGroupIngress", []))


def instance(resource, new):
    resource.instance_type = new.get("InstanceType", resource.instance_type)


def schedule(resource, new):
    resource.apply(new)


def function(resource, new):
    resource.update_function_code({"S3Bucket": new["Code"]["S3Bucket"], "S3Key": new["Code"]["S3Key"]})
    resource.update_configuration({key: value for key, value in new.items() if key not in ("Code", "Tags", "FunctionName")})


def topic(resource, new):
    resource.display_name = new.get("DisplayName", resource.display_name)


def bucket(resource, new):
    pass


def log_group(resource, new):
    resource.set_retention_policy(new.get("RetentionInDays"))


#: Kind: what changes it, and the properties that may differ; any other difference replaces the resource. Tags always may.
IN_PLACE = {
    "AWS::IAM::Role": (role, {"AssumeRolePolicyDocument", "Policies", "MaxSessionDuration", "Description", "PermissionsBoundary"}),
    "AWS::IAM::ManagedPolicy": (managed_policy, {"PolicyDocument"}),
    "AWS::IAM::Policy": (inline_policy, {"PolicyDocument", "Roles", "PolicyName"}),
    "AWS::EC2::LaunchTemplate": (launch_template, {"LaunchTemplateData", "TagSpecifications", "VersionDescription"}),
    "AWS::EC2::SecurityGroup": (security_group, {"SecurityGroupIngress", "SecurityGroupEgress"}),
    "AWS::EC2::Instance": (instance, {"InstanceType", "PropagateTagsToVolumeOnCreation"}),
    "AWS::Scheduler::Schedule": (schedule, {"ScheduleExpression", "State", "Target", "Description", "FlexibleTimeWindow"}),
    "AWS::Lambda::Function": (function, {"Code", "Environment", "Timeout", "MemorySize", "Handler", "Role", "Runtime", "Description"}),
    "AWS::SNS::Topic": (topic, {"DisplayName", "Subscription"}),
    "AWS::S3::Bucket": (bucket, {"LifecycleConfiguration", "BucketEncryption", "PublicAccessBlockConfiguration"}),
    "AWS::Logs::LogGroup": (log_group, {"RetentionInDays"}),
}


def in_place(kind, resource, old, new):
    """@returns whether it could be; otherwise nothing has been changed, and the resource has to be replaced"""
    differ = {key for key in {*old, *new} if old.get(key) != new.get(key)}
    change, allowed = IN_PLACE.get(kind, (None, set()))
    if not differ <= allowed | {"Tags"}:
        return False
    if differ - {"Tags"}:
        change(resource, new)
    if "Tags" in differ and isinstance(resource, TaggedEC2Resource):
        gone = set(tags_of({"Properties": old})) - set(tags_of({"Properties": new}))
        resource.ec2_backend.delete_tags([resource.id], {key: None for key in gone})
        resource.ec2_backend.create_tags([resource.id], tags_of({"Properties": new}))
    elif "Tags" in differ and kind == "AWS::IAM::Role":
        tags = {key: {"Key": key, "Value": value} for key, value in tags_of({"Properties": new}).items()}
        # moto keeps a role's as a list, a policy's by their keys.
        resource.tags = list(tags.values()) if isinstance(resource.tags, list) else tags
    return True


def delete_route_table(resource, account, region):
    for association in list(resource._associations):
        resource.ec2_backend.disassociate_route_table(association)
    resource.ec2_backend.delete_route_table(resource.id)


def detach(resource, account, region):
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[account][region]
    for gateway in backend.internet_gateways.values():
        if gateway.vpc is not None and gateway.vpc.id == resource.vpc_id:
            backend.detach_internet_gateway(gateway.id, resource.vpc_id)


def terminate(resource, account, region):
    if resource.state != "terminated":
        resource.terminate()


#: Kinds that moto's CloudFormation leaves behind or deletes wrongly. Routes and associations go with their table.
DELETE = {
    "AWS::EC2::RouteTable": delete_route_table,
    "AWS::EC2::InternetGateway": lambda gateway, account, region: gateway.ec2_backend.delete_internet_gateway(gateway.id),
    "AWS::EC2::VPCGatewayAttachment": detach,
    "AWS::EC2::Route": lambda *_: None,
    "AWS::EC2::SubnetRouteTableAssociation": lambda *_: None,
    "AWS::Lambda::Permission": lambda *_: None,
    "AWS::EC2::Instance": terminate,
}


def delete(kind, resource, resolved, account, region):
    own = getattr(resource, "delete", None)
    if kind in DELETE:
        DELETE[kind](resource, account, region)
    elif own is not None and len(inspect.signature(own).parameters) == 2:
        own(account, region)
    else:
        type(resource).delete_from_cloudformation_json(resource.physical_resource_id, resolved, account, region)
