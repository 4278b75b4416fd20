"""What moto (5.2.1) finds out anew for each call, and is the same each time: which services it has, which one a name is of, which methods a service
has, and what is tagged. A test makes thousands of calls."""

from functools import cache

from moto import backends
from moto.core import responses
from moto.ec2.models.core import TaggedEC2Resource
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def get_tags(self):
    """Moto compares the id of every tagged resource with this one's as a pattern, also of what has no tags: its thousand snapshots."""
    return self.ec2_backend.describe_tags(filters={"resource-id": [self.id]}) if self.id in self.ec2_backend.tags else []


def install():
    services = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: services
    DomainDispatcherApplication.get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)
    responses.method_names_from_class = cache(responses.method_names_from_class)
    TaggedEC2Resource.get_tags = get_tags
