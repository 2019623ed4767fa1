"""Objects on the bus: how they describe themselves, and how a call finds its method. Pure: a
message in, the answer out.

Rules: D-Bus specification, "Standard Interfaces" and "Introspection Data Format".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from xml.sax.saxutils import quoteattr

from jeepney import DBusAddress, HeaderFields, Message, new_error, new_method_return, new_signal

STANDARD = "org.freedesktop.DBus"

Value = tuple[str, Any]
"""A variant: its signature and the value."""


@dataclass(frozen=True, slots=True)
class Method:
    """The D-Bus types of a method's arguments and of its answer, one complete type each."""

    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Interface:
    """What an object offers. `properties` are their types, all read-only; `signals` the types of
    their arguments."""

    name: str
    methods: Mapping[str, Method]
    properties: Mapping[str, str] = field(default_factory=dict)
    signals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal of an object's interface, ready to be sent."""

    path: str
    interface: str
    member: str
    signature: str = ""
    body: tuple[Any, ...] = ()

    def message(self) -> Message:
        """As it goes on the bus."""
        emitter = DBusAddress(self.path, interface=self.interface)
        return new_signal(emitter, self.member, self.signature or None, self.body)


class Refused(Exception):
    """A call that cannot be answered; `name` is the end of a standard error's name."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = f"{STANDARD}.Error.{name}"


class Exported(Protocol):
    """An object on the bus."""

    @property
    def path(self) -> str: ...
    @property
    def interface(self) -> Interface: ...
    def properties(self) -> Mapping[str, Value]: ...
    def call(self, member: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
        """Answer a call, whose arguments have the types that the interface says.

        Raises: Refused.
        """
        ...


PROPERTIES = Interface(
    f"{STANDARD}.Properties",
    {
        "Get": Method(("s", "s"), ("v",)),
        "GetAll": Method(("s",), ("a{sv}",)),
        "Set": Method(("s", "s", "v")),
    },
    signals={"PropertiesChanged": ("s", "a{sv}", "as")},
)
INTROSPECTABLE = Interface(f"{STANDARD}.Introspectable", {"Introspect": Method(gives=("s",))})
PEER = Interface(f"{STANDARD}.Peer", {"Ping": Method(), "GetMachineId": Method(gives=("s",))})


def answer(objects: Sequence[Exported], call: Message) -> Message:
    """The reply to a method call that came over the bus, an error included."""
    fields = call.header.fields
    path, member = fields[HeaderFields.path], fields[HeaderFields.member]
    try:
        interface = _interface(objects, path, fields.get(HeaderFields.interface), member)
        method = interface.methods[member]
        if fields.get(HeaderFields.signature, "") != "".join(method.takes):
            raise Refused("InvalidArgs", f"{member} takes ({''.join(method.takes)})")
        body = _call(objects, path, interface, member, tuple(call.body))
    except Refused as refusal:
        return new_error(call, refusal.name, "s", (str(refusal),))
    return new_method_return(call, "".join(method.gives) or None, body)


def introspect(objects: Sequence[Exported], path: str) -> str:
    """The XML that describes what is at `path`, and which nodes are below it."""
    found = [_describe(interface) for interface in _interfaces(objects, path)]
    below = [f"<node name={quoteattr(name)}/>" for name in _children(objects, path)]
    return "<node>" + "".join([*found, *below]) + "</node>"


def _find(objects: Sequence[Exported], path: str) -> Exported | None:
    return next((exported for exported in objects if exported.path == path), None)


def _interfaces(objects: Sequence[Exported], path: str) -> list[Interface]:
    exported = _find(objects, path)
    own = [] if exported is None else [exported.interface, PROPERTIES]
    return [*own, INTROSPECTABLE, PEER]


def _interface(objects: Sequence[Exported], path: str, name: str | None, member: str) -> Interface:
    """Where `member` is. A call may leave the interface out (specification, "Method Calls")."""
    if _find(objects, path) is None and not _children(objects, path):
        raise Refused("UnknownObject", f"There is no object {path}")
    for interface in _interfaces(objects, path):
        if name in (None, interface.name) and member in interface.methods:
            return interface
    raise Refused("UnknownMethod", f"{path} has no method {name or ''}.{member}")


def _call(
    objects: Sequence[Exported],
    path: str,
    interface: Interface,
    member: str,
    body: tuple[Any, ...],
) -> tuple[Any, ...]:
    if member == "Introspect":
        return (introspect(objects, path),)
    if interface is PEER:
        return _peer(member)
    exported = _find(objects, path)
    if exported is None:
        raise Refused("UnknownObject", f"There is no object {path}")
    if interface is PROPERTIES:
        return _property(exported, member, body)
    return exported.call(member, body)


def _peer(member: str) -> tuple[Any, ...]:
    if member == "GetMachineId":
        raise Refused("NotSupported", "The bus itself knows the machine's id")
    return ()


def _property(exported: Exported, member: str, body: tuple[Any, ...]) -> tuple[Any, ...]:
    if body[0] not in ("", exported.interface.name):
        raise Refused("UnknownInterface", f"{exported.path} has no interface {body[0]}")
    values = exported.properties()
    if member == "GetAll":
        return (dict(values),)
    if body[1] not in values:
        raise Refused("UnknownProperty", f"{exported.path} has no property {body[1]}")
    if member == "Set":
        raise Refused("PropertyReadOnly", f"{body[1]} cannot be set")
    return (values[body[1]],)


def _children(objects: Sequence[Exported], path: str) -> list[str]:
    """Names of the nodes right below `path`, in order."""
    prefix = path.rstrip("/") + "/"
    below = (exported.path for exported in objects if exported.path.startswith(prefix))
    return sorted({found[len(prefix) :].split("/")[0] for found in below} - {""})


def _describe(interface: Interface) -> str:
    parts = [_method(name, method) for name, method in interface.methods.items()]
    parts += [
        f'<property name={quoteattr(name)} type={quoteattr(kind)} access="read"/>'
        for name, kind in interface.properties.items()
    ]
    parts += [
        f"<signal name={quoteattr(name)}>{_arguments(types)}</signal>"
        for name, types in interface.signals.items()
    ]
    return f"<interface name={quoteattr(interface.name)}>{''.join(parts)}</interface>"


def _method(name: str, method: Method) -> str:
    arguments = _arguments(method.takes, "in") + _arguments(method.gives, "out")
    return f"<method name={quoteattr(name)}>{arguments}</method>"


def _arguments(types: Iterable[str], direction: str = "") -> str:
    way = f" direction={quoteattr(direction)}" if direction else ""
    return "".join(f"<arg type={quoteattr(kind)}{way}/>" for kind in types)
