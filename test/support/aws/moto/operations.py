"""CreateStack, UpdateStack, ExecuteChangeSet and DeleteStack over lifecycle.py. Each goes on in the background."""

import threading

import moto.cloudformation.models as models
from moto.cloudformation.exceptions import AlreadyExistsException, CloudFormationError, ValidationError
from moto.cloudformation.parsing import Export
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudformation.utils import generate_stack_id

import changes
from lifecycle import PACE, create, destroy, destroy_all, event, made, needs, outputs_of, put, resolve, take, wanted

Backend, Stack = models.CloudFormationBackend, models.Stack
#: Which DELETE_FAILED a request may leave behind; moto's responses do not pass it on.
request = threading.local()


def load(stack, template, parameters, tags):
    stack.template, stack.parameters = template, parameters
    stack._parse_template()
    if tags is not None:
        stack.tags = tags
    stack.resource_map.input_parameters = parameters
    stack.resource_map._template = stack.template_dict
    for part in (stack.resource_map.load_mapping, stack.resource_map.load_parameters, stack.resource_map.load_conditions):
        part()


def finish(backend, stack, status):
    stack.settled = outputs_of(stack)
    for name in [n for n, export in backend.exports.items() if export.exporting_stack_id == stack.stack_id]:
        backend.exports.pop(name)
    for output in stack.settled:
        if output["ExportName"]:
            backend.exports[output["ExportName"]] = Export(stack.stack_id, output["ExportName"], output["OutputValue"])
    event(stack, status)


def run_create(backend, stack):
    try:
        for logical, json in wanted(stack):
            put(stack, create(stack, logical, json))
        finish(backend, stack, "CREATE_COMPLETE")
    except Exception as error:
        if stack.disable_rollback:
            return event(stack, "CREATE_FAILED", str(error))
        event(stack, "ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to create: {error}. Rollback requested by user.")
        left = destroy_all(stack, list(made(stack).values())[::-1])
        event(stack, "ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE")


def run_update(backend, stack, before):
    """`before`: template, parameters and tags to go back to."""
    new, replaced, changed = [], [], []
    try:
        for logical, json in wanted(stack):
            old = made(stack).get(logical)
            if old is None or old.kind != json["Type"]:
                put(stack, create(stack, logical, json))
                new.append(logical)
                replaced += [old] if old else []
                continue
            _, resolved, _ = resolve(stack, logical, json)
            old.json = json
            if resolved["Properties"] == old.resolved["Properties"]:
                continue
            event(stack, "UPDATE_IN_PROGRESS", of=logical, kind=old.kind, physical=old.resource.physical_resource_id)
            if changes.in_place(old.kind, old.resource, old.resolved["Properties"], resolved["Properties"]):
                changed.append((old, old.resolved))
                old.resolved = resolved
            else:
                put(stack, create(stack, logical, json))
                replaced.append(old)
            event(stack, "UPDATE_COMPLETE", of=logical, kind=old.kind, physical=made(stack)[logical].resource.physical_resource_id)
    except Exception as error:
        event(stack, "UPDATE_ROLLBACK_IN_PROGRESS", str(error))
        for entry, resolved in changed:
            changes.in_place(entry.kind, entry.resource, entry.resolved["Properties"], resolved["Properties"])
            entry.resolved = resolved
        for logical in [*new, *(entry.logical for entry in replaced)][::-1]:
            if logical in made(stack):
                destroy(stack, made(stack)[logical])
                take(stack, logical)
        for entry in replaced:
            put(stack, entry)
        load(stack, *before)
        return finish(backend, stack, "UPDATE_ROLLBACK_COMPLETE")
    event(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    for entry in replaced[::-1]:
        destroy(stack, entry)
    kept = {logical for logical, _ in wanted(stack)}
    destroy_all(stack, [entry for name, entry in list(made(stack).items())[::-1] if name not in kept])
    finish(backend, stack, "UPDATE_COMPLETE")


def run_delete(backend, stack, mode, retain):
    event(stack, "DELETE_IN_PROGRESS", "User Initiated")
    left = destroy_all(stack, [entry for entry in list(made(stack).values())[::-1] if entry.logical not in retain])
    if left and mode != "FORCE_DELETE_STACK":
        return event(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(left)}]. ")
    for name in [n for n, export in backend.exports.items() if export.exporting_stack_id == stack.stack_id]:
        backend.exports.pop(name)
    backend.stacks.pop(stack.stack_id, None)
    backend.deleted_stacks[stack.stack_id] = stack
    event(stack, "DELETE_COMPLETE")


def start(work, *arguments):
    """In the background; unless a test set a pace, the request waits, since the CDK looks only every five seconds."""
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    if PACE["seconds"] == 0:
        thread.join()


def create_stack(self, name, template, parameters, notification_arns=None, tags=None, role_arn=None, enable_termination_protection=False, timeout_in_mins=None, stack_policy_body=None):
    if any(stack.name == name for stack in self.stacks.values()):
        raise AlreadyExistsException(f"Stack [{name}] already exists")
    stack = Stack(generate_stack_id(name, self.region_name, self.account_id), name, template, parameters, self.account_id, self.region_name, notification_arns, tags, role_arn, self.exports, enable_termination_protection in (True, "true"), timeout_in_mins, stack_policy_body)
    stack.resource_map._resource_json_map = {}
    stack.disable_rollback = getattr(request, "disable_rollback", False)
    self.stacks[stack.stack_id] = stack
    event(stack, "CREATE_IN_PROGRESS", "User Initiated")
    start(run_create, self, stack)
    return stack


def update_stack(self, name, template, role_arn, parameters, tags):
    stack = self.get_stack(name)
    previous = as_given(stack)
    given = {p["ParameterKey"]: p["ParameterValue"] for p in parameters if "ParameterValue" in p}
    if stack.status.endswith("_IN_PROGRESS") or stack.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"):
        raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
    same = stack.has_template(template) and {**previous, **given} == previous and tags in (None, stack.tags)
    if same:
        raise ValidationError(message="No updates are to be performed.")
    before = (stack.template, stack.parameters, stack.tags)
    load(stack, template, {**previous, **given}, tags)
    event(stack, "UPDATE_IN_PROGRESS", "User Initiated")
    start(run_update, self, stack, before)
    return stack


def delete_stack(self, name_or_stack_id):
    for stack in [s for s in self.stacks.values() if name_or_stack_id in (s.stack_id, s.name)]:
        if stack.enable_termination_protection:
            raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        exports = {name for name, export in self.exports.items() if export.exporting_stack_id == stack.stack_id}
        for other in self.stacks.values():
            used = exports & set(imports(other.template_dict)) if other is not stack and made(other) else set()
            if used:
                raise ValidationError(message=f"Delete canceled. Cannot delete export {sorted(used)[0]} as it is in use by {other.name}.")
        mode, retain = getattr(request, "deletion_mode", None), getattr(request, "retain", [])
        if mode == "FORCE_DELETE_STACK" and stack.status != "DELETE_FAILED":
            raise ValidationError(message=f"FORCE_DELETE_STACK is for stacks in DELETE_FAILED, and {stack.name} is in {stack.status}")
        start(run_delete, self, stack, mode, retain)


def imports(value):
    if isinstance(value, dict):
        if isinstance(value.get("Fn::ImportValue"), str):
            yield value["Fn::ImportValue"]
        for item in value.values():
            yield from imports(item)
    if isinstance(value, list):
        for item in value:
            yield from imports(item)


class ChangeSetNotFound(CloudFormationError):
    code = "ChangeSetNotFoundException"


def find_change_set(self, name):
    """Every stack of the CDK's has a change set of the same name; moto finds somebody's."""
    stack = getattr(request, "stack_name", None)
    return next((i for i, c in self.change_sets.items() if name in (i, c.change_set_name) and stack in (None, c.stack_name, c.stack_id)), None)


def describe_change_set(self, change_set_name):
    if find_change_set(self, change_set_name) is None:
        raise ChangeSetNotFound(f"ChangeSet [{change_set_name}] does not exist")
    return self.change_sets[find_change_set(self, change_set_name)]


def delete_change_set(self, change_set_name):
    self.change_sets.pop(find_change_set(self, change_set_name), None)


def execute_change_set(self, change_set_name, stack_name=None):
    change_set = describe_change_set(self, change_set_name)
    stack = change_set.stack
    change_set.execution_status = "EXECUTE_COMPLETE"
    before = (stack.template or "{}", stack.parameters, stack.tags)
    stack.resource_map.cross_stack_resources = self.exports
    load(stack, change_set.template, change_set.parameters, change_set.tags)
    event(stack, f"{change_set.change_set_type}_IN_PROGRESS", "User Initiated")
    start(*((run_create, self, stack) if change_set.change_set_type == "CREATE" else (run_update, self, stack, before)))


def with_request(method):
    def wrapped(self):
        request.deletion_mode, request.retain = self._get_param("DeletionMode"), self._get_param("RetainResources", [])
        request.stack_name = self._get_param("StackName")
        request.disable_rollback = self._get_bool_param("DisableRollback", False) or self._get_param("OnFailure") == "DO_NOTHING"
        return method(self)

    return wrapped


def as_given(stack):
    defaults = {key: parameter.get("Default") for key, parameter in stack.template_dict.get("Parameters", {}).items()}
    return {**defaults, **stack.parameters}


def install():
    Backend.create_stack, Backend.update_stack, Backend.delete_stack = create_stack, update_stack, delete_stack
    Backend.describe_change_set, Backend.delete_change_set, Backend.execute_change_set = describe_change_set, delete_change_set, execute_change_set
    Stack.outputs = property(lambda self: getattr(self, "settled", None))
    Stack.stack_status_reason = None
    # As they were given: the name of an SSM parameter, where moto takes its value for the name.
    Stack.stack_parameters = property(as_given)
    Stack.stack_resources = property(lambda self: [entry.resource for entry in made(self).values()])
    CloudFormationResponse._validate_different_update = CloudFormationResponse._validate_status = lambda self, *_: None
    for name in ("create_stack", "delete_stack", "describe_change_set", "delete_change_set", "execute_change_set"):
        setattr(CloudFormationResponse, name, with_request(getattr(CloudFormationResponse, name)))
