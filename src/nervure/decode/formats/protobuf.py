"""Message classes made from published descriptors with some fields read as plain bytes.

Two needs, one means. Speed: a field kept as bytes is not taken apart until somebody asks, and equal bytes need taking
apart only once. Mercy: the protobuf library refuses a whole message for one text that is not UTF-8; the same message
with its texts read as bytes can be read all the same.
"""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Field = descriptor_pb2.FieldDescriptorProto


class Schema:
    """Messages of some published `*_pb2` modules (in order of their imports), altered.

    is_blob(message, field): which fields to read as bytes, by the message's and the field's name.
    """

    def __init__(self, modules: Iterable[ModuleType], is_blob: Callable[[str, Any], bool]) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        # Full name of each altered field to the message it is published as, "" for text.
        self.altered: dict[str, str] = {}
        for module in modules:
            file = descriptor_pb2.FileDescriptorProto()
            module.DESCRIPTOR.CopyToProto(file)
            for message in file.message_type:
                self._alter(message, f"{file.package}.{message.name}", is_blob)
            self._pool.Add(file)

    def _alter(self, message: Any, path: str, is_blob: Callable[[str, Any], bool]) -> None:
        for field in message.field:
            if is_blob(message.name, field):
                self.altered[f"{path}.{field.name}"] = field.type_name
                field.type = Field.TYPE_BYTES
                field.ClearField("type_name")
        for nested in message.nested_type:
            self._alter(nested, f"{path}.{nested.name}", is_blob)

    def message(self, full_name: str) -> Any:
        """The class of a message, e.g. opentelemetry.proto.trace.v1.Span."""
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(full_name))


def is_text(message: str, field: Any) -> bool:
    """Whether a field holds text: `Schema(modules, is_text)` reads texts as bytes."""
    return bool(field.type == Field.TYPE_STRING)
