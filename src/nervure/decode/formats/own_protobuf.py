"""Protobuf messages of protocols whose generated classes come in no package: declared here as a table."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Field = descriptor_pb2.FieldDescriptorProto
SCALARS = {
    "string": Field.TYPE_STRING, "bytes": Field.TYPE_BYTES, "double": Field.TYPE_DOUBLE, "int64": Field.TYPE_INT64,
    "uint64": Field.TYPE_UINT64, "sint64": Field.TYPE_SINT64, "int32": Field.TYPE_INT32, "uint32": Field.TYPE_UINT32,
    "sint32": Field.TYPE_SINT32,
}  # fmt: skip


def messages(package: str, table: Mapping[str, Mapping[str, tuple[int, str]]]) -> dict[str, Any]:
    """Message classes by name.

    table: message -> field -> (number, type); a type is a scalar's name or a message's of the same table, with a
    leading "*" when repeated. Enums are int32, which is the same on the wire.
    """
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in table.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            bare = kind.lstrip("*")
            label = Field.LABEL_REPEATED if kind.startswith("*") else Field.LABEL_OPTIONAL
            if bare in SCALARS:
                message.field.add(name=field, number=number, label=label, type=SCALARS[bare])
            else:
                message.field.add(
                    name=field, number=number, label=label, type=Field.TYPE_MESSAGE, type_name=f".{package}.{bare}"
                )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in table}
