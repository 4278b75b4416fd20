"""Which API actions are refused, and the refusals in each of AWS' protocols."""

import json
import re
import threading
from functools import cache

import botocore.session

_lock = threading.Lock()
_faults = []

MESSAGES = {
    "deny": "User: arn:aws:iam::123456789012:user/testing is not authorized to perform: {action} because no identity-based policy allows the {action} action",
    "throttle": "Request limit exceeded.",
    "expire": "The security token included in the request is expired",
    "fail": "An internal error has occurred",
    "closed": "The security token included in the request is invalid.",
}
#: Kind of fault: its code and HTTP status, by protocol.
CODES = {
    "ec2": {"deny": ("UnauthorizedOperation", 403), "throttle": ("RequestLimitExceeded", 503), "expire": ("RequestExpired", 400), "fail": ("InternalError", 500), "closed": ("AuthFailure", 401)},
    "query": {"deny": ("AccessDenied", 403), "throttle": ("Throttling", 400), "expire": ("ExpiredToken", 403), "fail": ("InternalFailure", 500), "closed": ("InvalidClientTokenId", 403)},
    "json": {"deny": ("AccessDeniedException", 400), "throttle": ("ThrottlingException", 400), "expire": ("ExpiredTokenException", 400), "fail": ("InternalServerError", 500), "closed": ("UnrecognizedClientException", 400)},
    "rest-xml": {"deny": ("AccessDenied", 403), "throttle": ("SlowDown", 503), "expire": ("ExpiredToken", 400), "fail": ("InternalError", 500), "closed": ("InvalidAccessKeyId", 403)},
}
CODES["rest-json"] = CODES["json"]


def add(action, kind, times=None, after=0):
    """`action`: `ec2:DescribeVolumes`, `ec2:*` or `*`; refused `times` times (all, unless told) after `after` calls went through."""
    if kind not in MESSAGES:
        raise ValueError(f"no such fault: {kind}")
    with _lock:
        _faults.append({"action": action, "kind": kind, "times": times, "after": after})


def clear():
    with _lock:
        _faults.clear()


def met(action):
    """@returns the kind of fault that this call of `ec2:RunInstances` meets, or None"""
    with _lock:
        for fault in _faults:
            if fault["action"] not in (action, "*", action.split(":")[0] + ":*"):
                continue
            if fault["after"] > 0:
                fault["after"] -= 1
                continue
            if fault["times"] is None:
                return fault["kind"]
            if fault["times"] > 0:
                fault["times"] -= 1
                return fault["kind"]
    return None


#: What CloudFormation calls for a stack when it makes and deletes a resource of a kind.
CALLS = {
    "AWS::EC2::VPC": ("ec2:CreateVpc", "ec2:DeleteVpc"),
    "AWS::EC2::Subnet": ("ec2:CreateSubnet", "ec2:DeleteSubnet"),
    "AWS::EC2::InternetGateway": ("ec2:CreateInternetGateway", "ec2:DeleteInternetGateway"),
    "AWS::EC2::RouteTable": ("ec2:CreateRouteTable", "ec2:DeleteRouteTable"),
    "AWS::EC2::SecurityGroup": ("ec2:CreateSecurityGroup", "ec2:DeleteSecurityGroup"),
    "AWS::EC2::LaunchTemplate": ("ec2:CreateLaunchTemplate", "ec2:DeleteLaunchTemplate"),
    "AWS::EC2::KeyPair": ("ec2:ImportKeyPair", "ec2:DeleteKeyPair"),
    "AWS::EC2::Instance": ("ec2:RunInstances", "ec2:TerminateInstances"),
    "AWS::IAM::Role": ("iam:CreateRole", "iam:DeleteRole"),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:DeleteBucket"),
}


def for_stack(kind, deleting):
    """@throws PermissionError what CloudFormation would be told; it waits out throttling by itself"""
    if kind in CALLS:
        action = CALLS[kind][deleting]
        fault = met(action)
        if fault in ("deny", "fail", "expire"):
            raise PermissionError(MESSAGES[fault].format(action=action))


@cache
def model(service):
    return botocore.session.get_session().get_service_model({"monitoring": "cloudwatch", "servicequotas": "service-quotas"}.get(service, service))


@cache
def routes(service):
    found = []
    for name in model(service).operation_names:
        http = model(service).operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        pattern = "".join("(.+)" if part.endswith("+}") else "([^/]+)" if part.startswith("{") else re.escape(part) for part in re.split(r"({[^}]+})", path))
        found.append((http["method"], re.compile(f"^{pattern}/?$"), [part for part in query.split("&") if part], name))
    # The one that says most about a request comes first.
    return sorted(found, key=lambda route: (-len(route[2]), -len(route[1].pattern)))


def action_of(service, method, path, query, target, form):
    if target:
        return target.rsplit(".", 1)[-1]
    if form.get("Action"):
        return form["Action"]
    given = query.split("&")
    # The SDK for JavaScript says it where the address alone does not.
    said = [part.removeprefix("x-id=") for part in given if part.startswith("x-id=")]
    if said:
        return said[0]
    for verb, pattern, needed, name in routes(service):
        if verb == method and pattern.match(path) and all(part in given or any(g.startswith(part + "=") for g in given) for part in needed):
            return name
    return "Unknown"


def refusal(service, action, kind):
    """@returns status, headers, body"""
    protocol = "query" if service == "sts" else model(service).metadata["protocol"]
    protocol = protocol if protocol in CODES else "json"
    code, status = CODES[protocol][kind]
    message = MESSAGES[kind].format(action=f"{service}:{action}")
    if protocol in ("json", "rest-json"):
        return status, [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", code)], json.dumps({"__type": code, "message": message})
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    body = {
        "ec2": f"<Response><Errors><Error>{error}</Error></Errors><RequestID>0</RequestID></Response>",
        "query": f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>0</RequestId></ErrorResponse>",
        "rest-xml": f"<Error>{error}<RequestId>0</RequestId></Error>",
    }[protocol]
    return status, [("Content-Type", "text/xml")], f'<?xml version="1.0" encoding="UTF-8"?>{body}'
