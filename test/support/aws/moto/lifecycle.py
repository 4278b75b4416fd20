"""The life of a stack, as CloudFormation leads it: in the background, in dependency order, with an event for each resource, back to
where it was when something fails, and DELETE_FAILED when something will not go. Moto's own (5.2.1) creates what it is asked about,
forgets resources whose kind it cannot update, skips kinds that it does not know, and cannot fail."""

import copy
import re
import time

import moto.cloudformation.models as models
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.parsing import clean_json, parse_output, parse_resource_and_generate_name, resource_class_from_type
from moto.ec2.models.core import TaggedEC2Resource

import changes
import faults

#: Seconds that each resource takes; control.py sets it, for tests that come in between.
PACE = {"seconds": 0.0}


def take_time():
    """For as long as the pace says by now: a test that is through with its work in between need not wait."""
    began = time.monotonic()
    while time.monotonic() - began < PACE["seconds"]:
        time.sleep(min(PACE["seconds"], 0.02))


class Made:
    """A resource that exists: what moto made, and from which properties (resolved, so that a change behind a Ref is a change)."""

    def __init__(self, logical, kind, resource, resolved, json):
        self.logical, self.kind, self.resource, self.resolved, self.json = logical, kind, resource, resolved, json


def made(stack):
    return stack.__dict__.setdefault("made", {})


def event(stack, status, reason=None, of=None, kind="AWS::CloudFormation::Stack", physical=None):
    if of is None:
        stack.status, stack.stack_status_reason = status, reason
    stack.events.append(
        models.Event(stack.stack_id, stack.name, of or stack.name, stack.stack_id if of is None else physical or "", kind, status, reason, None)
    )


def needs(value):
    """The logical names that a piece of a template refers to."""
    if isinstance(value, list):
        return set().union(*map(needs, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(needs, value.values())) if value else set()
    if isinstance(value.get("Ref"), str):
        found.add(value["Ref"])
    if "Fn::GetAtt" in value:
        attribute = value["Fn::GetAtt"]
        found.add(attribute[0] if isinstance(attribute, list) else attribute.split(".")[0])
    if "Fn::Sub" in value:
        text = value["Fn::Sub"][0] if isinstance(value["Fn::Sub"], list) else value["Fn::Sub"]
        found.update(name.split(".")[0] for name in re.findall(r"\${([^!}]+)}", text))
    depends = value.get("DependsOn", [])
    return found | set([depends] if isinstance(depends, str) else depends)


def in_order(resources):
    done = {}

    def visit(name):
        if name in resources and name not in done:
            done[name] = None
            for need in sorted(needs(resources[name])):
                visit(need)
            done[name] = done.pop(name)

    for name in resources:
        visit(name)
    return list(done)


def wanted(stack):
    """The resources of the template whose conditions hold, in dependency order."""
    conditions = stack.resource_map.lazy_condition_map
    resources = stack.template_dict["Resources"]
    return [(n, resources[n]) for n in in_order(resources) if "Condition" not in resources[n] or conditions[resources[n]["Condition"]]]


def put(stack, entry):
    made(stack)[entry.logical] = entry
    entry.resource.logical_resource_id, entry.resource.cf_resource_type = entry.logical, entry.kind
    stack.resource_map._parsed_resources[entry.logical] = entry.resource
    stack.resource_map._resource_json_map = {name: item.json for name, item in made(stack).items()}


def take(stack, logical):
    made(stack).pop(logical, None)
    stack.resource_map._parsed_resources.pop(logical, None)
    stack.resource_map._resource_json_map = {name: item.json for name, item in made(stack).items()}


def in_region(value, region):
    """Moto's availability zones are those of us-east-1 where a template names no region."""
    if isinstance(value, list):
        return [in_region(item, region) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: region if (key, item) == ("Fn::GetAZs", "") else in_region(item, region) for key, item in value.items()}


def resolve(stack, logical, json):
    json = in_region(json, stack.region_name)
    if json["Type"] in changes.RECORDED:
        return None, {"Type": json["Type"], "Properties": json.get("Properties", {})}, f"{stack.name}-{logical}"
    if resource_class_from_type(json["Type"]) is None or json["Type"].startswith("Custom::"):
        raise ValidationError(logical, message=f"{json['Type']} is not emulated: test/support/aws/moto/changes.py")
    return parse_resource_and_generate_name(logical, copy.deepcopy({"Properties": {}, **json}), stack.resource_map)


def create(stack, logical, json):
    kind = json["Type"]
    event(stack, "CREATE_IN_PROGRESS", of=logical, kind=kind)
    take_time()
    try:
        faults.for_stack(kind, deleting=False)
        cls, resolved, name = resolve(stack, logical, json)
        kept = copy.deepcopy(resolved)
        where = (stack.account_id, stack.region_name)
        if cls is None:
            resource = changes.Recorded(name)
        else:
            resource = cls.create_from_cloudformation_json(name, resolved, *where, LogicalId=logical, StackId=stack.stack_id, ResourceType=kind)
        if isinstance(resource, TaggedEC2Resource):
            tags = {**stack.tags, **changes.tags_of(kept), "aws:cloudformation:stack-name": stack.name}
            tags |= {"aws:cloudformation:stack-id": stack.stack_id, "aws:cloudformation:logical-id": logical}
            resource.ec2_backend.create_tags([resource.id], tags)
    except Exception as error:
        event(stack, "CREATE_FAILED", str(error), of=logical, kind=kind)
        raise
    event(stack, "CREATE_COMPLETE", of=logical, kind=kind, physical=resource.physical_resource_id)
    return Made(logical, kind, resource, kept, json)


def destroy(stack, entry):
    """@returns why it stays, or None"""
    if entry.json.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate"):
        event(stack, "DELETE_SKIPPED", of=entry.logical, kind=entry.kind, physical=entry.resource.physical_resource_id)
        return None
    event(stack, "DELETE_IN_PROGRESS", of=entry.logical, kind=entry.kind, physical=entry.resource.physical_resource_id)
    take_time()
    try:
        faults.for_stack(entry.kind, deleting=True)
        changes.delete(entry.kind, entry.resource, copy.deepcopy(entry.resolved), stack.account_id, stack.region_name)
    except Exception as error:
        # What somebody else has deleted meanwhile is gone: CloudFormation takes that for done.
        if re.search("NotFound|NoSuch", f"{type(error).__name__} {getattr(error, 'error_type', '')} {error}"):
            event(stack, "DELETE_COMPLETE", of=entry.logical, kind=entry.kind, physical=entry.resource.physical_resource_id)
            return None
        event(stack, "DELETE_FAILED", str(error), of=entry.logical, kind=entry.kind, physical=entry.resource.physical_resource_id)
        return str(error)
    event(stack, "DELETE_COMPLETE", of=entry.logical, kind=entry.kind, physical=entry.resource.physical_resource_id)
    return None


def destroy_all(stack, entries):
    left = [entry.logical for entry in entries if destroy(stack, entry) is not None or take(stack, entry.logical)]
    return left


def outputs_of(stack):
    """Settled at the end of an operation: moto's own are looked up, and made, whenever somebody asks."""
    wanted_outputs = stack.template_dict.get("Outputs") or {}
    found = {name: parse_output(name, json, stack.resource_map) for name, json in wanted_outputs.items()}
    return [
        {"OutputKey": name, "OutputValue": output.value, "Description": output.description, "ExportName": exported(stack, wanted_outputs[name])}
        for name, output in found.items()
        if output
    ]


def exported(stack, json):
    return clean_json(json["Export"]["Name"], stack.resource_map) if "Export" in json else None
