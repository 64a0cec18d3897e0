"""The base of what never changes once it is made: a frozen dataclass without the time that making its class takes.

`dataclasses` writes source code for each class and compiles it, at every start: for the classes that a bump needs that
was a quarter of its own time.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeVar, dataclass_transform

_Made = TypeVar("_Made", bound="Value")
_MISSING: Final = object()

NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
"""An empty mapping that no two values can fill behind each other's back."""


@dataclass_transform(frozen_default=True)
class Value:
    """Its annotations are its fields, in order; what they are set to is what is taken where nothing is given.

    Two values of one class are equal where all their fields are. `__post_init__` may refuse to make one.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _keywords_only: ClassVar[bool] = False

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        cls._fields = (*cls._fields, *(name for name in cls.__annotations__ if name not in cls._fields))
        cls._keywords_only = kw_only

    def __init__(self, *values: object, **named: object) -> None:
        """Raises TypeError where a field is missing, unknown or given twice."""
        cls = type(self)
        fields = cls._fields
        if len(values) == len(fields) and not named and not cls._keywords_only:  # as most are made
            self.__dict__.update(zip(fields, values, strict=True))
            self.__post_init__()
            return
        if len(values) > len(fields) or (values and cls._keywords_only):
            raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(values)} without a name")
        given = dict(zip(fields, values, strict=False))
        if not named.keys().isdisjoint(given) or not named.keys() <= set(fields):
            raise TypeError(f"{cls.__name__} takes {', '.join(fields)} once, and not also {', '.join(named)}")
        given.update(named)
        for name in fields:
            if name not in given:
                default = getattr(cls, name, _MISSING)
                if default is _MISSING:
                    raise TypeError(f"{cls.__name__} takes a value for {name}")
                given[name] = default
        self.__dict__.update(given)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Look at what was made. Whatever this raises, the value does not exist."""

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        said = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self._values(), strict=True))
        return f"{type(self).__name__}({said})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} never changes: make another one with `replace`")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__}.{name} never goes away")

    def _values(self) -> tuple[object, ...]:
        return tuple(self.__dict__[name] for name in self._fields)


def replace(value: _Made, **changes: Any) -> _Made:
    """Return another value like `value` but for the fields named in `changes`. Raises as making one does."""
    return type(value)(**{**{name: value.__dict__[name] for name in value._fields}, **changes})
